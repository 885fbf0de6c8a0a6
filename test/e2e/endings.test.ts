/** The end of a reply after a failure: an error message, and never a connection reset. */
import { afterEach, expect, jest, test } from "bun:test";
import { createRuntime } from "../../src/runtime.ts";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { rejection } from "../support/rejection.ts";
import { NOW_MS, fixedRuntime } from "../support/runtime.ts";
import { startRawUpstream, startUpstream } from "../support/upstream.ts";
import { received } from "../support/received.ts";

const REQUEST = { model: "[p]-m", messages: [{ role: "user", content: "hi" }] };
const HELLO = 'data: {"choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":null}]}\n\n';
const STOP = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n';
const HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

afterEach(() => {
  jest.useRealTimers();
});

function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

async function lines(response: Response): Promise<readonly unknown[]> {
  const text = await response.text();
  expect(text).toEndWith("\n");
  return text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** A body that begins with `text` and then neither goes on nor ends. */
function silentAfter(text: string): Response {
  return new Response(
    new ReadableStream({
      start: (controller) => controller.enqueue(new TextEncoder().encode(text)),
    }),
    { headers: { "content-type": "text/event-stream" } },
  );
}

test("after the first text, a socket that drops becomes one error line", async () => {
  using upstream = startRawUpstream((socket) => {
    socket.write(HEAD + chunk(HELLO));
    setTimeout(() => socket.terminate(), 20);
  });
  await using app = await startTestApp([testProvider(upstream.url)]);
  const got = await lines(await received(`${app.url}/api/chat`, REQUEST));
  expect(got).toEqual([
    expect.objectContaining({ message: { role: "assistant", content: "Hello" }, done: false }),
    { error: expect.stringMatching(/^\[p\] The provider dropped the connection/) },
  ]);
});

test("an invalid status is an error of the provider, and its message is kept", async () => {
  const body = '{"error":{"message":"go away"}}';
  using upstream = startRawUpstream((socket) => {
    socket.write(`HTTP/1.1 999 Denied\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  });
  await using app = await startTestApp([testProvider(upstream.url)]);
  const response = await post(`${app.url}/api/chat`, REQUEST);
  expect([response.status, await response.json()]).toEqual([502, { error: "[p] go away" }]);
});

test("after the first text, a provider that stalls past its idle limit becomes one error line", async () => {
  using upstream = startUpstream(() => silentAfter(HELLO));
  const timeouts = { firstByteMs: 1000, idleMs: 100 };
  await using app = await startTestApp(
    [testProvider(upstream.url, { timeouts })],
    createRuntime(() => undefined),
  );
  const got = await lines(await received(`${app.url}/api/generate`, { model: "[p]-m", prompt: "hi" }));
  expect(got).toEqual([
    expect.objectContaining({ response: "Hello", done: false }),
    {
      error:
        '[p] The provider sent nothing for 100 ms in the middle of its reply; try again, or increase its "timeouts" in the configuration',
    },
  ]);
});

test("after the first text, invalid JSON becomes one error line", async () => {
  using upstream = startUpstream(() => new Response(`${HELLO}data: {oops\n\n${STOP}data: [DONE]\n\n`));
  await using app = await startTestApp([testProvider(upstream.url)]);
  const got = await lines(await received(`${app.url}/api/chat`, REQUEST));
  expect(got.at(-1)).toEqual({
    error: "[p] The provider sent invalid JSON in the middle of the reply; try again",
  });
});

test("after the first text, a complete reply ends without an error even if the provider never closes the connection", async () => {
  using upstream = startUpstream(() => silentAfter(`${HELLO}${STOP}data: [DONE]\n\n`));
  await using app = await startTestApp([testProvider(upstream.url)]);
  const got = await lines(await post(`${app.url}/api/chat`, REQUEST));
  expect(got.at(-1)).toMatchObject({ done: true, done_reason: "stop" });
  const whole = await post(`${app.url}/api/chat`, { ...REQUEST, stream: false });
  expect(await whole.json()).toMatchObject({ message: { content: "Hello" }, done: true });
});

test.each([
  ["in time", 60_000, { prompt_eval_count: 11, eval_count: 22 }],
  ["never", 10, { done_reason: "stop" }],
])("a complete reply waits for counts that come %s", async (when, countsTimeoutMs, expected) => {
  const counts = Promise.withResolvers<string>();
  async function* speak() {
    yield HELLO + STOP;
    yield await counts.promise;
  }
  using upstream = startUpstream(() => new Response(speak()));
  const timeouts = { firstByteMs: 600_000, idleMs: 600_000 };
  await using app = await startTestApp(
    [testProvider(upstream.url, { timeouts })],
    createRuntime(() => undefined),
    { countsTimeoutMs },
  );
  const response = await post(`${app.url}/api/chat`, REQUEST);
  if (when === "in time")
    counts.resolve('data: {"choices":[],"usage":{"prompt_tokens":11,"completion_tokens":22}}\n\n');
  expect((await lines(response)).at(-1)).toMatchObject({ done: true, ...expected });
});

test("after the first text, tool arguments that do not parse are an error, not a call", async () => {
  const call = '{"index":0,"id":"c","function":{"name":"f","arguments":"{\\"a\\":"}}';
  using upstream = startUpstream(
    () =>
      new Response(
        `data: {"choices":[{"delta":{"tool_calls":[${call}]}}]}\n\n` +
          'data: {"choices":[{"delta":{},"finish_reason":"tool_calls"}]}\n\ndata: [DONE]\n\n',
      ),
  );
  await using app = await startTestApp([testProvider(upstream.url)]);
  const response = await post(`${app.url}/api/chat`, REQUEST);
  expect(response.status).toBe(502);
  expect(await response.json()).toEqual({
    error: expect.stringContaining('called the tool "f" with arguments that are not a JSON object'),
  });
});

test.each([
  [400, '{"error":{"message":"bad","type":"x"}}', 400, "[p] bad"],
  [401, '{"error":{"message":"no key"}}', 403, "[p] no key"],
  [403, '{"error":{"message":"no key"}}', 403, "[p] no key"],
  [
    404,
    '{"error":{"message":"The model `m` does not exist","code":"model_not_found"}}',
    404,
    "model '[p]-m' not found",
  ],
  [
    404,
    "404 page not found",
    502,
    '[p] 404 page not found (status 404); check whether its "url" lacks "/v1"',
  ],
  [404, '{"detail":"Not Found"}', 502, '[p] Not Found (status 404); check whether its "url" lacks "/v1"'],
  [429, '{"error":{"message":"slow down","type":"tokens"}}', 429, "[p] slow down; it was sent 3 times"],
  [500, "", 500, "[p] The provider returned status 500 without an explanation"],
  [503, "<html><title>Bad day</title>", 503, "[p] Bad day; it was sent 3 times"],
  [200, "", 502, "[p] The provider sent an empty reply; try again"],
  [200, "data: [DONE]\n\n", 502, "[p] The provider sent an empty reply; try again"],
])(
  "before the first text, a provider's %d %s is the client's %d",
  async (status, body, expected, message) => {
    using upstream = startUpstream(() => new Response(body, { status }));
    await using app = await startTestApp([testProvider(upstream.url)]);
    for (const stream of [true, false]) {
      const response = await post(`${app.url}/api/chat`, { ...REQUEST, stream });
      expect(await response.json()).toEqual({ error: message });
      expect(response.status).toBe(expected);
      // As at the real server, which begins a stream before it runs the model.
      const type = stream && expected >= 500 ? "application/json" : "application/json; charset=utf-8";
      expect(response.headers.get("content-type")).toBe(type);
    }
  },
);

test("before the first text, the error for an unreachable provider has its name and the next step", async () => {
  // A port that was just given back could be the next server's; nobody listens on this one.
  await using app = await startTestApp([testProvider("http://127.0.0.1:1")]);
  const response = await post(`${app.url}/api/chat`, REQUEST);
  expect(response.status).toBe(502);
  expect(await response.json()).toEqual({
    error:
      '[p] Cannot connect to the provider: connection refused; check that it is running, and check its "url"',
  });
});

test("before the first text, a provider that does not begin to answer is a timeout", async () => {
  using upstream = startUpstream(() => new Promise<Response>(() => undefined));
  const timeouts = { firstByteMs: 100, idleMs: 1000 };
  await using app = await startTestApp(
    [testProvider(upstream.url, { timeouts })],
    createRuntime(() => undefined),
  );
  const response = await post(`${app.url}/api/chat`, REQUEST);
  expect(response.status).toBe(504);
  expect(await response.json()).toEqual({
    error: expect.stringContaining("did not begin to answer within 100 ms"),
  });
});

test.each([301, 302, 303, 307, 308])(
  "before the first text, a redirect with status %d is an error and the secret is not sent there",
  async (status) => {
    using elsewhere = startUpstream(() => new Response(HELLO + STOP));
    const target = `${elsewhere.url}/v1/chat/completions`;
    using upstream = startUpstream(() => new Response(null, { status, headers: { location: target } }));
    await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
    const response = await post(`${app.url}/api/chat`, REQUEST);
    expect(await response.json()).toEqual({
      error: `[p] The provider redirects to "${target}"; set its "url" to "${elsewhere.url}/v1", because redirects are not followed`,
    });
    expect(response.status).toBe(502);
    expect([upstream.received.length, elsewhere.received.length]).toEqual([1, 0]);
  },
);

test("after the first text, every piece of a reply restarts the idle timeout", async () => {
  jest.useFakeTimers();
  let nowMs = NOW_MS;
  const body = new TransformStream<string, string>();
  const provider = body.writable.getWriter();
  using upstream = startUpstream(() => new Response(body.readable.pipeThrough(new TextEncoderStream())));
  const timeouts = { firstByteMs: 1000, idleMs: 1000 };
  const runtime = { ...fixedRuntime(), now: () => nowMs };
  await using app = await startTestApp([testProvider(upstream.url, { timeouts })], runtime);
  const request = post(`${app.url}/api/chat`, REQUEST);
  await provider.write(HELLO);
  const reader = (await request).body?.getReader();
  await reader?.read();
  nowMs += 900;
  await provider.write(HELLO);
  await reader?.read();
  nowMs += 900;
  jest.advanceTimersByTime(1000);
  await provider.write(`${STOP}data: [DONE]\n\n`);
  const last = await reader?.read();
  expect(new TextDecoder().decode(last?.value)).toContain('"done":true');
});

test("a client that leaves stops the provider's stream", async () => {
  const stopped = Promise.withResolvers<void>();
  using upstream = startUpstream(
    () =>
      new Response(
        new ReadableStream({
          start: (controller) => controller.enqueue(new TextEncoder().encode(HELLO)),
          cancel: () => stopped.resolve(),
        }),
      ),
  );
  await using app = await startTestApp([testProvider(upstream.url)]);
  const leave = new AbortController();
  const response = await post(`${app.url}/api/chat`, REQUEST, { signal: leave.signal });
  await response.body?.getReader().read();
  leave.abort();
  await stopped.promise;
});

test("a client that leaves before the first text stops the provider too", async () => {
  const asked = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<void>();
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: (request) => {
      request.signal.addEventListener("abort", () => stopped.resolve());
      asked.resolve();
      return new Promise<Response>(() => undefined);
    },
  });
  await using app = await startTestApp([testProvider(`http://127.0.0.1:${server.port}`)]);
  const leave = new AbortController();
  const response = post(`${app.url}/api/chat`, REQUEST, { signal: leave.signal });
  await asked.promise;
  leave.abort();
  await rejection(response);
  await stopped.promise;
  await server.stop(true);
});
