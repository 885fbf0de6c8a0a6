/** An error about the content of one request changes nothing for other requests. */
import { expect, test } from "bun:test";
import { arrayAt, isObject, objectAt, parseJson } from "../../src/wire/json.ts";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { type Upstream, startUpstream } from "../support/upstream.ts";

const WHOLE = {
  choices: [{ index: 0, message: { role: "assistant", content: "{}" }, finish_reason: "stop" }],
};

/** A provider that rejects a request if one of its fields contains `bad`. */
function startStrict(field: string, bad: string, message: string): Upstream {
  return startUpstream(({ text }) =>
    JSON.stringify(objectAt(parseJson(text), field) ?? "").includes(bad)
      ? Response.json({ error: { message } }, { status: 400 })
      : Response.json(WHOLE),
  );
}

const MESSAGES = [{ role: "user", content: "hi" }];
const GOOD = { type: "object", properties: { a: { type: "string" } } };
const BAD = { type: "nope" };

function schemaFormat(schema: object): object {
  return { type: "json_schema", json_schema: { name: "a", schema } };
}

/** A request with a schema on each route that has one. */
const ROUTES = {
  "/api/chat": (format: object) => ({ messages: MESSAGES, stream: false, format }),
  "/api/generate": (format: object) => ({ prompt: "hi", stream: false, format }),
  "/v1/chat/completions": (format: object) => ({
    messages: MESSAGES,
    response_format: schemaFormat(format),
  }),
  "/v1/responses": (schema: object) => ({
    input: "hi",
    text: { format: { type: "json_schema", name: "a", schema } },
  }),
  "/v1/messages": (schema: object) => ({
    max_tokens: 9,
    messages: MESSAGES,
    output_config: { format: { type: "json_schema", schema } },
  }),
} as const;

const SCHEMA_ERRORS = [
  "Invalid schema for response_format 'schema': 'nope' is not valid under any of the given schemas.",
  "Invalid schema for response_format 'a': In context=(), 'additionalProperties' is required to be supplied and to be false.",
  'JSON schema conversion failed:\nUnrecognized schema: {"type":"nope"}',
  "Failed to initialize samplers: failed to parse grammar",
  "The provided JSON schema contains features not supported by xgrammar.",
  'Grammar error: Unimplemented keys: ["nope"]',
  "JSON Schema not supported: could not understand the instance `{'type': 'nope'}`.",
  'invalid JSON schema for response_format: \'schema\': /type: value must be one of "array", "object"',
  "response_format.json_schema.schema.type: Input should be 'object', 'array' or 'string'",
  "body -> response_format -> json_schema -> schema -> type: Input should be 'object'",
  "Invalid value at 'generation_config.response_schema.type' (type.googleapis.com/google.ai.generativelanguage.v1beta.Type), \"nope\"",
  "response_format: json_schema: schema type 'nope' is not supported",
  "structured outputs: unsupported schema type nope",
  "json_schema is not a valid JSON Schema: 'nope' is not one of ['array', 'object']",
  "response_format schema is invalid: unknown type nope",
];

test.each(
  SCHEMA_ERRORS.flatMap((message) =>
    Object.entries(ROUTES).map(([path, ask]) => [path, message, ask] as const),
  ),
)("%s: a schema that is rejected with %p disables no schema", async (path, message, ask) => {
  using upstream = startStrict("response_format", "nope", message);
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  for (let count = 0; count < 2; count += 1) {
    await (await post(app.url + path, { model: "[p]-m", ...ask(BAD) })).text();
  }
  for (const [route, askThere] of Object.entries(ROUTES)) {
    const before = upstream.received.length;
    const response = await post(app.url + route, { model: "[p]-m", ...askThere(GOOD) });
    expect(response.status).toBe(200);
    await response.text();
    const sent = upstream.received.slice(before).map(({ text }) => parseJson(text));
    expect(sent).toHaveLength(1);
    expect([route, objectAt(sent[0], "response_format")]).toEqual([
      route,
      { type: "json_schema", json_schema: expect.objectContaining({ schema: GOOD }) },
    ]);
  }
});

