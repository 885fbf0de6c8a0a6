/** What one request of a client may cost, and what the log and other sinks learn of its attempts. */
import { expect, test } from "bun:test";
import type { RecordSink, RequestRecord } from "../../src/pipeline/record.ts";
import { createRuntime } from "../../src/runtime.ts";
import { arrayAt, parseJson, stringAt } from "../../src/wire/json.ts";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { Clock } from "../support/clock.ts";
import { startUpstream } from "../support/upstream.ts";

const ASK = { model: "[p]-m", messages: [{ role: "user", content: "hi" }], options: { temperature: 1 } };
const HELLO =
  'data: {"choices":[{"delta":{"content":"Hello"}}]}\n\ndata: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n';

function failure(status: number, message: string, headers: Record<string, string> = {}): Response {
  return Response.json({ error: { message } }, { status, headers });
}

/** Paths in the order in which the provider sees them: another base path, another body, then another time. */
function troubled(path: string, text: string): Response | undefined {
  if (path.startsWith("/v1/")) return new Response("404 page not found", { status: 404 });
  if (text.includes("temperature")) return failure(400, "Unsupported parameter: 'temperature'");
  return undefined;
}

test.each([
  [3, 429],
  [4, 200],
])(
  "relocations, fixes and retries share one budget: with %d requests the status is %d",
  async (maxRequests, status) => {
    let busy = 1;
    using upstream = startUpstream(({ path, text }) => {
      const trouble = troubled(path, text);
      if (trouble !== undefined) return trouble;
      busy -= 1;
      return busy >= 0 ? failure(429, "Busy") : new Response(HELLO);
    });
    const attempts = { maxRequests, maxWaitMs: 60_000 };
    await using app = await startTestApp([testProvider(upstream.url)], undefined, { config: { attempts } });
    const response = await post(`${app.url}/api/chat`, ASK);
    expect([response.status, upstream.received.length]).toEqual([status, maxRequests]);
  },
);

test.each([
  [1, 0],
  [2, 1],
  [6, 2],
])("a limit of %d requests allows %d retries", async (maxRequests, retries) => {
  using upstream = startUpstream(() => failure(503, "Down"));
  const attempts = { maxRequests, maxWaitMs: 60_000 };
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)], undefined, {
    config: { attempts },
  });
  expect((await post(`${app.url}/api/chat`, ASK)).status).toBe(503);
  expect(upstream.received.length).toBe(1 + retries);
});

test("the time limit of a request begins with its arrival", async () => {
  const clock = new Clock();
  using upstream = startUpstream(() => {
    clock.advance(25_000);
    return failure(429, "Busy", { "retry-after": "10" });
  });
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)], clock.runtime, {
    config: { attempts: { maxRequests: 6, maxWaitMs: 60_000 } },
  });
  const response = await post(`${app.url}/api/chat`, ASK);
  // 25 s and a pause of 10 s are within 60 s; 60 s and a pause of 10 s are not.
  expect(clock.pauses).toEqual([10_000]);
  expect([response.status, response.headers.get("retry-after")]).toEqual([429, "10"]);
});

test.each([
  ["4", [4000, 4000], 200, null],
  ["5", [5000], 200, null],
  ["6", [], 429, "6"],
  ["61", [], 429, "61"],
])("after `Retry-After: %s` the pauses are %j ms", async (retryAfter, pauses, status, passedOn) => {
  const clock = new Clock();
  using upstream = startUpstream(() =>
    upstream.received.length <= Math.max(1, pauses.length)
      ? failure(429, "Busy", { "retry-after": retryAfter })
      : new Response(HELLO),
  );
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)], clock.runtime);
  const response = await post(`${app.url}/api/chat`, ASK);
  expect(clock.pauses).toEqual(pauses);
  expect([response.status, response.headers.get("retry-after")]).toEqual([status, passedOn]);
});

