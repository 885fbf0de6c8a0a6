/** Answers of a real server to unusual names, to requests that only load a model, and to bad formats. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type TestApp, post, startTestApp, testProvider } from "../support/app.ts";
import { type Row, testRows } from "../support/rows.ts";
import { type Upstream, startUpstream } from "../support/upstream.ts";

const JSON_TYPE = "application/json; charset=utf-8";
const BARE_JSON_TYPE = "application/json";
const HI = [{ role: "user", content: "hi" }];
const REPLY = { choices: [{ message: { content: "Hi" }, finish_reason: "stop" }] };

let upstream: Upstream;
let app: TestApp;
beforeAll(async () => {
  upstream = startUpstream(() => Response.json(REPLY));
  app = await startTestApp([
    testProvider(`${upstream.url}/v1`, { models: [{ name: "m" }, { name: "tagged:7b" }] }),
  ]);
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  upstream[Symbol.dispose]();
});

function openAi(message: string, type: string): object {
  return { error: { message, type, param: null, code: null } };
}

const REQUIRED = openAi("model is required", "invalid_request_error");
const NO_NAME: readonly Row[] = ["", " ", "  "].flatMap((model): readonly Row[] => {
  const missing = openAi(`model '${model}' not found`, "not_found_error");
  return [
    ["POST /api/chat", { model, messages: HI }, 400, JSON_TYPE, { error: "model is required" }],
    ["POST /api/show", { model }, 400, JSON_TYPE, { error: "model is required" }],
    ["POST /api/embeddings", { model, prompt: "a" }, 400, JSON_TYPE, { error: "model is required" }],
    ["POST /api/generate", { model, prompt: "a" }, 404, JSON_TYPE, { error: `model '${model}' not found` }],
    ["POST /api/embed", { model, input: "a" }, 404, JSON_TYPE, { error: `model '${model}' not found` }],
    ["POST /v1/chat/completions", { model, messages: HI }, 400, BARE_JSON_TYPE, REQUIRED],
    ["POST /v1/responses", { model, input: "a" }, 400, BARE_JSON_TYPE, REQUIRED],
    [
      "POST /v1/messages",
      { model, max_tokens: 9, messages: HI },
      400,
      model === "" ? JSON_TYPE : BARE_JSON_TYPE,
      expect.objectContaining({ error: { type: "invalid_request_error", message: "model is required" } }),
    ],
    ["POST /v1/completions", { model, prompt: "a" }, 404, BARE_JSON_TYPE, missing],
    ["POST /v1/embeddings", { model, input: "a" }, 404, BARE_JSON_TYPE, missing],
  ];
});

const INVALID = openAi("invalid model name", "invalid_request_error");
const NAMES: readonly Row[] = [
  ["POST /v1/chat/completions", { model: "a b", messages: HI }, 400, BARE_JSON_TYPE, INVALID],
  ["POST /v1/embeddings", { model: ":", input: "a" }, 400, BARE_JSON_TYPE, INVALID],
  ["POST /api/chat", { model: "http://m", messages: HI }, 400, JSON_TYPE, { error: "invalid model name" }],
  [
    "POST /api/chat",
    { model: "x:local", messages: HI },
    404,
    JSON_TYPE,
    { error: "model 'x:local' not found" },
  ],
  ["POST /api/show", { model: "x:local" }, 404, JSON_TYPE, { error: "model 'x:latest' not found" }],
  ["POST /api/show", { model: "x:1:local" }, 404, JSON_TYPE, { error: "model 'x:1' not found" }],
  ["POST /api/show", { model: "library/x" }, 404, JSON_TYPE, { error: "model 'x:latest' not found" }],
];

/** The words of the real server. A model is loaded without a look at the format. */
const WORDS = String.raw`invalid format: "\"xml\""; expected "json" or a valid JSON Schema object`;
const load = { created_at: expect.any(String), done: true, done_reason: "load" };
const said = { role: "assistant", content: "" };
const FORMATS: readonly Row[] = [
  ["POST /api/chat", { model: "m", messages: HI, format: "xml" }, 500, BARE_JSON_TYPE, { error: WORDS }],
  ["POST /api/generate", { model: "m", prompt: "a", format: "xml" }, 500, BARE_JSON_TYPE, { error: WORDS }],
  [
    "POST /api/chat",
    { model: "m", messages: HI, format: "xml", stream: false },
    500,
    JSON_TYPE,
    { error: WORDS },
  ],
  [
    "POST /api/chat",
    { model: "nope", messages: HI, format: 5 },
    404,
    JSON_TYPE,
    { error: "model 'nope' not found" },
  ],
  ["POST /api/chat", { model: "m", format: "xml" }, 200, JSON_TYPE, { ...load, model: "m", message: said }],
  ["POST /api/generate", { model: "m", format: 5 }, 200, JSON_TYPE, { ...load, model: "m", response: "" }],
];

