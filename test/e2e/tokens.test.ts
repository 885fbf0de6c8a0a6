/** The tokens in the log line, for every API: the provider's own counts, or estimated ones, which are marked. */
import { expect, test } from "bun:test";
import type { LogFields } from "../../src/runtime.ts";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { Clock } from "../support/clock.ts";
import { startUpstream } from "../support/upstream.ts";

const USAGE = {
  prompt_tokens: 9,
  completion_tokens: 7,
  prompt_tokens_details: { cached_tokens: 4 },
  completion_tokens_details: { reasoning_tokens: 3 },
};
const MESSAGE = { choices: [{ message: { role: "assistant", content: "12345678" }, finish_reason: "stop" }] };
const RESPONSE = {
  object: "response",
  status: "completed",
  output: [{ type: "message", content: [{ type: "output_text", text: "12345678" }] }],
};
const RESPONSE_USAGE = {
  input_tokens: 9,
  output_tokens: 7,
  input_tokens_details: { cached_tokens: 4 },
  output_tokens_details: { reasoning_tokens: 3 },
};

/** Half a second of the provider's own time. */
const OLLAMA_COUNTS = { prompt_eval_count: 9, eval_count: 7, eval_duration: 500_000_000 };

function sse(...frames: readonly object[]): Response {
  return new Response(frames.map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join(""));
}

