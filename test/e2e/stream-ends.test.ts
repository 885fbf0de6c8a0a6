/** Where a reply ends, when neither the connection nor the finish reason says so as it should. */
import { expect, test } from "bun:test";
import { createRuntime } from "../../src/runtime.ts";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { startRawUpstream, startUpstream } from "../support/upstream.ts";
import { received } from "../support/received.ts";

const MESSAGES = [{ role: "user", content: "hi" }];
const CHAT = { model: "[p]-m", messages: MESSAGES };
const SSE_HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
const JSON_HEAD = SSE_HEAD.replace("text/event-stream", "application/json");

const HELLO = 'data: {"choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":null}]}\n\n';
const STOP = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n';
const DONE = "data: [DONE]\n\n";

function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
}

function wholeReply(finish: object): string {
  const choice = { index: 0, message: { role: "assistant", content: "Hello" }, ...finish };
  return JSON.stringify({ id: "c1", object: "chat.completion", model: "m", choices: [choice] });
}

/** A provider whose connection drops after these bytes, without the last chunk. */
function dropsAfter(bytes: string) {
  return startRawUpstream((socket) => {
    socket.write(bytes);
    setTimeout(() => socket.terminate(), 20);
  });
}

/** Longer than the tests below let counts be waited for. */
const PAUSE_MS = 200;

async function* withPause(first: string, second: string): AsyncGenerator<string> {
  yield first;
  await new Promise((resolve) => void setTimeout(resolve, PAUSE_MS));
  yield second;
}

/** The text of a reply on each route that has one, or its error. */
async function ask(url: string, path: string, stream: boolean): Promise<{ status: number; text: string }> {
  const body = path === "/v1/responses" ? { model: "[p]-m", input: "hi" } : { ...CHAT, max_tokens: 9 };
  const response = await received(url + path, { ...body, stream });
  return { status: response.status, text: await response.text() };
}

const ROUTES = ["/api/chat", "/v1/chat/completions", "/v1/messages", "/v1/responses"];
const BOTH = ROUTES.flatMap((path): [string, boolean][] => [
  [path, false],
  [path, true],
]);

test.concurrent.each(BOTH)(
  "a JSON document without the last chunk is a whole reply: %s, stream %p",
  async (path, stream) => {
    using upstream = dropsAfter(JSON_HEAD + chunk(wholeReply({ finish_reason: "stop" })));
    await using app = await startTestApp([testProvider(upstream.url)]);
    const got = await ask(app.url, path, stream);
    expect(got).toEqual({ status: 200, text: expect.stringContaining("Hello") });
    expect(got.text).not.toContain('error":{');
  },
);

test.concurrent.each(BOTH)(
  "half a JSON document is a dropped connection: %s, stream %p",
  async (path, stream) => {
    using upstream = dropsAfter(JSON_HEAD + chunk(wholeReply({ finish_reason: "stop" }).slice(0, -1)));
    await using app = await startTestApp([testProvider(upstream.url)]);
    const got = await ask(app.url, path, stream);
    expect(got).toEqual({
      status: 502,
      text: expect.stringContaining("The provider dropped the connection"),
    });
  },
);

test.concurrent.each(BOTH)(
  "events with a finish reason are a whole reply, without an end mark: %s, stream %p",
  async (path, stream) => {
    using upstream = dropsAfter(SSE_HEAD + chunk(HELLO) + chunk(STOP));
    await using app = await startTestApp([testProvider(upstream.url)]);
    const got = await ask(app.url, path, stream);
    expect(got).toEqual({ status: 200, text: expect.stringContaining("Hello") });
    expect(got.text).not.toContain("dropped");
  },
);

test.concurrent.each(BOTH)(
  "events without a finish reason are a dropped connection: %s, stream %p",
  async (path, stream) => {
    using upstream = dropsAfter(SSE_HEAD + chunk(HELLO));
    await using app = await startTestApp([testProvider(upstream.url)]);
    const got = await ask(app.url, path, stream);
    expect(got.status).toBe(stream ? 200 : 502);
    expect(got.text).toContain("The provider dropped the connection");
  },
);

test.concurrent("the provider's words count more than the connection that drops after them", async () => {
  using upstream = dropsAfter(SSE_HEAD + chunk(`${HELLO}data: {"error":{"message":"engine died"}}`));
  await using app = await startTestApp([testProvider(upstream.url)]);
  for (const [path, stream] of BOTH) {
    expect((await ask(app.url, path, stream)).text).toContain("[p] engine died");
  }
});

test.concurrent("embeddings without the last chunk are whole, and a transcript is not", async () => {
  using vectors = dropsAfter(JSON_HEAD + chunk('{"data":[{"index":0,"embedding":[0.5,1]}]}'));
  await using app = await startTestApp([testProvider(vectors.url)]);
  const embedded = await post(`${app.url}/api/embed`, { model: "[p]-m", input: "hi" });
  expect(await embedded.json()).toMatchObject({ embeddings: [[expect.any(Number), expect.any(Number)]] });

  using words = dropsAfter(SSE_HEAD + chunk("data is what"));
  await using other = await startTestApp([testProvider(words.url)]);
  const form = new FormData();
  form.set("model", "[p]-m");
  form.set("file", new Blob(["RIFF"]), "a.wav");
  const heard = await fetch(`${other.url}/v1/audio/transcriptions`, { method: "POST", body: form });
  expect(heard.status).toBe(502);
});