interface Unlearned {
  readonly path: string;
  /** The rejected request, the field and the text in it that the provider rejects, and its error. */
  readonly bad: object;
  readonly field: string;
  readonly rejected: string;
  readonly error: string;
  /** Another request, and what the provider must get of it. */
  readonly good: object;
  readonly sent: object;
}

function toolWith(parameters: object, more: object = {}): readonly object[] {
  return [{ type: "function", function: { name: "f", parameters, ...more } }];
}

const CHAT = { messages: MESSAGES, stream: false };
const VALUES: readonly Unlearned[] = [
  {
    path: "/v1/chat/completions",
    bad: { ...CHAT, temperature: 9 },
    field: "temperature",
    rejected: "9",
    error: "invalid temperature: must be between 0 and 2",
    good: { ...CHAT, temperature: 0.5 },
    sent: { temperature: 0.5 },
  },
  {
    path: "/api/chat",
    bad: { ...CHAT, options: { temperature: 9 } },
    field: "temperature",
    rejected: "9",
    error:
      "Unsupported value: 'temperature' does not support 9 with this model. Supported values are between 0 and 2.",
    good: { ...CHAT, options: { temperature: 0.5 } },
    sent: { temperature: 0.5 },
  },
  {
    path: "/v1/chat/completions",
    bad: { ...CHAT, reasoning_effort: "xhigh" },
    field: "reasoning_effort",
    rejected: "xhigh",
    error:
      "Unsupported value: 'reasoning_effort' does not support 'xhigh' with this model. Supported values are: 'low', 'medium', and 'high'.",
    good: { ...CHAT, reasoning_effort: "low" },
    sent: { reasoning_effort: "low" },
  },
  {
    path: "/v1/responses",
    bad: { input: "hi", temperature: 9 },
    field: "temperature",
    rejected: "9",
    error: "body.temperature: parameter 'temperature' is not allowed to be 9: must be between 0 and 2",
    good: { input: "hi", temperature: 0.5 },
    sent: { temperature: 0.5 },
  },
  {
    path: "/api/chat",
    bad: { ...CHAT, tools: toolWith({ type: "object", properties: { a: { $ref: "#/nowhere" } } }) },
    field: "tools",
    rejected: "nowhere",
    error: "Invalid tool schema: $ref '#/nowhere' cannot be resolved",
    good: { ...CHAT, tools: toolWith({ type: "object", additionalProperties: false }) },
    sent: { tools: toolWith({ type: "object", properties: {}, additionalProperties: false }) },
  },
  {
    path: "/v1/embeddings",
    bad: { input: ["aaaaaaaaaa", "b"] },
    field: "input",
    rejected: '"aaaaaaaaaa","b"',
    error: "Payload too large",
    good: { input: ["c", "d"] },
    sent: { input: ["c", "d"] },
  },
  {
    path: "/v1/embeddings",
    bad: { input: "a", dimensions: 300 },
    field: "dimensions",
    rejected: "300",
    error: "This model only supports [64, 128, 256] matryoshka dimensions",
    good: { input: "a", dimensions: 64 },
    sent: { dimensions: 64 },
  },
];

function answerTo(body: unknown): object {
  if (!isObject(body) || !("input" in body)) return WHOLE;
  const count = arrayAt(body, "input").length || 1;
  return { data: Array.from({ length: count }, (_, index) => ({ index, embedding: [1, 0] })) };
}

