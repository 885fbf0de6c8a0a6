/** JSON that is nested too deep, and frames that are too long, get a clear error wherever they come from. */
import { expect, test } from "bun:test";
import type { ProviderConfig } from "../../src/config/schema.ts";
import { startTestApp, testProvider } from "../support/app.ts";
import { fixedRuntime } from "../support/runtime.ts";
import { receive } from "../support/received.ts";

const USER = [{ role: "user", content: "hi" }];
const EVENTS = { "content-type": "text/event-stream" };
const OPENAI: Partial<ProviderConfig> = {};
const OLLAMA: Partial<ProviderConfig> = { apiType: "ollama" };
const MAX_DEPTH = 10_000;
const MAX_NESTED = 32 * 1024 * 1024;

function nested(levels: number): string {
  return "[".repeat(levels) + "]".repeat(levels);
}

/** What a client gets on `path` when every answer of the provider is this one. */
async function ask(
  path: string,
  answer: () => Response,
  config: Partial<ProviderConfig> = {},
  body = JSON.stringify({ model: "[p]-m", messages: USER, stream: true, max_tokens: 5, input: "hi" }),
) {
  // The replies have many megabytes, so they are not sent through a socket.
  const runtime = { ...fixedRuntime(), fetch: () => Promise.resolve(answer()) };
  await using app = await startTestApp([testProvider("http://127.0.0.1:9", config)], runtime);
  const { response } = await receive(app.url + path, body);
  return { status: response.status, text: await response.text() };
}

const DONE = `data: {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n`;

function bodyWith(value: string): string {
  return `{"model":"[p]-m","messages":[{"role":"user","content":"hi"}],"max_tokens":5,"input":"hi","metadata":{"a":${value}}}`;
}

test.each(["/api/chat", "/v1/chat/completions", "/v1/messages", "/v1/responses"])(
  "%s refuses a request that is nested too deep in the words of Go's decoder",
  async (path) => {
    const got = await ask(
      path,
      () => new Response(DONE, { headers: EVENTS }),
      {},
      bodyWith(nested(MAX_DEPTH)),
    );
    expect(got.status).toBe(400);
    expect(got.text).toContain("invalid character '[' exceeded max depth");
  },
);

test("a request with unclosed brackets gets the same error at every size", async () => {
  const got = await ask(
    "/api/chat",
    () => new Response(DONE, { headers: EVENTS }),
    {},
    "[".repeat(2_000_000),
  );
  expect(got).toEqual({ status: 400, text: `{"error":"invalid character '[' exceeded max depth"}` });
});

test("a request that is nested as deep as a real Ollama reads is answered", async () => {
  // The body and `metadata` are two levels.
  const body = bodyWith(nested(MAX_DEPTH - 2));
  expect(await ask("/api/chat", () => new Response(DONE, { headers: EVENTS }), {}, body)).toMatchObject({
    status: 200,
  });
});

test("brackets in texts are not levels", async () => {
  const body = bodyWith(JSON.stringify(`\\"${"[".repeat(3 * MAX_DEPTH)}\\`));
  expect(await ask("/api/chat", () => new Response(DONE, { headers: EVENTS }), {}, body)).toMatchObject({
    status: 200,
  });
});

const TOO_DEEP = "[p] The provider sent JSON that is nested deeper than the limit of 10000 levels";
const FRAME = `{"choices":[{"index":0,"delta":{"content":"Hi"}}],"x":${nested(MAX_DEPTH)}}`;
const LINE = `{"message":{"role":"assistant","content":"Hi"},"done":false,"x":${nested(MAX_DEPTH)}}`;