const CHANGES: readonly Row[] = [
  ["POST /api/pull", { model: " " }, 400, JSON_TYPE, { error: "invalid model name" }],
  ["POST /api/create", { model: " " }, 400, JSON_TYPE, { error: "invalid model name" }],
  ["DELETE /api/delete", { model: " " }, 400, JSON_TYPE, { error: "model is required" }],
  [
    "POST /api/copy",
    { source: "a b", destination: "x y" },
    400,
    JSON_TYPE,
    { error: 'source "a b" is invalid' },
  ],
  [
    "POST /api/copy",
    { source: "m", destination: " " },
    400,
    JSON_TYPE,
    { error: 'destination " " is invalid' },
  ],
];

const TYPES: readonly Row[] = [
  [
    "POST /api/chat",
    { model: "m", messages: HI, truncate: "x" },
    400,
    JSON_TYPE,
    { error: "json: cannot unmarshal string into Go struct field ChatRequest.truncate of type bool" },
  ],
  [
    "POST /api/generate",
    { model: "m", prompt: "a", shift: 1 },
    400,
    JSON_TYPE,
    { error: "json: cannot unmarshal number into Go struct field GenerateRequest.shift of type bool" },
  ],
  [
    "POST /api/chat",
    { model: "m", messages: HI, options: { use_mmap: 1 } },
    500,
    JSON_TYPE,
    { error: 'option "use_mmap" must be of type boolean' },
  ],
  [
    "POST /api/chat",
    { model: "m", messages: [{ role: 5 }] },
    400,
    JSON_TYPE,
    { error: "json: cannot unmarshal number into Go struct field ChatRequest.messages.role of type string" },
  ],
];

testRows([...NO_NAME, ...NAMES, ...FORMATS, ...CHANGES, ...TYPES], () => app.url);

test.each([
  "m:local",
  "m:LOCAL",
  "m:latest:local",
  "[p]-m:local",
  "library/m",
  "registry.ollama.ai/library/m:latest",
  "https://registry.ollama.ai/library/m",
  "tagged:7b:local",
])("%s is a model's name, and the reply repeats it", async (model) => {
  const chat = await post(`${app.url}/api/chat`, { model, messages: HI, stream: false });
  expect(await chat.json()).toMatchObject({ model, message: { content: "Hi" } });
  expect((await post(`${app.url}/api/show`, { model })).status).toBe(200);
  const copied = await fetch(`${app.url}/v1/models/${encodeURIComponent(model)}`);
  expect(await copied.json()).toMatchObject({ id: model });
});

test("a model whose own name ends in :local is preferred", async () => {
  using host = startUpstream(() => Response.json(REPLY));
  await using proxy = await startTestApp([
    testProvider(`${host.url}/v1`, { models: [{ name: "a" }, { name: "a:local" }] }),
  ]);
  await (await post(`${proxy.url}/api/chat`, { model: "a:local", messages: HI, stream: false })).text();
  expect(JSON.parse(host.received[0]?.text ?? "")).toMatchObject({ model: "a:local" });
});

test.each([[undefined], [null], [""], [[]]])(
  "/v1/responses with the input %j only loads the model",
  async (input) => {
    const before = upstream.received.length;
    const whole = await post(`${app.url}/v1/responses`, { model: "m", input });
    expect([whole.status, await whole.json()]).toEqual([
      200,
      expect.objectContaining({
        status: "completed",
        output: [
          expect.objectContaining({
            type: "message",
            content: [{ type: "output_text", text: "", annotations: [], logprobs: [] }],
          }),
        ],
        usage: expect.objectContaining({ input_tokens: 0, output_tokens: 0, total_tokens: 0 }),
      }),
    ]);
    const streamed = await post(`${app.url}/v1/responses`, { model: "m", input, stream: true });
    expect(streamed.headers.get("content-type")).toBe("text/event-stream");
    expect(streamed.headers.get("cache-control")).toBe("no-cache");
    const events = (await streamed.text()).split("\n").filter((line) => line.startsWith("event: "));
    expect(events).toEqual([
      "event: response.created",
      "event: response.in_progress",
      "event: response.completed",
    ]);
    expect(upstream.received.length).toBe(before);
  },
);

test("/v1/responses names a model that is missing before it looks for an input", async () => {
  const response = await post(`${app.url}/v1/responses`, { model: "nope" });
  expect([response.status, await response.json()]).toEqual([
    404,
    openAi("model 'nope' not found", "not_found_error"),
  ]);
});

/** The `ollama` command looks for these words after `/save`. Any other error ends its session. */
test("/api/create of a hosted model is an invalid model name, so that /save does not end the session", async () => {
  const before = upstream.received.length;
  for (const stream of [true, false]) {
    const response = await post(`${app.url}/api/create`, { model: "b", from: "[p]-m", stream });
    expect([response.status, await response.json()]).toEqual([
      400,
      {
        error:
          "invalid model name: 'b' would be a model of \"p\", which is a remote provider; only models of Ollama servers can be created",
      },
    ]);
  }
  expect(upstream.received.length).toBe(before);
});
