/** What a provider gets of the client's headers: nothing. */
import { expect, test } from "bun:test";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { startUpstream } from "../support/upstream.ts";

const REQUEST = { model: "[p]-m", messages: [{ role: "user", content: "hi" }] };
const REPLY = `data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n`;

test("the provider gets no headers of the client", async () => {
  using upstream = startUpstream(() => new Response(REPLY));
  await using app = await startTestApp([testProvider(upstream.url, { headers: { "X-Extra": "1" } })]);
  await post(`${app.url}/api/chat`, REQUEST, {
    headers: {
      authorization: "Bearer client",
      cookie: "a=b",
      origin: "http://localhost",
      "x-client": "1",
      upgrade: "h2c",
    },
  });
  const headers = Object.fromEntries(upstream.received[0]?.headers ?? []);
  expect(headers).toEqual({
    accept: "text/event-stream",
    "accept-encoding": "identity",
    authorization: "Bearer test-secret",
    connection: "keep-alive",
    "content-length": expect.stringMatching(/^\d+$/),
    "content-type": "application/json",
    host: new URL(upstream.url).host,
    "user-agent": "ollama-proxy/33.0.0",
    "x-extra": "1",
  });
});