test.each<[what: string, path: string, answer: string, config: Partial<ProviderConfig>]>([
  ["an event that is translated", "/api/chat", `data: ${FRAME}\n\n`, OPENAI],
  ["an event that is relayed", "/v1/chat/completions", `data: ${FRAME}\n\n`, OPENAI],
  ["a document in place of events", "/api/chat", `[\n${"[\n".repeat(MAX_DEPTH)}`, OPENAI],
  ["a line that is relayed", "/api/chat", `${LINE}\n`, OLLAMA],
  ["a line that is translated", "/v1/messages", `${LINE}\n`, OLLAMA],
  ["embeddings", "/v1/embeddings", `{"data":[{"embedding":[1]}],"x":${nested(MAX_DEPTH)}}`, OPENAI],
  ["embeddings of an Ollama server", "/api/embed", `{"embeddings":[[1]],"x":${nested(MAX_DEPTH)}}`, OLLAMA],
])(
  "a provider's reply that is nested too deep is an error that names it: %s",
  async (_, path, answer, config) => {
    const got = await ask(path, () => new Response(answer, { headers: EVENTS }), config);
    expect(got.status).toBe(502);
    expect(got.text).toContain(TOO_DEEP);
  },
);

test("a tool call with arguments that are nested too deep is an error", async () => {
  const args = JSON.stringify(`{"a":${nested(MAX_DEPTH)}}`);
  const frame = `data: {"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":${args}}}]},"finish_reason":"tool_calls"}]}\n\ndata: [DONE]\n\n`;
  const got = await ask("/api/chat", () => new Response(frame, { headers: EVENTS }));
  expect(got.text).toContain("arguments that are not a JSON object");
});

/** Text of `size` characters in pieces, so that no test holds all of it twice. */
function streamed(before: string, size: number, after = ""): Response {
  const piece = new TextEncoder().encode("a".repeat(1024 * 1024));
  let left = size;
  const stream = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode(before)),
    pull(controller) {
      if (left <= 0) {
        controller.enqueue(new TextEncoder().encode(after));
        controller.close();
        return;
      }
      controller.enqueue(piece.subarray(0, left));
      left -= piece.length;
    },
  });
  return new Response(stream, { headers: EVENTS });
}

const TOO_LONG = "[p] The provider sent an event that is longer than the limit of 32 Mi characters";

test.each<[what: string, path: string, before: string, config: Partial<ProviderConfig>]>([
  ["a line of events that are translated", "/api/chat", 'data: {"a":"', OPENAI],
  ["a line of events that are relayed", "/v1/chat/completions", 'data: {"a":"', OPENAI],
  ["a line that is no event", "/api/chat", "", OPENAI],
  ["a line of a document", "/api/chat", '{\n"a":"', OPENAI],
  ["a line that is relayed", "/api/chat", '{"a":"', OLLAMA],
  ["a line that is translated", "/v1/messages", '{"a":"', OLLAMA],
])("a frame that is too long is an error that names the provider: %s", async (_, path, before, config) => {
  const got = await ask(path, () => streamed(before, MAX_NESTED + 1), config);
  expect(got.status).toBe(502);
  expect(got.text).toContain(TOO_LONG);
});

test.each<[what: string, line: string]>([
  ["of data", `data: "${"a".repeat(1024 * 1024)}\n`],
  ["of a document", `"${"a".repeat(1024 * 1024)}",\n`],
])("lines %s that are too long together are an error", async (_, line) => {
  const got = await ask(
    "/api/chat",
    () =>
      new Response(`${line.startsWith("data") ? "data: [\n" : "[\n"}${line.repeat(33)}`, { headers: EVENTS }),
  );
  expect(got.status).toBe(502);
  expect(got.text).toContain(TOO_LONG);
});

test("a frame just below the limit passes", async () => {
  const before = 'data: {"choices":[{"index":0,"delta":{"content":"';
  const after = `"},"finish_reason":"stop"}]}`;
  const answer = () =>
    streamed(before, MAX_NESTED - before.length - after.length, `${after}\n\ndata: [DONE]\n\n`);
  const got = await ask("/api/chat", answer);
  expect(got.status).toBe(200);
  expect(got.text.length).toBeGreaterThan(MAX_NESTED - 100);
});

test("a failure in the middle of the reply is reported at its end", async () => {
  const before = `data: {"choices":[{"index":0,"delta":{"content":"Hi"}}]}\n\ndata: {"a":"`;
  const got = await ask("/api/chat", () => streamed(before, MAX_NESTED + 1));
  expect(got.status).toBe(200);
  expect(got.text.trim().split("\n").at(-1)).toContain(TOO_LONG);
});
