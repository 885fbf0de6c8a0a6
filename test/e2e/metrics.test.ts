/** What Prometheus gets from `/metrics`. */
import { afterAll, expect, test } from "bun:test";
import { type TestApp, post, startTestApp, testConfig, testProvider } from "../support/app.ts";
import { MetricsSink } from "../../src/pipeline/metrics-sink.ts";
import { Recorder } from "../../src/pipeline/record.ts";
import { Clock } from "../support/clock.ts";
import { startUpstream } from "../support/upstream.ts";

const SECRET = "Zk81mQp07vXw55Rt";
const HELLO =
  'data: {"choices":[{"delta":{"content":"Hello"},"finish_reason":"stop"}]}\n\n' +
  'data: {"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":4}}}\n\ndata: [DONE]\n\n';

const clock = new Clock();
const upstream = startUpstream(({ text }) => {
  clock.advance(300);
  if (text.includes("fail")) return Response.json({ error: { message: "no" } }, { status: 400 });
  return new Response(HELLO);
});
afterAll(() => upstream[Symbol.dispose]());

function start(metrics = true): Promise<TestApp> {
  const models = [{ name: "m" }, { name: `x-${SECRET}` }, { name: 'quote"\\' }];
  const providers = [testProvider(upstream.url, { secrets: [SECRET], models })];
  return startTestApp(providers, clock.runtime, { config: { metrics } });
}

async function chat({ url }: TestApp, model: string, content = "hi"): Promise<void> {
  await (await post(`${url}/api/chat`, { model, messages: [{ role: "user", content }] })).text();
}

async function read({ url }: TestApp): Promise<string> {
  const response = await fetch(`${url}/metrics`);
  expect(response.headers.get("content-type")).toBe("text/plain; version=0.0.4; charset=utf-8");
  return response.text();
}

test("counts requests, attempts, tokens and times", async () => {
  await using app = await start();
  await chat(app, "[p]-m");
  await chat(app, "[p]-m", "fail");
  expect(await read(app)).toBe(`# HELP ollama_proxy_build_info The version of the program
# TYPE ollama_proxy_build_info gauge
ollama_proxy_build_info{version="33.0.0"} 1
# HELP ollama_proxy_requests_in_progress Requests whose reply has not ended
# TYPE ollama_proxy_requests_in_progress gauge
ollama_proxy_requests_in_progress 1
# HELP ollama_proxy_requests_total Requests of clients for a model, by outcome
# TYPE ollama_proxy_requests_total counter
ollama_proxy_requests_total{path="/api/chat",provider="p",model="m",outcome="complete"} 1
ollama_proxy_requests_total{path="/api/chat",provider="p",model="m",outcome="failed"} 1
# HELP ollama_proxy_attempts_total Requests to providers, by status; none: no response
# TYPE ollama_proxy_attempts_total counter
ollama_proxy_attempts_total{provider="p",status="200"} 1
ollama_proxy_attempts_total{provider="p",status="400"} 1
# HELP ollama_proxy_tokens_total Tokens; output contains reasoning, input contains cached
# TYPE ollama_proxy_tokens_total counter
ollama_proxy_tokens_total{provider="p",model="m",type="input"} 12
ollama_proxy_tokens_total{provider="p",model="m",type="output"} 3
ollama_proxy_tokens_total{provider="p",model="m",type="cached"} 4
# HELP ollama_proxy_first_byte_seconds Time from the arrival of a request to the first byte of its reply
# TYPE ollama_proxy_first_byte_seconds histogram
${histogram("ollama_proxy_first_byte_seconds", 'provider="p",model="m"', FIRST_BYTE, 1)}# HELP ollama_proxy_request_duration_seconds Time from the arrival of a request to the end of its reply
# TYPE ollama_proxy_request_duration_seconds histogram
${histogram("ollama_proxy_request_duration_seconds", 'path="/api/chat",provider="p"', DURATION, 2)}`);
});

const FIRST_BYTE = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
const DURATION = [0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];

/** All observations are 0.3 s. */
function histogram(name: string, labels: string, bounds: readonly number[], count: number): string {
  const buckets = bounds.map(
    (bound) => `${name}_bucket{${labels},le="${bound}"} ${bound >= 0.3 ? count : 0}\n`,
  );
  return `${buckets.join("")}${name}_bucket{${labels},le="+Inf"} ${count}\n${name}_sum{${labels}} ${count * 0.3}\n${name}_count{${labels}} ${count}\n`;
}

test("names are escaped, and secrets masked", async () => {
  await using app = await start();
  await chat(app, `[p]-x-${SECRET}`);
  await chat(app, '[p]-quote"\\');
  const text = await read(app);
  expect(text).toContain(String.raw`model="quote\"\\",outcome="complete"`);
  expect(text).toContain('model="x-***"');
  expect(text).not.toContain(SECRET);
});

test("too many names are counted together", () => {
  const metrics = new MetricsSink();
  metrics.isEnabled = true;
  for (let index = 0; index < 1010; index += 1) {
    const beginning = {
      id: "r",
      startedAtMs: 0,
      method: "POST",
      path: "/api/chat",
      key: undefined,
      app: undefined,
    };
    const recorder = new Recorder(beginning, [metrics], () => undefined);
    recorder.setModel("m", true);
    recorder.set({ provider: "p", upstreamModel: `m${index}` });
    recorder.end("complete", {});
  }
  const lines = metrics
    .render("1")
    .split("\n")
    .filter((line) => line.startsWith("ollama_proxy_requests_total"));
  expect(lines).toHaveLength(1001);
  expect(lines.at(-1)).toBe(
    'ollama_proxy_requests_total{path="other",provider="other",model="other",outcome="other"} 10',
  );
});

test("without `metrics: true` the path is unknown; a reload switches it on and keeps the counts", async () => {
  await using app = await start(false);
  const unknown = await fetch(`${app.url}/metrics`);
  expect([unknown.status, await unknown.text()]).toEqual([404, "404 page not found"]);
  const config = testConfig([testProvider(upstream.url)], { metrics: true });
  await app.app.reload(config);
  const url = app.app.urls[0] ?? "";
  await chat({ ...app, url }, "[p]-m");
  await app.app.reload(config);
  expect(await read({ ...app, url: app.app.urls[0] ?? "" })).toContain('outcome="complete"} 1\n');
});
