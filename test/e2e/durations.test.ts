/** How long a request took, as Ollama's clients are told, by a clock that moves only when the provider speaks. */
import { expect, test } from "bun:test";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { NOW_MS, fixedRuntime } from "../support/runtime.ts";
import { startUpstream } from "../support/upstream.ts";

const HELLO = 'data: {"choices":[{"delta":{"content":"Hello"}}]}\n\n';
const END = 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n';

test.each([
  ["/api/chat", { messages: [{ role: "user", content: "hi" }] }],
  ["/api/generate", { prompt: "hi" }],
])(
  "the time to the first token is that of the prompt, and the rest that of the reply: %s",
  async (path, fields) => {
    let now = NOW_MS;
    const heard = Promise.withResolvers<undefined>();
    async function* speak() {
      yield HELLO;
      await heard.promise;
      now += 500;
      yield END;
    }
    using upstream = startUpstream(() => {
      now += 250;
      return new Response(speak());
    });
    await using app = await startTestApp([testProvider(`${upstream.url}/v1`)], {
      ...fixedRuntime(),
      now: () => now,
    });
    const response = await post(app.url + path, { model: "[p]-m", ...fields });
    heard.resolve(undefined);
    const [first = "", last = ""] = (await response.text()).trimEnd().split("\n");
    expect(JSON.parse(first)).toMatchObject({ created_at: "2026-01-01T00:00:00.250Z" });
    expect(JSON.parse(last)).toMatchObject({
      created_at: "2026-01-01T00:00:00.750Z",
      total_duration: 750_000_000,
      load_duration: 5_000_000,
      prompt_eval_duration: 245_000_000,
      eval_duration: 500_000_000,
    });
  },
);

/** The last object of a reply of `/api/chat` that took 2 seconds to its first byte. */
async function metricsOf(body: string, ask: object): Promise<Record<string, number>> {
  let now = NOW_MS;
  using upstream = startUpstream(() => {
    now += 2000;
    return new Response(body);
  });
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)], {
    ...fixedRuntime(),
    now: () => now,
  });
  const messages = [{ role: "user", content: "hi" }];
  const response = await post(`${app.url}/api/chat`, { model: "[p]-m", messages, ...ask });
  return JSON.parse((await response.text()).trimEnd().split("\n").at(-1) ?? "");
}

const CALL = { index: 0, id: "c", type: "function", function: { name: "f", arguments: "{}" } };
const FUNCTION = { type: "function", function: { name: "f" } };
const USAGE = { prompt_tokens: 400, completion_tokens: 180 };
const TIMINGS = { prompt_n: 400, prompt_ms: 300, predicted_n: 180, predicted_ms: 1500 };
const sse = (...frames: readonly unknown[]): string =>
  frames.map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join("");
const stop = (reason: string, more: object = {}): object => ({
  choices: [{ delta: {}, finish_reason: reason }],
  usage: USAGE,
  ...more,
});

test.each([
  [
    "a whole reply",
    JSON.stringify({ choices: [{ message: { content: "Hi" }, finish_reason: "stop" }], usage: USAGE }),
    { stream: false },
  ],
  ["a stream in one piece", sse({ choices: [{ delta: { content: "Hi" } }] }, stop("stop")), {}],
  [
    "a tool call alone",
    sse({ choices: [{ delta: { tool_calls: [CALL] } }] }, stop("tool_calls")),
    { tools: [FUNCTION] },
  ],
])("%s that arrived at once has plausible rates", async (_what, body, ask) => {
  const metrics = await metricsOf(body, ask);
  // 180 of 200 shares are the reply's, because a prompt is evaluated faster.
  expect(metrics).toMatchObject({
    total_duration: 2_000_000_000,
    load_duration: 40_000_000,
    prompt_eval_count: 400,
    prompt_eval_duration: 196_000_000,
    eval_count: 180,
    eval_duration: 1_764_000_000,
  });
});

