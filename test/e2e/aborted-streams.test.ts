/** A streamed reply of Ollama's API that fails ends with an error line, and then its connection breaks. A client can miss neither. */
import { expect, test } from "bun:test";
import type { ProviderConfig } from "../../src/config/schema.ts";
import { startTestApp, testProvider } from "../support/app.ts";
import { type Client, connect } from "../support/socket.ts";
import { type Upstream, startUpstream } from "../support/upstream.ts";

const HALF = `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: "Half" } }] })}\n\n`;
const OLLAMA_HALF = `${JSON.stringify({ model: "m", created_at: "2026-01-01T00:00:00Z", message: { role: "assistant", content: "Half" }, response: "Half", done: false })}\n`;
const END = "\r\n0\r\n\r\n";

/** A provider that ends each reply in the middle, without an error. */
function startBreaking(piece: string): Upstream {
  return startUpstream(({ method }) =>
    method === "POST"
      ? new Response(piece, {
          headers: { "content-type": piece === HALF ? "text/event-stream" : "application/x-ndjson" },
        })
      : new Response(null, { status: 404 }),
  );
}

async function ask(url: string, path: string, client: Client): Promise<void> {
  const body = JSON.stringify({
    model: "[p]-m",
    prompt: "hi",
    messages: [{ role: "user", content: "hi" }],
    max_tokens: 5,
    stream: true,
  });
  const { host } = new URL(url);
  client.write(`POST ${path} HTTP/1.1\r\nHost: ${host}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  await client.closed;
}

const ROUTES: readonly (readonly [path: string, apiType: ProviderConfig["apiType"]])[] = [
  ["/api/chat", "openai"],
  ["/api/generate", "openai"],
  ["/api/chat", "ollama"],
  ["/api/generate", "ollama"],
];

test.each(ROUTES)(
  "%s of a provider of the API %s: the error line, then a broken connection",
  async (path, apiType) => {
    using upstream = startBreaking(apiType === "openai" ? HALF : OLLAMA_HALF);
    const url = apiType === "openai" ? `${upstream.url}/v1` : upstream.url;
    await using app = await startTestApp([testProvider(url, { apiType })]);
    // The line must arrive in every run.
    for (let run = 0; run < 20; run += 1) {
      using client = await connect(app.url);
      await ask(app.url, path, client);
      const text = await client.read('{"error":"[p] ');
      expect(text).toContain('"Half"');
      expect(text).not.toContain(END);
    }
  },
);
