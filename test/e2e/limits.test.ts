/** What is too large is refused in words, however it is sent, a client that reads slowly holds the provider back, and idle connections are closed. */
import { expect, test } from "bun:test";
import { startTestApp, testProvider } from "../support/app.ts";
import { connect } from "../support/socket.ts";
import { startUpstream } from "../support/upstream.ts";

const ASK = { model: "[p]-m", messages: [{ role: "user", content: "hi" }] };
/** The same as bytes of HTTP. */
const CHAT = `POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${JSON.stringify(ASK).length}\r\n\r\n${JSON.stringify(ASK)}`;
const MIB = 1024 * 1024;
const REPLY = '{"model":"m","choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}';

const HELLO = 'data: {"choices":[{"delta":{"content":"Hello"}}]}\n\n';
const END = 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n';

/** Goes out in chunks, without a length. */
function chunked(bytes: Uint8Array, count: number): ReadableStream<Uint8Array> {
  let left = count;
  return new ReadableStream({
    pull(controller) {
      if (left > 0) controller.enqueue(bytes);
      else controller.close();
      left -= 1;
    },
  });
}

const TOO_LARGE = "The request body is too large; the limit is ";

test.each([
  ["/api/chat", {}, "256 MiB"],
  ["/v1/messages", { "content-encoding": "zstd" }, "20 MiB"],
])("a body in chunks is read up to the limit: %s %j", async (path, headers, limit) => {
  using upstream = startUpstream(() => new Response());
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const body = chunked(new Uint8Array(MIB).fill(32), 300);
  const response = await fetch(app.url + path, { method: "POST", body, headers });
  expect(response.status).toBe(413);
  expect(await response.text()).toContain(TOO_LARGE + limit);
});

test.each([
  ["/api/chat", "", "256 MiB"],
  ["/v1/messages", "Content-Encoding: zstd\r\n", "20 MiB"],
  ["/v1/audio/transcriptions", "", "100 MiB"],
])("a body that says that it is too large is not waited for: %s %j", async (path, header, limit) => {
  using upstream = startUpstream(() => new Response());
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  using socket = await connect(app.url);
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${header}Content-Length: ${256 * MIB + 1}\r\n\r\n`,
  );
  expect(await socket.read(TOO_LARGE + limit)).toStartWith("HTTP/1.1 413 ");
});

test.each([
  ["zstd", 20 * MIB, 200],
  ["zstd", 20 * MIB + 1, 413],
])("a body of %s holds at most 20 MiB: %d", async (encoding, size, status) => {
  using upstream = startUpstream(() => new Response(REPLY));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const body = Bun.zstdCompressSync(JSON.stringify(ASK).padEnd(size));
  for (const sent of [body, chunked(body, 1)]) {
    const response = await fetch(`${app.url}/v1/chat/completions`, {
      method: "POST",
      body: sent,
      headers: { "content-encoding": encoding },
    });
    expect(response.status).toBe(status);
    if (status === 413) expect(await response.text()).toContain(`${TOO_LARGE}20 MiB`);
  }
});

test("a client that reads slowly holds the provider back, and gets all of it in the end", async () => {
  const text = "x".repeat(64 * 1024);
  const most = 1000;
  const provider = { sent: 0 };
  const bytes = new TextEncoder().encode(
    `data: ${JSON.stringify({ choices: [{ delta: { content: text } }] })}\n\n`,
  );
  const end = new TextEncoder().encode(END);
  using upstream = startUpstream(
    () =>
      new Response(
        new ReadableStream({
          pull(controller) {
            controller.enqueue(provider.sent < most ? bytes : end);
            if (provider.sent === most) controller.close();
            provider.sent += 1;
          },
        }),
      ),
  );
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  using client = await connect(app.url);
  client.pause();
  client.write(CHAT);
  // The provider has come to rest when it sends nothing while others are answered.
  let before = -1;
  while (provider.sent === 0 || provider.sent > before) {
    before = provider.sent;
    for (let round = 0; round < 50; round += 1) await (await fetch(`${app.url}/api/version`)).text();
  }
  expect(provider.sent).toBeLessThan(most / 2);
  client.resume();
  await client.read('"done":true');
  expect(client.size).toBeGreaterThan(most * text.length);
});

async function* speak(end: Promise<string> | string) {
  yield HELLO;
  yield await end;
}

test("a connection is closed when it is idle, not when its reply is silent", async () => {
  const speech = Promise.withResolvers<string>();
  using upstream = startUpstream(
    () => new Response(speak(upstream.received.length === 1 ? speech.promise : END)),
  );
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)], undefined, {
    idleLimitSeconds: 1,
  });
  using silent = await connect(app.url);
  silent.write(CHAT);
  await silent.read("Hello");
  using idle = await connect(app.url);
  idle.write(CHAT);
  await idle.read('"done":true');
  await idle.closed;
  speech.resolve(END);
  await silent.read('"done":true');
}, 30_000);
