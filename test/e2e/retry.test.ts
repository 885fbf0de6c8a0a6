/** Transient errors are retried, other errors are not, and nothing is retried after a reply has begun. */
import { expect, test } from "bun:test";
import { type Runtime, createRuntime } from "../../src/runtime.ts";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { rejection } from "../support/rejection.ts";
import { fixedRuntime } from "../support/runtime.ts";
import { startUpstream } from "../support/upstream.ts";

const ASK = { model: "[p]-m", messages: [{ role: "user", content: "hi" }] };
const HELLO =
  'data: {"choices":[{"delta":{"content":"Hello"}}]}\n\ndata: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n';

interface Answer {
  readonly status: number;
  readonly headers?: Record<string, string>;
  readonly body?: string;
}

/** How often the provider was asked, and what the client got, when the provider fails `failures` times. */
async function ask(answer: Answer, failures: number) {
  using upstream = startUpstream(() =>
    upstream.received.length <= failures
      ? new Response(answer.body ?? '{"error":{"message":"no"}}', {
          status: answer.status,
          headers: answer.headers ?? {},
        })
      : new Response(HELLO),
  );
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const response = await post(`${app.url}/api/chat`, ASK);
  await response.text();
  return {
    asked: upstream.received.length,
    status: response.status,
    retryAfter: response.headers.get("retry-after"),
  };
}

test.each([408, 409, 429, 500, 502, 503, 529])(
  "%d is tried again, and the client never knows",
  async (status) => {
    expect(await ask({ status }, 2)).toEqual({ asked: 3, status: 200, retryAfter: null });
  },
);

test.each([400, 401, 402, 403, 404, 405, 413, 422])("%d is not retried", async (status) => {
  expect((await ask({ status }, 1)).asked).toBe(1);
});

test("a request is sent at most three times", async () => {
  expect(await ask({ status: 503 }, 9)).toEqual({ asked: 3, status: 503, retryAfter: null });
});

test("an exhausted quota is not retried", async () => {
  const body = '{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}';
  expect(await ask({ status: 429, body }, 9)).toEqual({ asked: 1, status: 403, retryAfter: null });
});

test("`x-should-retry` of the provider decides", async () => {
  expect((await ask({ status: 500, headers: { "x-should-retry": "false" } }, 9)).asked).toBe(1);
  expect((await ask({ status: 400, headers: { "x-should-retry": "true" } }, 1)).asked).toBe(2);
});

test("a long `Retry-After` is passed on to the client", async () => {
  expect(await ask({ status: 429, headers: { "retry-after": "120" } }, 9)).toEqual({
    asked: 1,
    status: 429,
    retryAfter: "120",
  });
});

const OVERLOADED = 'data: {"error":{"message":"overloaded","type":"overloaded_error","code":503}}\n\n';

test("an overload error instead of a reply is retried", async () => {
  expect(await ask({ status: 200, body: OVERLOADED }, 2)).toEqual({
    asked: 3,
    status: 200,
    retryAfter: null,
  });
});

test.each([
  ["/api/chat", { ...ASK, stream: false }, "content"],
  ["/api/chat", { ...ASK, think: false }, "reasoning_content"],
  ["/v1/messages", { ...ASK, max_tokens: 9 }, "content"],
  ["/v1/chat/completions", { ...ASK, stream: true }, "content"],
])("an overload error after the beginning of the reply is not retried: %s %j", async (path, body, field) => {
  const begun = `data: ${JSON.stringify({ choices: [{ delta: { [field]: "Hm" } }] })}\n\n`;
  using upstream = startUpstream(() => new Response(begun + OVERLOADED));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  expect(await (await post(app.url + path, body)).text()).toContain("overloaded");
  expect(upstream.received).toHaveLength(1);
});

/** Refuses connections. A port that was just given back could be the next server's. */
const NOBODY = "http://127.0.0.1:1";

test.each([
  ["a refusal that passes", () => new Response("{}", { status: 503 })],
  ["a failure in place of a reply", () => new Response(OVERLOADED)],
  ["a refused connection", undefined],
])("a client that leaves ends the pause after %s", async (_, answer) => {
  const paused = Promise.withResolvers<void>();
  const logged = Promise.withResolvers<unknown>();
  const real = createRuntime((level, _message, fields) => {
    if (level !== "debug") logged.resolve(fields?.["status"]);
  });
  const runtime: Runtime = {
    ...real,
    sleep: (_ms, signal) => {
      paused.resolve();
      return real.sleep(3_600_000, signal);
    },
  };
  using upstream = startUpstream(answer ?? (() => new Response()));
  const url = answer === undefined ? NOBODY : upstream.url;
  await using app = await startTestApp([testProvider(`${url}/v1`)], runtime);
  const leave = new AbortController();
  const response = post(`${app.url}/api/chat`, ASK, { signal: leave.signal });
  await paused.promise;
  leave.abort();
  await rejection(response);
  expect(await logged.promise).toBe(499);
  expect(upstream.received.length).toBe(answer === undefined ? 0 : 1);
});

test("a refused connection is retried after a pause, and fails after three attempts", async () => {
  const pauses: number[] = [];
  const runtime: Runtime = {
    ...fixedRuntime(),
    sleep: (ms) => {
      pauses.push(ms);
      return Promise.resolve();
    },
  };
  await using app = await startTestApp([testProvider(`${NOBODY}/v1`)], runtime);
  expect((await post(`${app.url}/api/chat`, ASK)).status).toBe(502);
  expect(pauses.length).toBe(2);
});
