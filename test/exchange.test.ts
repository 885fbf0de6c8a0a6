/**
 * Runs every conversation of `test/exchange`. The provider must get exactly the requests of the file, in that order, and the client must get
 * the reply of the file.
 */
import { expect, test } from "bun:test";
import { parseConfig } from "../src/config/load.ts";
import { arrayAt, isObject, objectAt, parseJson, stringAt } from "../src/wire/json.ts";
import { startTestApp } from "./support/app.ts";
import { type ExchangeCase, type Expected, type Turn, loadExchanges } from "./support/exchanges.ts";
import { fixedRuntime } from "./support/runtime.ts";
import { type Received, type Upstream, startUpstream } from "./support/upstream.ts";

const cases = loadExchanges();

test.each(cases.map((each) => ({ name: each.name, each })))("$name", async ({ each }) => {
  const script = each.turns.flatMap((turn) => turn.provider);
  const played: Expected[] = [];
  using upstream = startUpstream((request) => {
    const next = takeNext(script, request);
    if (next !== undefined) played.push(next);
    return answer(next);
  });
  const pauses: number[] = [];
  const asked: string[] = [];
  const runtime = {
    ...fixedRuntime(),
    sleep: (ms: number) => Promise.resolve(void pauses.push(ms)),
    // Presets are found by host name, so the URL is kept and the request is redirected to this server.
    fetch: (url: string, init: BunFetchRequestInit) => {
      asked.push(url);
      return fetch(upstream.url + url.replace(/^\w+:\/\/[^/]*/, ""), { ...init, proxy: false });
    },
  };
  await using app = await startTestApp(providers(each, upstream), runtime);
  for (const turn of each.turns) {
    const before = upstream.received.length;
    const response = await ask(app.url, turn, each.model);
    await checkReply(response, turn);
    const received = upstream.received.slice(before);
    expect(received).toHaveLength(turn.provider.length);
    for (const [index, request] of received.entries()) {
      checkRequest(request, asked[before + index], played[before + index]);
    }
    const waited = pauses.splice(0);
    expect(waited.map((ms, index) => near(ms, turn.pauses[index] ?? 0))).toEqual([...turn.pauses]);
  }
});

/** The next request of the script. Concurrent requests may arrive in any order, so an exact match is taken first. */
function takeNext(script: Expected[], { text }: Received): Expected | undefined {
  const sent = parseJson(text);
  const match = script.findIndex(({ body }) => body !== undefined && Bun.deepEquals(body, sent));
  return script.splice(Math.max(0, match), 1)[0];
}

function providers(each: ExchangeCase, upstream: Upstream) {
  const provider = { name: "p", url: `${upstream.url}/v1`, models: [each.model], ...each.config };
  return parseConfig(JSON.stringify({ providers: [provider] }), "exchange.yaml", {}).config.providers;
}

function ask(url: string, { path, ask: body }: Turn, model: string): Promise<Response> {
  if (body === undefined) return fetch(url + path);
  return fetch(url + path, { method: "POST", body: JSON.stringify({ model: `[p]-${model}`, ...body }) });
}

const HELLO = [
  { choices: [{ index: 0, delta: { content: "Hello" } }] },
  { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] },
  "[DONE]",
];

function answer(expected: Expected | undefined): Response {
  const { status = 200, headers = {}, body, frames } = expected?.answer ?? {};
  if (body === undefined) {
    const events = (frames ?? HELLO).map(
      (frame) => `data: ${typeof frame === "string" ? frame : JSON.stringify(frame)}\n\n`,
    );
    return new Response(events.join(""), {
      status,
      headers: { "content-type": "text/event-stream", ...headers },
    });
  }
  const text = typeof body === "string" ? body : JSON.stringify(body);
  return new Response(text, { status, headers: { "content-type": "application/json", ...headers } });
}

function checkRequest(received: Received, url: string | undefined, expected: Expected | undefined): void {
  if (expected === undefined) throw new Error(`Expected no request, got ${received.text}`);
  const body = parseJson(received.text);
  expect(received.method).toBe(expected.method);
  if (expected.url !== undefined) expect(url).toBe(expected.url);
  if (expected.body !== undefined) expect(body).toEqual(expected.body);
  if (expected.has !== undefined) expect(body).toMatchObject({ ...expected.has });
  const members = Object.keys(isObject(body) ? body : {});
  expect(expected.lacks.filter((member) => members.includes(member))).toEqual([]);
  for (const [name, value] of Object.entries(expected.headers))
    expect(received.headers.get(name)).toBe(value);
}

async function checkReply(response: Response, turn: Turn): Promise<void> {
  const text = await response.text();
  expect(`${response.status} ${response.status === turn.status ? "" : text}`).toBe(`${turn.status} `);
  for (const [name, value] of Object.entries(turn.headers)) expect(response.headers.get(name)).toBe(value);
  const lines = text.split("\n").filter((line) => line !== "");
  if (turn.text !== undefined) expect(lines.map(said).join("")).toBe(turn.text);
  if (turn.reply !== undefined) expect(parseJson(lines.at(-1) ?? "")).toMatchObject({ ...turn.reply });
}

/** The text of one line of a stream, in Ollama's or OpenAI's API. */
function said(line: string): string {
  const frame = parseJson(line.replace(/^data: /, ""));
  const delta = objectAt(arrayAt(frame, "choices")[0], "delta");
  return stringAt(objectAt(frame, "message"), "content") ?? stringAt(delta, "content") ?? "";
}

/** Returns `meant` if `value` is within a quarter of it, and otherwise `value`. Pauses are random in this range. */
function near(value: number, meant: number): number {
  return Math.abs(value - meant) <= meant / 4 ? meant : value;
}
