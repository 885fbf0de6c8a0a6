/** Secrets that a provider repeats on any route reach no client and no log line. */
import { expect, test } from "bun:test";
import type { ProviderConfig } from "../../src/config/schema.ts";
import { post, testProvider } from "../support/app.ts";
import { CHAT, KEY, PLAIN, see } from "../support/shown.ts";
import { inPieces, startUpstream } from "../support/upstream.ts";
import { received } from "../support/received.ts";

const FORM = () => {
  const form = new FormData();
  form.append("model", "[p]-m");
  form.append("file", new Blob(["x"]), "x.wav");
  return form;
};

/** Route, what is asked, and how the provider is configured. */
const ROUTES: readonly (readonly [path: string, body: object, provider?: Partial<ProviderConfig>])[] = [
  ["/api/chat", { ...CHAT, stream: false }],
  ["/api/chat", CHAT],
  ["/api/generate", { model: "[p]-m", prompt: "hi" }],
  ["/api/embed", { model: "[p]-m", input: "hi" }],
  ["/api/embeddings", { model: "[p]-m", prompt: "hi" }],
  ["/v1/chat/completions", CHAT],
  ["/v1/chat/completions", { ...CHAT, stream: true }],
  ["/v1/completions", { model: "[p]-m", prompt: "hi" }],
  ["/v1/embeddings", { model: "[p]-m", input: "hi" }],
  ["/v1/responses", { model: "[p]-m", input: "hi" }],
  ["/v1/responses", { model: "[p]-m", input: "hi", stream: true }],
  ["/v1/responses", { model: "[p]-m", input: "hi" }, { options: { responses: "relay" } }],
  ["/v1/responses", { model: "[p]-m", input: "hi", stream: true }, { options: { responses: "relay" } }],
  ["/v1/messages", { ...CHAT, max_tokens: 9 }],
  ["/v1/messages", { ...CHAT, max_tokens: 9, stream: true }],
  ["/v1/audio/transcriptions", FORM()],
  ["/api/chat", CHAT, { apiType: "ollama" }],
  ["/api/chat", { ...CHAT, stream: false }, { apiType: "ollama" }],
  ["/api/generate", { model: "[p]-m", prompt: "hi" }, { apiType: "ollama" }],
  ["/api/embed", { model: "[p]-m", input: "hi" }, { apiType: "ollama" }],
  ["/v1/chat/completions", CHAT, { apiType: "ollama" }],
  ["/api/pull", { model: "[p]-m" }, { apiType: "ollama" }],
  ["/api/push", { model: "[p]-m", stream: false }, { apiType: "ollama" }],
  ["/api/create", { model: "[p]-n", from: "[p]-m" }, { apiType: "ollama" }],
  ["/api/copy", { source: "[p]-m", destination: "[p]-n" }, { apiType: "ollama" }],
];

function send(url: string, body: object): Promise<Response> {
  return body instanceof FormData ? fetch(url, { method: "POST", body }) : post(url, body);
}

test.each(ROUTES)("%s %j: an error response that quotes the key", async (path, body, overrides = {}) => {
  const error = `Incorrect key provided: ${KEY}`;
  using upstream = startUpstream(() =>
    Response.json(overrides.apiType === "ollama" ? { error } : { error: { message: error } }, {
      status: 401,
      headers: { "x-request-id": PLAIN, "content-type": `application/json; of=${PLAIN}` },
    }),
  );
  const provider = testProvider(upstream.url, { ...overrides, secrets: [KEY], headers: { "x-sig": PLAIN } });
  const { status, reply, shown } = await see([provider], (url) => send(url + path, body));
  expect(status).toBe(403);
  expect(reply).toContain("[p] Incorrect key provided: ***");
  expect(shown).not.toContain("Hn4Kp9Lm2");
  expect(shown).not.toContain(PLAIN);
});

const DELTA = { choices: [{ index: 0, delta: { content: "Half" }, finish_reason: null }] };
const FAILURE = { error: { message: `The key ${KEY} was revoked`, code: 500 } };
const events = (...frames: readonly object[]): string =>
  frames.map((frame) => `data: ${JSON.stringify(frame)}\n\n`).join("");
const lines = (...frames: readonly object[]): string =>
  frames.map((frame) => `${JSON.stringify(frame)}\n`).join("");
