/** Connections are closed when they are idle. The runtime looks for them every few seconds, so this test takes as long. */
import { test } from "bun:test";
import { startTestApp, testProvider } from "../support/app.ts";
import { connect } from "../support/socket.ts";
import { startUpstream } from "../support/upstream.ts";

const ASK = { model: "[p]-m", messages: [{ role: "user", content: "hi" }] };
/** The same as bytes of HTTP. */
const CHAT = `POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${JSON.stringify(ASK).length}\r\n\r\n${JSON.stringify(ASK)}`;
const HELLO = 'data: {"choices":[{"delta":{"content":"Hello"}}]}\n\n';
const END = 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n';

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
    idleTimeoutSeconds: 1,
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
