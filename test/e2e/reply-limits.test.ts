/** Limits of replies. The error names the provider, the limit and the next step. */
import { expect, test } from "bun:test";
import { listModels } from "../../src/providers/discover.ts";
import { CACHE_LIMITS, REPLY_LIMITS } from "../../src/providers/limits.ts";
import { createProvider } from "../../src/providers/provider.ts";
import { ProviderState } from "../../src/providers/state.ts";
import { arrayAt, stringAt } from "../../src/wire/json.ts";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { fixedRuntime } from "../support/runtime.ts";
import { startUpstream } from "../support/upstream.ts";

const LIMIT = 4096;
const TOO_LARGE =
  "[p] The provider's reply is larger than the limit of 4 KiB; request less at once, or request a stream";

const CHAT = { messages: [{ role: "user", content: "hi" }], stream: false };
const CHAT_REPLY =
  '{"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}';
const VECTORS = '{"object":"list","data":[{"index":0,"embedding":[1]}],"usage":{"prompt_tokens":1}}';
const RESPONSE =
  '{"object":"response","id":"r","status":"completed","output":[{"type":"message","role":"assistant","content":[{"type":"output_text","text":"Hi"}]}]}';
const OLLAMA_REPLY =
  '{"model":"m","message":{"role":"assistant","content":"Hi"},"done":true,"done_reason":"stop"}';

const relayed = { apiType: "ollama" } as const;
const ownResponses = { options: { responses: "relay" } } as const;

type Row = readonly [path: string, ask: object, reply: string, provider: Parameters<typeof testProvider>[1]];
const WHOLE: readonly Row[] = [
  ["/api/chat", CHAT, CHAT_REPLY, {}],
  ["/api/generate", { prompt: "hi", stream: false }, CHAT_REPLY, {}],
  ["/api/embed", { input: "hi" }, VECTORS, {}],
  ["/v1/chat/completions", CHAT, CHAT_REPLY, {}],
  ["/v1/embeddings", { input: "hi" }, VECTORS, {}],
  ["/v1/messages", { ...CHAT, max_tokens: 5 }, CHAT_REPLY, {}],
  ["/v1/responses", { input: "hi" }, CHAT_REPLY, {}],
  ["/v1/responses", { input: "hi" }, RESPONSE, ownResponses],
  ["/api/chat", CHAT, OLLAMA_REPLY, relayed],
  ["/api/embed", { input: "hi" }, '{"model":"m","embeddings":[[1]]}', relayed],
  ["/api/pull", { stream: false }, '{"status":"success"}', relayed],
];

test.each(WHOLE)("the whole reply to %s %j may be as large as the limit, and not larger", async (...row) => {
  const [path, ask, reply, provider] = row;
  let size = LIMIT;
  using upstream = startUpstream(() => new Response(reply.padEnd(size)));
  const url = provider === relayed ? upstream.url : `${upstream.url}/v1`;
  await using app = await startTestApp([testProvider(url, provider)], fixedRuntime(), {
    limits: { maxReplyBytes: LIMIT },
  });
  const send = () => post(app.url + path, { model: "[p]-m", ...ask });
  const fitting = await send();
  expect([fitting.status, await fitting.text()]).toEqual([200, expect.any(String)]);
  size += 1;
  const refused = await send();
  expect([refused.status, await refused.text()]).toEqual([502, expect.stringContaining(TOO_LARGE)]);
});

test("a transcript may be as large as the limit, and not larger", async () => {
  let size = LIMIT;
  using upstream = startUpstream(() => new Response("x".repeat(size)));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)], fixedRuntime(), {
    limits: { maxReplyBytes: LIMIT },
  });
  const form = new FormData();
  form.append("model", "[p]-m");
  form.append("file", new File(["RIFF"], "a.wav"));
  const send = () => fetch(`${app.url}/v1/audio/transcriptions`, { method: "POST", body: form });
  expect(await (await send()).text()).toBe("x".repeat(LIMIT));
  size += 1;
  const refused = await send();
  expect([refused.status, await refused.json()]).toMatchObject([502, { error: { message: TOO_LARGE } }]);
});

test("a reply that streams may be longer than one that is read whole", async () => {
  const chunk = 'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\n';
  const end = 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';
  using upstream = startUpstream(() => new Response(chunk.repeat(LIMIT) + end));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)], fixedRuntime(), {
    limits: { maxReplyBytes: LIMIT },
  });
  const response = await post(`${app.url}/api/chat`, { ...CHAT, model: "[p]-m", stream: true });
  expect((await response.text()).split("\n").filter((line) => line.includes('"Hi"'))).toHaveLength(LIMIT);
  const whole = await post(`${app.url}/api/chat`, { ...CHAT, model: "[p]-m" });
  expect([whole.status, await whole.json()]).toEqual([502, { error: TOO_LARGE }]);
});