const OPENAI_STREAM = events(DELTA, FAILURE);
const OLLAMA_STREAM = lines(
  { model: "m", message: { role: "assistant", content: "Half" }, done: false },
  { error: `The key ${KEY} was revoked` },
);
const RESPONSES_STREAM = events(
  { type: "response.created", response: { id: "r", object: "response", output: [] } },
  { type: "response.output_text.delta", delta: "Half" },
  FAILURE,
);

/** Cut small enough that no piece holds the whole key. */
test.each([
  ["/api/chat", CHAT, {}, OPENAI_STREAM],
  ["/api/generate", { model: "[p]-m", prompt: "hi" }, {}, OPENAI_STREAM],
  ["/v1/chat/completions", { ...CHAT, stream: true }, {}, OPENAI_STREAM],
  ["/v1/messages", { ...CHAT, max_tokens: 9, stream: true }, {}, OPENAI_STREAM],
  ["/v1/responses", { model: "[p]-m", input: "hi", stream: true }, {}, OPENAI_STREAM],
  [
    "/v1/responses",
    { model: "[p]-m", input: "hi", stream: true },
    { options: { responses: "relay" } },
    RESPONSES_STREAM,
  ],
  ["/api/chat", CHAT, { apiType: "ollama" }, OLLAMA_STREAM],
  [
    "/api/pull",
    { model: "[p]-m" },
    { apiType: "ollama" },
    lines({ status: "Half" }, { error: `The key ${KEY} was revoked` }),
  ],
] as const)(
  "%s %j: an error in the middle of a stream that quotes the key",
  async (...[path, body, overrides, stream]) => {
    using upstream = startUpstream(() => new Response(inPieces(new TextEncoder().encode(stream), 7)));
    const provider = testProvider(upstream.url, { ...overrides, secrets: [KEY] });
    const { status, reply, shown } = await see([provider], (url) => received(url + path, body));
    expect(status).toBe(200);
    expect(reply).toContain("Half");
    expect(reply).toContain("The key *** was revoked");
    expect(shown).not.toContain("Hn4Kp9Lm2");
  },
);

const END = { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] };
const ECHO = events({ choices: [{ index: 0, delta: { content: `Key ${PLAIN}.` } }] }, END);

test.each([
  ["/api/chat", CHAT, {}, ECHO],
  ["/v1/chat/completions", { ...CHAT, stream: true }, {}, ECHO],
  ["/v1/messages", { ...CHAT, max_tokens: 9, stream: true }, {}, ECHO],
  ["/v1/responses", { model: "[p]-m", input: "hi", stream: true }, {}, ECHO],
  ["/v1/messages", { ...CHAT, max_tokens: 9 }, {}, ECHO],
  [
    "/api/chat",
    CHAT,
    { apiType: "ollama" },
    lines({ model: "m", message: { role: "assistant", content: `Key ${PLAIN}.` }, done: true }),
  ],
  ["/v1/audio/transcriptions", FORM(), {}, `{"text":"Key ${PLAIN}."}`],
  ["/api/show", { model: "[p]-m" }, { apiType: "ollama" }, `{"license":"Key ${PLAIN}.","model_info":{}}`],
] as const)("%s %j: a reply that holds the key", async (...[path, body, overrides, said]) => {
  using upstream = startUpstream(() => new Response(said));
  const provider = testProvider(upstream.url, { ...overrides, secrets: [PLAIN] });
  const { status, reply, shown } = await see([provider], (url) => send(url + path, body));
  expect(status).toBe(200);
  expect(reply).toContain("Key ***.");
  expect(shown).not.toContain(PLAIN);
});

test("the content type of a transcription that holds the key", async () => {
  using upstream = startUpstream(
    () => new Response("Hello", { headers: { "content-type": `text/plain; of=${PLAIN}` } }),
  );
  const provider = testProvider(upstream.url, { secrets: [PLAIN] });
  const { status, reply, shown } = await see([provider], (url) =>
    send(`${url}/v1/audio/transcriptions`, FORM()),
  );
  expect(status).toBe(200);
  expect(reply).toContain("Hello");
  expect(shown).toContain("text/plain; of=***");
  expect(shown).not.toContain(PLAIN);
});