function ndjson(...lines: readonly object[]): Response {
  return new Response(lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
}

function ofOpenAi(path: string, counts: { readonly usage?: object }): Response {
  if (path === "/v1/embeddings") return Response.json({ data: [{ index: 0, embedding: [1, 0] }], ...counts });
  return sse(
    { choices: [{ delta: { content: "12345678" } }] },
    { choices: [{ delta: {}, finish_reason: "stop" }], ...counts },
  );
}

const PIECE = 'data: {"choices":[{"delta":{"content":"Half"}}]}\n\n';
const PROMPT = "12345678";
const CHAT = { model: "[p]-m", messages: [{ role: "user", content: PROMPT }] };
const COUNTED = { inputTokens: 9, outputTokens: 7, cachedTokens: 4, reasoningTokens: 3 };
const ESTIMATED = { inputTokens: 2, outputTokens: 2, tokensAreEstimated: true };
const EMBEDDED = { inputTokens: 9, outputTokens: 0, cachedTokens: undefined, reasoningTokens: undefined };
const LIMIT = { ...CHAT, max_tokens: 5 };
const TEXT = { model: "[p]-m", prompt: PROMPT };
const INPUT = { model: "[p]-m", input: PROMPT };

test.each([
  ["/api/chat", CHAT, "translate"],
  ["/api/chat", { ...CHAT, stream: false }, "translate"],
  ["/api/generate", TEXT, "translate"],
  ["/v1/chat/completions", { ...CHAT, stream: true }, "relay"],
  ["/v1/chat/completions", CHAT, "relay"],
  ["/v1/messages", { ...LIMIT, stream: true }, "translate"],
  ["/v1/messages", LIMIT, "translate"],
  ["/v1/responses", { ...INPUT, stream: true }, "translate"],
  ["/v1/responses", INPUT, "translate"],
])("of a provider of OpenAI's API, %s %j is logged with its tokens", async (path, body, mode) => {
  expect(await logged(path, body, ({ to }) => ofOpenAi(to, { usage: USAGE }))).toMatchObject({
    ...COUNTED,
    mode,
  });
  expect(await logged(path, body, ({ to }) => ofOpenAi(to, {}))).toMatchObject({ ...ESTIMATED, mode });
  // A reply that is no stream although one was wanted, or the other way round.
  expect(await logged(path, body, () => Response.json({ ...MESSAGE, usage: USAGE }))).toMatchObject(COUNTED);
  expect(await logged(path, body, () => Response.json(MESSAGE))).toMatchObject(ESTIMATED);
});

test("completions are logged with their tokens", async () => {
  const reply = { choices: [{ text: "12345678", finish_reason: "stop" }] };
  expect(
    await logged("/v1/completions", TEXT, () => Response.json({ ...reply, usage: USAGE })),
  ).toMatchObject(COUNTED);
  expect(await logged("/v1/completions", TEXT, () => Response.json(reply))).toMatchObject(ESTIMATED);
});

test.each([
  ["/api/embed", INPUT],
  ["/api/embeddings", TEXT],
  ["/v1/embeddings", INPUT],
])("of a provider of OpenAI's API, the vectors of %s are logged with their tokens", async (path, body) => {
  const usage = { prompt_tokens: 9, total_tokens: 9 };
  const none = { ...EMBEDDED, inputTokens: 2, tokensAreEstimated: true };
  expect(await logged(path, body, ({ to }) => ofOpenAi(to, { usage }))).toMatchObject(EMBEDDED);
  expect(await logged(path, body, ({ to }) => ofOpenAi(to, {}))).toMatchObject(none);
});

test.each([
  [
    "stream",
    { ...INPUT, stream: true },
    (usage: object) =>
      sse(
        { type: "response.output_text.delta", delta: "12345678" },
        { type: "response.completed", response: { ...RESPONSE, ...usage } },
      ),
  ],
  ["whole", INPUT, (usage: object) => Response.json({ ...RESPONSE, ...usage })],
])("a relayed response (%s) is logged with its tokens", async (_form, body, reply) => {
  const options = { responses: "relay" } as const;
  const counted = await logged("/v1/responses", body, () => reply({ usage: RESPONSE_USAGE }), { options });
  expect(counted).toMatchObject({ ...COUNTED, mode: "relay" });
  expect(await logged("/v1/responses", body, () => reply({}), { options })).toMatchObject(ESTIMATED);
});

test.each([
  ["/api/chat", CHAT, { message: { role: "assistant", content: "a" } }],
  ["/api/generate", TEXT, { response: "a" }],
] as const)("of an Ollama server, %s is logged with its tokens and speed", async (path, body, piece) => {
  const provider = { apiType: "ollama" } as const;
  const measured = {
    inputTokens: 9,
    outputTokens: 7,
    tokensPerSecond: 14,
    tokensAreEstimated: undefined,
    mode: "relay",
  };
  for (const stream of [true, false]) {
    const reply = (counts: object): Response => {
      const last = { ...piece, done: true, ...counts };
      return stream
        ? ndjson({ ...piece, done: false }, { ...piece, done: false }, last)
        : Response.json(last);
    };
    const asked = { ...body, stream };
    expect(await logged(path, asked, () => reply(OLLAMA_COUNTS), provider)).toMatchObject(measured);
    // Ollama leaves the count out where it had the whole prompt in memory.
    const cached = await logged(path, asked, () => reply({ eval_count: 7 }), provider);
    expect(cached).toMatchObject({ inputTokens: 2, outputTokens: 7, tokensAreEstimated: true });
  }
  const uncounted = await logged(
    path,
    body,
    () => ndjson({ ...piece, done: false }, { ...piece, done: true }),
    provider,
  );
  expect(uncounted).toMatchObject({ outputTokens: 1, tokensAreEstimated: true });
});

test("of an Ollama server, vectors are logged with their tokens", async () => {
  const reply = { embeddings: [[1, 0]], prompt_eval_count: 9 };
  const line = await logged("/api/embed", INPUT, () => Response.json(reply), { apiType: "ollama" });
  expect(line).toMatchObject(EMBEDDED);
});

test("a reply that the client did not wait for is logged with the tokens that had come", async () => {
  const over = Promise.withResolvers<LogFields | undefined>();
  const { runtime } = new Clock((_level, message, fields) => {
    if (message.startsWith("POST")) over.resolve(fields);
  });
  const body = new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(PIECE + PIECE)),
  });
  using upstream = startUpstream(() => new Response(body));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)], runtime);
  const response = await post(`${app.url}/api/chat`, CHAT);
  const reader = response.body?.getReader();
  await reader?.read();
  await reader?.cancel();
  expect(await over.promise).toMatchObject({ ...ESTIMATED, attempts: 1, problem: "the client disconnected" });
});

/** The fields of the line that a request leaves, whose provider is also otherwise as given. */
async function logged(
  path: string,
  body: object,
  answer: (request: { readonly to: string }) => Response,
  provider: Parameters<typeof testProvider>[1] = {},
): Promise<LogFields | undefined> {
  const clock = new Clock();
  using upstream = startUpstream((request) => answer({ to: request.path }));
  const base = provider?.apiType === "ollama" ? upstream.url : `${upstream.url}/v1`;
  await using app = await startTestApp([testProvider(base, provider)], clock.runtime);
  const response = await post(app.url + path, body);
  expect([response.status, await response.text()]).toEqual([200, expect.any(String)]);
  return clock.logged("POST")[0];
}