test.each(VALUES)("$path: `$error` changes no other request", async ({ path, bad, good, ...expected }) => {
  using upstream = startUpstream(({ text }) => {
    const body = parseJson(text);
    const value = JSON.stringify(isObject(body) ? body[expected.field] : undefined) ?? "";
    return value.includes(expected.rejected)
      ? Response.json({ error: { message: expected.error } }, { status: 400 })
      : Response.json(answerTo(body));
  });
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const repaired = await post(app.url + path, { model: "[p]-m", ...bad });
  expect([repaired.status, await repaired.text()]).toEqual([200, expect.any(String)]);
  const before = upstream.received.length;
  await (await post(app.url + path, { model: "[p]-m", ...good })).text();
  const sent = upstream.received.slice(before).map(({ text }) => parseJson(text));
  expect(sent).toEqual([expect.objectContaining(expected.sent)]);
});

test("a provider that streams no tool calls streams everything else", async () => {
  using upstream = startUpstream(({ text }) => {
    const body = parseJson(text);
    const isRefused = isObject(body) && "tools" in body && body["stream"] === true;
    return isRefused
      ? Response.json({ message: "This model doesn't support tool use in streaming mode." }, { status: 400 })
      : Response.json(WHOLE);
  });
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const tools = toolWith({ type: "object", properties: {} });
  for (const ask of [{ tools }, { tools }, {}]) {
    await (await post(`${app.url}/api/chat`, { model: "[p]-m", messages: MESSAGES, ...ask })).text();
  }
  const streams = upstream.received
    .map(({ text }) => parseJson(text))
    .map((body) => isObject(body) && body["stream"]);
  expect(streams).toEqual([true, false, false, true]);
});

test("a change after which the provider repeats its error is not kept", async () => {
  const error = "Roles must alternate, or seed is not supported";
  using upstream = startUpstream(({ text }) => {
    const body = parseJson(text);
    const isRefused = isObject(body) && "seed" in body;
    return isRefused ? Response.json({ error: { message: error } }, { status: 400 }) : Response.json(WHOLE);
  });
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const ask = { model: "[p]-m", messages: [...MESSAGES, ...MESSAGES], stream: false };
  const repaired = await post(`${app.url}/api/chat`, { ...ask, options: { seed: 1 } });
  expect([repaired.status, upstream.received.length]).toEqual([200, 3]);
  await (await post(`${app.url}/api/chat`, ask)).text();
  expect(parseJson(upstream.received.at(-1)?.text ?? "")).toMatchObject({ messages: ask.messages });
});

test("a client of chat completions gets the provider's error about its schema", async () => {
  const error = SCHEMA_ERRORS[0] ?? "";
  using upstream = startStrict("response_format", "nope", error);
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const ask = { model: "[p]-m", messages: MESSAGES, response_format: schemaFormat(BAD) };
  const response = await post(`${app.url}/v1/chat/completions`, ask);
  expect([response.status, await response.json()]).toMatchObject([
    400,
    { error: { message: `[p] ${error}` } },
  ]);
  expect(upstream.received).toHaveLength(1);
});

test("an effort that a provider of the Messages API rejects disables no other effort", async () => {
  const message = "output_config.effort: Input should be 'low' or 'medium'";
  const reply = {
    type: "message",
    role: "assistant",
    content: [{ type: "text", text: "hi" }],
    stop_reason: "end_turn",
  };
  using upstream = startUpstream(({ text }) =>
    text.includes('"effort":"high"')
      ? Response.json({ type: "error", error: { type: "invalid_request_error", message } }, { status: 400 })
      : Response.json({ ...reply, usage: { input_tokens: 1, output_tokens: 1 } }),
  );
  const thinking = { on: { thinking: { type: "adaptive" } }, off: {}, effort: true };
  const provider = testProvider(upstream.url, { apiType: "anthropic", options: { thinking } });
  await using app = await startTestApp([provider]);
  const statuses: number[] = [];
  for (const think of ["high", "low"]) {
    const ask = { model: "[p]-m", messages: MESSAGES, stream: false, think };
    statuses.push((await post(`${app.url}/api/chat`, ask)).status);
  }
  expect(statuses).toEqual([200, 200]);
  const efforts = upstream.received.map(({ text }) => objectAt(parseJson(text), "output_config")?.["effort"]);
  expect(efforts).toEqual(["high", undefined, "low"]);
});