test("an endless error body is stopped, and its beginning is reported", async () => {
  const stopped = Promise.withResolvers<string>();
  const bytes = new TextEncoder().encode("out of order ".repeat(100));
  using upstream = startUpstream(
    () =>
      new Response(
        new ReadableStream({
          pull: (controller) => controller.enqueue(bytes),
          cancel: () => stopped.resolve("stopped"),
        }),
        { status: 400 },
      ),
  );
  // Only the limit on its size can stop it in time.
  const timeouts = { firstByteMs: 3_600_000, idleMs: 3_600_000 };
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`, { timeouts })]);
  const response = await post(`${app.url}/api/chat`, { ...CHAT, model: "[p]-m" });
  expect(response.status).toBe(400);
  expect(stringAt(await response.json(), "error")).toStartWith("[p] out of order out of order");
  expect(await stopped.promise).toBe("stopped");
});

test("an error is decoded if it fits into the limit", async () => {
  const error = '{"error":{"message":"no such thing"}}';
  let size = LIMIT;
  using upstream = startUpstream(() => new Response(error.padStart(size), { status: 400 }));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)], fixedRuntime(), {
    limits: { maxErrorBytes: LIMIT },
  });
  const send = async () => (await post(`${app.url}/api/chat`, { ...CHAT, model: "[p]-m" })).json();
  expect(await send()).toEqual({ error: "[p] no such thing" });
  size += 1;
  // Without its last byte it is no JSON, so it is quoted as it is.
  expect(await send()).toEqual({ error: `[p] ${error.slice(0, -1)}` });
});

const CONFIGURE_ADVICE = 'list the models that you use under "models" in the configuration';

/** How many models of a host with these pages are listed, and why when there are none. */
async function listed(
  limits: Partial<typeof REPLY_LIMITS>,
  pages: (query: string) => {
    readonly ids: readonly string[];
    readonly next?: string;
    readonly size?: number;
  },
) {
  using upstream = startUpstream(({ path }) => {
    const { ids, next, size = 0 } = pages(path.split("?")[1] ?? "");
    const body = {
      data: ids.map((id) => ({ id })),
      ...(next === undefined ? {} : { next_page_token: next }),
    };
    return new Response(JSON.stringify(body).padEnd(size));
  });
  const config = testProvider(`${upstream.url}/v1`, { models: undefined });
  await using app = await startTestApp([config], fixedRuntime(), { limits });
  const body: unknown = await (await fetch(`${app.url}/api/tags`)).json();
  const kept = { ...REPLY_LIMITS, ...CACHE_LIMITS, ...limits };
  const state = new ProviderState({ now: Date.now, limits: kept });
  const settings = { version: "1", runtime: fixedRuntime(), limits: kept, countsTimeoutMs: 0 };
  const provider = await createProvider(config, state, settings);
  const asked = listModels(provider, fixedRuntime(), new AbortController().signal);
  const error = await asked.then(
    () => undefined,
    (failure: unknown) => (failure instanceof Error ? failure.message : failure),
  );
  return { count: arrayAt(body, "models").length, error };
}

test.each([
  [{ maxModelListBytes: 4096 }, () => ({ ids: ["a", "b"], size: 4096 }), 2, undefined],
  [
    { maxModelListBytes: 4096 },
    () => ({ ids: ["a", "b"], size: 4097 }),
    0,
    `[p] The provider's reply is larger than the limit of 4 KiB; ${CONFIGURE_ADVICE}`,
  ],
  // The pages count together.
  [
    { maxModelListBytes: 4096 },
    (query: string) => ({ ids: [`a${query}`], next: `${query}1`, size: 2000 }),
    0,
    `[p] The provider's reply is larger than the limit of 96 bytes; ${CONFIGURE_ADVICE}`,
  ],
  [{ maxModelsPerProvider: 2 }, () => ({ ids: ["a", "b"] }), 2, undefined],
  [
    { maxModelsPerProvider: 2 },
    () => ({ ids: ["a", "b", "c"] }),
    0,
    `[p] The provider's list is longer than the limit of 2 models; ${CONFIGURE_ADVICE}`,
  ],
  [
    { maxModelListPages: 2 },
    (query: string) => (query === "" ? { ids: ["a"], next: "2" } : { ids: ["b"] }),
    2,
    undefined,
  ],
  [
    { maxModelListPages: 2 },
    (query: string) =>
      query.length < "page_token=22".length
        ? { ids: [`a${query}`], next: `2${query.replace("page_token=", "")}` }
        : { ids: ["b"] },
    0,
    `[p] The provider's list is longer than the limit of 2 pages of models; ${CONFIGURE_ADVICE}`,
  ],
  // A host that gives the same page whatever it is asked has said all that it knows.
  [{}, () => ({ ids: ["a", "b"], next: "again" }), 2, undefined],
])("a list of models within %j (%#)", async (limits, pages, count, error) => {
  expect(await listed(limits, pages)).toEqual({ count, error });
});

test("the server's answer about a model is used if it fits into the limit", async () => {
  let size = LIMIT;
  using upstream = startUpstream(() => new Response('{"license":"MIT"}'.padEnd(size)));
  const models = [{ name: "a" }, { name: "b" }];
  await using app = await startTestApp(
    [testProvider(upstream.url, { apiType: "ollama", models })],
    fixedRuntime(),
    { limits: { maxShowBytes: LIMIT } },
  );
  const show = async (model: string) => (await post(`${app.url}/api/show`, { model })).json();
  expect(await show("[p]-a")).toMatchObject({ license: "MIT" });
  size += 1;
  const shown = await show("[p]-b");
  expect(shown).toMatchObject({ model_info: { "general.basename": "[p]-b" } });
  expect(shown).not.toMatchObject({ license: "MIT" });
});