test("a tool call that arrives in pieces has the time of its first piece", async () => {
  let now = NOW_MS;
  const heard = Promise.withResolvers<undefined>();
  async function* speak() {
    yield sse({ choices: [{ delta: { tool_calls: [CALL] } }] });
    await heard.promise;
    now += 500;
    yield sse(stop("tool_calls"));
  }
  const moving = { ...fixedRuntime(), now: () => now };
  using upstream = startUpstream(() => {
    now += 250;
    // Time passes after the first piece: the proxy sends nothing before the call is complete.
    setImmediate(() => heard.resolve(undefined));
    return new Response(speak());
  });
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)], moving);
  const messages = [{ role: "user", content: "hi" }];
  const response = await post(`${app.url}/api/chat`, { model: "[p]-m", messages, tools: [FUNCTION] });
  const last = JSON.parse((await response.text()).trimEnd().split("\n").at(-1) ?? "");
  expect(last["prompt_eval_duration"] + last["load_duration"] + last["eval_duration"]).toBe(750_000_000);
  expect(last["eval_duration"]).toBeGreaterThanOrEqual(500_000_000);
});

test.each([
  ["a whole reply", { stream: false }, { message: { content: "Hi" } }],
  ["a stream", {}, { delta: { content: "Hi" } }],
])("the provider's own durations are used: %s", async (_what, ask, content) => {
  const frame = { choices: [{ ...content, finish_reason: "stop" }], usage: USAGE, timings: TIMINGS };
  const body =
    "stream" in ask ? JSON.stringify(frame) : sse(frame, "[DONE]").replaceAll('"[DONE]"', "[DONE]");
  expect(await metricsOf(body, ask)).toMatchObject({
    total_duration: 2_000_000_000,
    prompt_eval_duration: 300_000_000,
    eval_duration: 1_500_000_000,
  });
});

test("the parts never exceed the total, whatever the provider measured", async () => {
  const timings = { ...TIMINGS, prompt_ms: 5000, predicted_ms: 9000 };
  const frame = { choices: [{ message: { content: "Hi" }, finish_reason: "stop" }], usage: USAGE, timings };
  const metrics = await metricsOf(JSON.stringify(frame), { stream: false });
  expect(metrics).toMatchObject({ prompt_eval_duration: 5e9, eval_duration: 9e9, load_duration: 40_000_000 });
  expect(metrics["total_duration"]).toBe(14_040_000_000);
});

test("a reply with embeddings contains its duration", async () => {
  let now = NOW_MS;
  using upstream = startUpstream(() => {
    now += 250;
    return Response.json({ data: [{ index: 0, embedding: [1, 0] }] });
  });
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)], {
    ...fixedRuntime(),
    now: () => now,
  });
  const response = await post(`${app.url}/api/embed`, { model: "[p]-m", input: "a" });
  expect(await response.json()).toMatchObject({ total_duration: 250_000_000, load_duration: 1 });
});

/** Go's durations. "Forever" is the date that a real server says. */
test.each([
  [90, "2026-01-01T00:01:30.000Z"],
  ["1h30m", "2026-01-01T01:30:00.000Z"],
  ["+1.5s", "2026-01-01T00:00:01.500Z"],
  ["2500ms", "2026-01-01T00:00:02.500Z"],
  ["3000000us", "2026-01-01T00:00:03.000Z"],
  ["4000000\u00b5s", "2026-01-01T00:00:04.000Z"],
  ["5000000\u03bcs", "2026-01-01T00:00:05.000Z"],
  ["6000000000ns", "2026-01-01T00:00:06.000Z"],
  [-1, "2318-01-04T00:00:00.000Z"],
  ["-1m", "2318-01-04T00:00:00.000Z"],
])("keep_alive %j ends at %s", async (keepAlive, expected) => {
  using upstream = startUpstream(() => Response.json({ choices: [{ message: { content: "Hi" } }] }));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)], fixedRuntime());
  const messages = [{ role: "user", content: "hi" }];
  const request = { model: "[p]-m", messages, stream: false, keep_alive: keepAlive };
  expect((await post(`${app.url}/api/chat`, request)).status).toBe(200);
  const body = await (await fetch(`${app.url}/api/ps`)).json();
  expect(body).toMatchObject({ models: [{ name: "[p]-m", expires_at: expected }] });
});