test.concurrent.each([
  ["null", { finish_reason: null }],
  ["empty", { finish_reason: "" }],
  ["missing", {}],
])("a whole reply is complete when its finish reason is %s", async (_, finish) => {
  using upstream = startUpstream(() => new Response(wholeReply(finish)));
  await using app = await startTestApp([testProvider(upstream.url)]);
  for (const path of ROUTES) {
    expect(await ask(app.url, path, false)).toEqual({ status: 200, text: expect.stringContaining("Hello") });
  }
});

test.concurrent("a host that has a finish reason on every chunk may pause for longer than counts are waited for", async () => {
  const piece = HELLO.replace("null", '"stop"');
  using upstream = startUpstream(
    () => new Response(withPause(piece + piece, piece.replace("Hello", " world") + DONE)),
  );
  await using app = await startTestApp(
    [testProvider(upstream.url)],
    createRuntime(() => undefined),
    { countsTimeoutMs: 50 },
  );
  for (const path of ROUTES)
    expect((await ask(app.url, path, false)).text).toMatch(/HelloHello world|Hello"[^]*Hello"[^]* world/);
});

test.concurrent("words in place of a reply are an error soon, though the connection stays open", async () => {
  using upstream = startUpstream(
    () =>
      new Response(
        new ReadableStream({
          start: (controller) =>
            controller.enqueue(
              new TextEncoder().encode("data: Number of choices must be greater than 0.\n\n"),
            ),
        }),
      ),
  );
  await using app = await startTestApp(
    [testProvider(upstream.url, { timeouts: { firstByteMs: 60_000, idleMs: 60_000 } })],
    createRuntime(() => undefined),
    { countsTimeoutMs: 20 },
  );
  for (const path of ROUTES) {
    const got = await ask(app.url, path, true);
    expect(got).toEqual({
      status: 500,
      text: expect.stringContaining("[p] Number of choices must be greater"),
    });
  }
  // Each waited once: words that were waited for are not asked for again.
  expect(upstream.received).toHaveLength(ROUTES.length);
});

test.concurrent("words that a slow reply follows end nothing", async () => {
  const words = "data: : keepalive\n\ndata: Loading the model\n\n";
  using upstream = startUpstream(() => new Response(withPause(words, HELLO + STOP + DONE)));
  await using app = await startTestApp(
    [testProvider(upstream.url)],
    createRuntime(() => undefined),
    { countsTimeoutMs: 50 },
  );
  for (const path of ROUTES) expect((await ask(app.url, path, true)).status).toBe(200);
});

test.concurrent("a body of plain text with status 200 is shown", async () => {
  using upstream = startUpstream(() => new Response("upstream connect error\nor disconnect"));
  await using app = await startTestApp([testProvider(upstream.url)]);
  for (const [path, stream] of BOTH) {
    const got = await ask(app.url, path, stream);
    expect(got.status).toBe(502);
    expect(got.text).toContain("upstream connect error or disconnect");
  }
});

test.concurrent("a relayed response skips what is no event, and tells words that nothing follows", async () => {
  const created =
    'event: response.created\ndata: {"type":"response.created","response":{"object":"response","id":"r","output":[]}}\n\n';
  const completed =
    'event: response.completed\ndata: {"type":"response.completed","response":{"object":"response","id":"r","output":[]}}\n\n';
  let body = `data: : keepalive\n\ndata: {}\n\n${created}data: [HEARTBEAT]\n\n${completed}`;
  using upstream = startUpstream(() => new Response(body));
  await using app = await startTestApp([testProvider(upstream.url, { options: { responses: "relay" } })]);
  const whole = await ask(app.url, "/v1/responses", true);
  expect(whole.text.match(/^data: .*$/gm)?.map((line) => JSON.parse(line.slice(6)).type)).toEqual([
    "response.created",
    "response.completed",
  ]);
  body = `${created}data: engine died unexpectedly\n\n`;
  const cut = await ask(app.url, "/v1/responses", true);
  expect(cut.text).toContain("[p] engine died unexpectedly");
  expect(cut.text).toContain("response.failed");
  body = "event: error\ndata: overloaded\n\n";
  expect(await ask(app.url, "/v1/responses", true)).toMatchObject({
    text: expect.stringContaining("[p] overloaded"),
  });
});

test.concurrent("relayed lines of an Ollama server are lines to every client", async () => {
  const line =
    '{"model":"m","message":{"role":"assistant","content":"a\u2028b\u2029c\u0085d"},"done":true}\n';
  using upstream = startUpstream(() => new Response(line));
  await using app = await startTestApp([testProvider(upstream.url, { apiType: "ollama" })]);
  const { text } = await ask(app.url, "/api/chat", true);
  expect(text).not.toMatch(/[\u0085\u2028\u2029]/);
  expect(JSON.parse(text)).toMatchObject({ message: { content: "a\u2028b\u2029c\u0085d" } });
});
