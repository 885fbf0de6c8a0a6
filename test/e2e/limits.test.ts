/** A body that says that it is too large is refused in words, and a client that reads slowly holds the provider back. */
import { expect, test } from "bun:test";
import { startTestApp, testProvider } from "../support/app.ts";
import { connect } from "../support/socket.ts";
import { startUpstream } from "../support/upstream.ts";

const ASK = { model: "[p]-m", messages: [{ role: "user", content: "hi" }] };
/** The same as bytes of HTTP. */
const CHAT = `POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${JSON.stringify(ASK).length}\r\n\r\n${JSON.stringify(ASK)}`;
const MIB = 1024 * 1024;

const END = 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n';

const TOO_LARGE = "The request body is too large; the limit is ";

test.each([
  ["/api/chat", "", "256 MiB"],
  ["/v1/messages", "Content-Encoding: zstd\r\n", "20 MiB"],
  ["/v1/audio/transcriptions", "", "100 MiB"],
])("a body with a too large length is rejected without waiting: %s %j", async (path, header, limit) => {
  using upstream = startUpstream(() => new Response());
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  using socket = await connect(app.url);
  socket.write(
    `POST ${path} HTTP/1.1\r\nHost: localhost\r\n${header}Content-Length: ${256 * MIB + 1}\r\n\r\n`,
  );
  expect(await socket.read(TOO_LARGE + limit)).toStartWith("HTTP/1.1 413 ");
});

test("a client that reads slowly slows the provider down, and gets the whole reply", async () => {
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