test("batches of embeddings share one budget, and end together", async () => {
  using upstream = startUpstream(() => failure(503, "Down"));
  const attempts = { maxRequests: 2, maxWaitMs: 60_000 };
  const options = { maxEmbeddingBatch: 1 };
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`, { options })], undefined, {
    config: { attempts },
  });
  const response = await post(`${app.url}/api/embed`, {
    model: "[p]-m",
    input: ["a", "b", "c", "d", "e", "f"],
  });
  expect(response.status).toBe(503);
  // Four batches go out at the same time, one of them once more, and the last two never.
  expect(upstream.received.length).toBeLessThanOrEqual(5);
});

test("a text that is too long is cut within the budget, and the other batches know the limit", async () => {
  const lengths: number[] = [];
  using upstream = startUpstream(({ text }) => {
    const input = arrayAt(parseJson(text), "input").map(String);
    const longest = Math.max(...input.map(({ length }) => length));
    lengths.push(longest);
    if (longest > 300) return failure(400, "This model's maximum context length is 100 tokens");
    return Response.json({ data: input.map((_, index) => ({ index, embedding: [1] })) });
  });
  const models = [{ name: "m", contextLength: 100 }];
  const provider = testProvider(`${upstream.url}/v1`, { models, options: { maxEmbeddingBatch: 1 } });
  await using app = await startTestApp([provider]);
  const input = ["a".repeat(1000), "b".repeat(5000), "c".repeat(1000)];
  const response = await post(`${app.url}/api/embed`, { model: "[p]-m", input });
  expect(response.status).toBe(200);
  expect(lengths).toEqual([5000, 400, 280, 280, 280]);
});

test("a text that never fits is cut no more often than the budget allows", async () => {
  using upstream = startUpstream(() => failure(400, "This model's maximum context length is 100 tokens"));
  const config = { attempts: { maxRequests: 3, maxWaitMs: 60_000 } };
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)], undefined, { config });
  const response = await post(`${app.url}/api/embed`, { model: "[p]-m", input: "a".repeat(5000) });
  expect([response.status, upstream.received.length]).toEqual([400, 3]);
});

test("the debug log has every attempt, wait and fix as it happens", async () => {
  const clock = new Clock();
  using upstream = startUpstream(({ path, text }) => {
    const trouble = troubled(path, text);
    if (trouble !== undefined) return trouble;
    return upstream.received.length < 4 ? failure(429, "Busy", { "retry-after": "3" }) : new Response(HELLO);
  });
  await using app = await startTestApp([testProvider(upstream.url)], clock.runtime);
  await (await post(`${app.url}/api/chat`, ASK)).text();
  const names = { request: "abcdefgh01234567", provider: "p", model: "m" };
  const failed = { ...names, waitMs: undefined };
  const fix = { ...names, fix: "drop:temperature", error: "[p] Unsupported parameter: 'temperature'" };
  const sending = "Sending a request to the provider";
  const told = clock.lines.filter(({ fields }) => "request" in fields && !("ms" in fields));
  expect(told.map(({ level, message, fields }) => [level, message, fields])).toEqual([
    ["debug", sending, { ...names, attempt: 1 }],
    ["debug", "The attempt failed", { ...failed, attempt: 1, status: 404, reason: expect.any(String) }],
    ["debug", sending, { ...names, attempt: 2 }],
    ["debug", "The attempt failed", { ...failed, attempt: 2, status: 400, reason: fix.error }],
    ["debug", "Retrying with a changed request: the provider rejected a part of it", fix],
    ["debug", sending, { ...names, attempt: 3 }],
    [
      "debug",
      "The attempt failed; waiting before the next one",
      { ...names, attempt: 3, status: 429, waitMs: 3000, reason: "[p] Busy" },
    ],
    ["debug", sending, { ...names, attempt: 4 }],
    ["info", "Learned from an error of the provider; requests for this model are changed for a day", fix],
  ]);
  expect(clock.logged("POST")).toMatchObject([
    { attempts: 4, fixes: "drop:temperature", dropped: "temperature" },
  ]);
});

test("a request that waits long for its first byte is logged once", async () => {
  const waiting = Promise.withResolvers<void>();
  const clock = new Clock((_level, message) => {
    if (message.startsWith("Still waiting")) waiting.resolve();
  });
  using upstream = startUpstream(async () => {
    await waiting.promise;
    return new Response(HELLO);
  });
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)], clock.runtime, {
    slowAfterMs: 1,
  });
  await (await post(`${app.url}/api/chat`, ASK)).text();
  expect(clock.logged("Still waiting for the first byte of the reply")).toEqual([
    { request: "abcdefgh01234567", provider: "p", model: "m", attempts: 1 },
  ]);
});

test("concurrent attempts are recorded separately", async () => {
  const failed = Promise.withResolvers<void>();
  let last: RequestRecord | undefined;
  using upstream = startUpstream(async ({ text }) => {
    const isFirst = text.includes('"a"');
    const isRetry = isFirst && upstream.received.filter((request) => request.text === text).length > 1;
    if (isFirst && !isRetry) return failure(503, "Down");
    if (isRetry) failed.resolve();
    // The second batch is answered when the first has failed.
    await failed.promise;
    return Response.json({ data: [{ index: 0, embedding: [1] }] });
  });
  const provider = testProvider(`${upstream.url}/v1`, { options: { maxEmbeddingBatch: 1 } });
  const sinks: readonly RecordSink[] = [{ ended: (record) => void (last = record) }];
  await using app = await startTestApp([provider], undefined, { sinks });
  await (await post(`${app.url}/api/embed`, { model: "[p]-m", input: ["a", "b"] })).text();
  expect(last?.attempts.map(({ number, status, reason }) => [number, status, reason])).toEqual([
    [1, 503, "[p] Down"],
    [2, 200, undefined],
    [3, 200, undefined],
  ]);
});

test("an error has the id of its log line", async () => {
  const ids: string[] = [];
  const sinks: readonly RecordSink[] = [{ ended: ({ id }) => void ids.push(id) }];
  const runtime = createRuntime(() => undefined);
  await using app = await startTestApp([testProvider("http://127.0.0.1:1")], runtime, { sinks });
  const body: unknown = await (await post(`${app.url}/v1/messages`, { model: "nope", messages: [] })).json();
  expect(ids).toHaveLength(1);
  expect(stringAt(body, "request_id")).toBe(`req_${ids[0]}`);
});

test("every subscriber gets the same record", async () => {
  const seen: string[] = [];
  let last: RequestRecord | undefined;
  const sink: RecordSink = {
    began: ({ method, path }) => void seen.push(`${method} ${path}`),
    changed: (_record, { type }) => void seen.push(type),
    ended: (record) => {
      seen.push(record.outcome);
      last = record;
    },
  };
  using upstream = startUpstream(({ text }) => troubled("", text) ?? new Response(HELLO));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)], undefined, { sinks: [sink] });
  const headers = { "user-agent": "an app" };
  await (await post(`${app.url}/api/chat`, { ...ASK, stream: false }, { headers })).text();
  expect(seen).toEqual([
    "POST /api/chat",
    "attempt",
    "attempt-failed",
    "fix",
    "attempt",
    "learned",
    "complete",
  ]);
  const attempt = { provider: "p", model: "m", reason: undefined, waitMs: undefined };
  expect(last).toMatchObject({
    app: "an app",
    model: "[p]-m",
    provider: "p",
    upstreamModel: "m",
    mode: "translate",
    attempts: [
      { ...attempt, number: 1, status: 400, reason: "[p] Unsupported parameter: 'temperature'" },
      { ...attempt, number: 2, status: 200 },
    ],
    droppedParams: ["temperature"],
    fixes: ["drop:temperature"],
    firstByteMs: 0,
    totalMs: 0,
    usage: { inputTokens: 1, outputTokens: 2 },
    isUsageEstimated: true,
    status: 200,
    problem: undefined,
  });
});
