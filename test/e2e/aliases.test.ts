/** Aliases as apps see them: in every list, and with their defaults in every request. */
import { expect, test } from "bun:test";
import { arrayAt, isObject, stringAt } from "../../src/wire/json.ts";
import { post, startConfigured } from "../support/app.ts";
import { type Upstream, startUpstream } from "../support/upstream.ts";

const CHAT = { choices: [{ message: { role: "assistant", content: "hi" }, finish_reason: "stop" }] };
const DONE = { model: "m", created_at: "2026-01-01T00:00:00Z", done: true, done_reason: "stop" };

/** Speaks both APIs, and `/v1/responses`. */
function startBoth(): Upstream {
  return startUpstream(({ path }) => {
    if (path === "/api/chat")
      return Response.json({ ...DONE, message: { role: "assistant", content: "hi" } });
    if (path === "/api/generate") return Response.json({ ...DONE, response: "hi" });
    if (path === "/api/embed") return Response.json({ model: "m", embeddings: [[1, 0]] });
    if (path.endsWith("/count_tokens")) return Response.json({ input_tokens: 3 });
    if (path === "/v1/messages")
      return Response.json({ type: "message", content: [], stop_reason: "end_turn", usage: {} });
    if (path === "/v1/responses")
      return Response.json({ id: "r", object: "response", status: "completed", output: [], model: "m" });
    return Response.json(CHAT);
  });
}

const WINDOWS = `
providers:
- name: a
  url: https://a.example
  models:
  - {name: both, context_length: 1000, capabilities: [completion, tools, vision, thinking]}
- name: b
  url: https://b.example
  models:
  - {name: other, context_length: 500, capabilities: [completion, tools, thinking]}
`;

async function json(response: Response | Promise<Response>): Promise<unknown> {
  return (await response).json();
}

test("an alias is in every list, before the models, with what all its candidates share", async () => {
  await using app = await startConfigured(`${WINDOWS}
models:
- {name: max, use: ["[a]-both", "[b]-other"]}
- {name: long, use: "[a]-both", context_length: 800}
- {name: nested, use: [long, max]}
`);
  const names = ["max", "long", "nested", "[a]-both", "[b]-other"];
  const tags = await json(fetch(`${app.url}/api/tags`));
  expect(arrayAt(tags, "models").map((model) => stringAt(model, "name"))).toEqual(names);
  const list = await json(fetch(`${app.url}/v1/models`));
  expect(arrayAt(list, "data").map((model) => stringAt(model, "id"))).toEqual(names);
  expect(await json(fetch(`${app.url}/v1/models/max`))).toMatchObject({ id: "max" });
  const shown = await Promise.all(
    ["max", "MAX:latest", "long", "nested"].map(async (model) => {
      const text = await (await post(`${app.url}/api/show`, { model })).text();
      return [/context_length":(\d+)/.exec(text)?.[1], arrayAt(JSON.parse(text), "capabilities")];
    }),
  );
  const shared = ["completion", "tools", "thinking"];
  const all = ["completion", "vision", "tools", "thinking"];
  expect(shown).toEqual([
    ["500", shared],
    ["500", shared],
    ["800", all],
    ["500", shared],
  ]);
});

test("an alias is unchanged by requests that change models", async () => {
  using upstream = startBoth();
  await using app = await startConfigured(`
providers: [{name: a, url: "${upstream.url}", api_type: Ollama, models: [m]}]
models: [{name: max, use: "[a]-m"}]
`);
  const deleted = await fetch(`${app.url}/api/delete`, { method: "DELETE", body: '{"model":"max"}' });
  expect([deleted.status, await deleted.json()]).toEqual([
    400,
    { error: `'max' is an alias in the configuration of ollama-proxy; change it there, under "models"` },
  ]);
  expect((await post(`${app.url}/api/copy`, { source: "max", destination: "x" })).status).toBe(400);
  expect(await (await post(`${app.url}/api/pull`, { model: "max", stream: false })).json()).toEqual({
    status: "success",
  });
  expect(upstream.received).toEqual([]);
});

const MESSAGES = [{ role: "user", content: "hi" }];
const DEFAULTS =
  "system: Be brief, think: high, context_length: 4096, options: {temperature: 0.5, top_k: 7, num_predict: 9, stop: END}";
const OPTIONS = { temperature: 0.5, top_k: 7, num_predict: 9, stop: ["END"], num_ctx: 4096 };
const SYSTEM = { role: "system", content: "Be brief" };

/** What the provider gets of a request to an alias with defaults. `api` is the `api_type` of the provider. */
async function sent(api: string, path: string, body: object, options = ""): Promise<unknown> {
  using upstream = startBoth();
  const thinking = "{name: m, capabilities: [completion, tools, thinking]}";
  await using app = await startConfigured(`
providers:
- {name: a, url: "${upstream.url}", api_type: ${api}, models: [${thinking}], options: {responses: relay, thinking: effort, samplers: {top_k: top_k}${options}}}
models: [{name: max, use: "[a]-m", ${DEFAULTS}}]
`);
  const reply = await post(app.url + path, { model: "max", stream: false, ...body });
  expect(reply.status).toBe(200);
  const { model: _model, stream: _stream, ...rest } = JSON.parse(upstream.received[0]?.text ?? "{}");
  return rest;
}

const OPENAI = { max_tokens: 9, temperature: 0.5, stop: ["END"], reasoning_effort: "high", top_k: 7 };

test.each([
  [
    "Ollama",
    "/api/chat",
    { messages: MESSAGES },
    { messages: [SYSTEM, ...MESSAGES], options: OPTIONS, think: "high" },
  ],
  [
    "Ollama",
    "/api/generate",
    { prompt: "hi" },
    { prompt: "hi", options: OPTIONS, think: "high", system: "Be brief" },
  ],
  ["Ollama", "/api/embed", { input: "hi" }, { input: "hi", options: OPTIONS }],
  ...["/v1/chat/completions", "/v1/messages", "/v1/responses"].map((path) => {
    const ask = path === "/v1/responses" ? { input: "hi" } : { messages: MESSAGES };
    const limit = path === "/v1/messages" ? { max_tokens: 9 } : {};
    // The server's own API carries all of them.
    const got = { messages: [SYSTEM, ...MESSAGES], options: OPTIONS, think: "high" };
    return ["Ollama", path, { ...ask, ...limit }, got] as const;
  }),
  ["Openai", "/v1/chat/completions", { messages: MESSAGES }, { messages: [SYSTEM, ...MESSAGES], ...OPENAI }],
  [
    "Openai",
    "/v1/completions",
    { prompt: "hi" },
    { prompt: "hi", max_tokens: 9, temperature: 0.5, stop: ["END"], top_k: 7 },
  ],
  [
    "Openai",
    "/v1/responses",
    { input: "hi" },
    {
      input: "hi",
      instructions: "Be brief",
      max_output_tokens: 16,
      temperature: 0.5,
      reasoning: { effort: "high" },
    },
  ],
  ["Openai", "/api/chat", { messages: MESSAGES }, { messages: [SYSTEM, ...MESSAGES], ...OPENAI }],
  ["Openai", "/api/generate", { prompt: "hi" }, { messages: [SYSTEM, ...MESSAGES], ...OPENAI }],
  [
    "Openai",
    "/v1/messages",
    { messages: MESSAGES, max_tokens: 3 },
    { messages: [SYSTEM, ...MESSAGES], ...OPENAI, max_tokens: 3 },
  ],
  [
    "Anthropic",
    "/v1/messages",
    { messages: MESSAGES, max_tokens: 3 },
    {
      messages: MESSAGES,
      max_tokens: 3,
      system: "Be brief",
      temperature: 0.5,
      top_k: 7,
      stop_sequences: ["END"],
      output_config: { effort: "high" },
    },
  ],
  [
    "Anthropic",
    "/v1/messages/count_tokens",
    { messages: MESSAGES },
    { messages: MESSAGES, system: "Be brief" },
  ],
])("%s, %s: the defaults are added to the request", async (api, path, body, expected) => {
  expect(await sent(api, path, body)).toEqual(expected);
});

test.each([
  ["Anthropic", "/v1/messages", { messages: MESSAGES, max_tokens: 3 }],
  ["Openai", "/v1/responses", { input: "hi" }],
])("%s, %s: a default that the provider does not accept is not added", async (api, path, body) => {
  const rest = await sent(api, path, body, ", unsupported_params: [temperature, top_k]");
  const fields = isObject(rest) ? Object.keys(rest) : [];
  expect(fields).toContain(Object.keys(body)[0] ?? "");
  expect(fields).not.toContain("temperature");
  expect(fields).not.toContain("top_k");
});

const OWN = [{ role: "system", content: "Mine" }, ...MESSAGES];

test.each([
  [
    "Ollama",
    "/api/chat",
    { messages: OWN, think: false, options: { temperature: 1, num_ctx: 10 } },
    { messages: OWN, think: false, options: { ...OPTIONS, temperature: 1, num_ctx: 10 } },
  ],
  [
    "Ollama",
    "/api/generate",
    { prompt: "hi", system: "Mine", think: "low", options: null },
    { prompt: "hi", system: "Mine", think: "low", options: OPTIONS },
  ],
  [
    "Openai",
    "/v1/chat/completions",
    { messages: OWN, max_completion_tokens: 5, temperature: 0, stop: "X", reasoning_effort: "low", top_k: 1 },
    { messages: OWN, max_completion_tokens: 5, temperature: 0, stop: "X", reasoning_effort: "low", top_k: 1 },
  ],
  [
    "Openai",
    "/v1/responses",
    { input: "hi", instructions: "Mine", max_output_tokens: 5, temperature: 0, reasoning: { effort: "low" } },
    { input: "hi", instructions: "Mine", max_output_tokens: 5, temperature: 0, reasoning: { effort: "low" } },
  ],
  [
    "Openai",
    "/api/chat",
    { messages: OWN, think: "low", options: { temperature: 0, num_predict: 5, stop: ["X"], top_k: 1 } },
    {
      messages: OWN,
      ...OPENAI,
      max_tokens: 5,
      temperature: 0,
      stop: ["X"],
      reasoning_effort: "low",
      top_k: 1,
    },
  ],
  [
    "Anthropic",
    "/v1/messages",
    { messages: MESSAGES, max_tokens: 3, system: "Mine", temperature: 1, thinking: { type: "disabled" } },
    {
      messages: MESSAGES,
      max_tokens: 3,
      system: "Mine",
      temperature: 1,
      thinking: { type: "disabled" },
      top_k: 7,
      stop_sequences: ["END"],
    },
  ],
])("%s, %s: the client's own values take precedence", async (api, path, body, expected) => {
  expect(await sent(api, path, body)).toEqual(expected);
});

test("two aliases of one model have different defaults, and a model that cannot think ignores `think`", async () => {
  using upstream = startBoth();
  await using app = await startConfigured(`
providers:
- name: a
  url: ${upstream.url}
  options: {thinking: effort}
  models: [{name: m, capabilities: [thinking, tools]}, {name: plain, capabilities: [tools]}]
models:
- {name: max, use: "[a]-m", think: false}
- {name: max-thinking, use: "[a]-m", think: high}
- {name: plain-thinking, use: "[a]-plain", think: high}
`);
  for (const model of ["max", "max-thinking", "plain-thinking"])
    await post(`${app.url}/api/chat`, { model, messages: MESSAGES, stream: false });
  expect(upstream.received.map(({ text }) => /"reasoning_effort":"(\w+)"/.exec(text)?.[1])).toEqual([
    undefined,
    "high",
    undefined,
  ]);
});

test("replies and running models have the name of the alias", async () => {
  using upstream = startBoth();
  await using app = await startConfigured(`
providers:
- {name: a, url: "${upstream.url}", models: [m]}
- {name: b, url: "${upstream.url}", models: [m]}
models: [{name: max, use: "[a]-m"}, {name: both, use: ["[a]-m", "[b]-m"], order: round-robin}]
`);
  const reply = await json(post(`${app.url}/api/chat`, { model: "max", messages: MESSAGES, stream: false }));
  expect(reply).toMatchObject({ model: "max", message: { content: "hi" } });
  await post(`${app.url}/api/chat`, { model: "both", messages: MESSAGES, stream: false });
  await post(`${app.url}/api/chat`, { model: "both", messages: MESSAGES, stream: false });
  const running = await json(fetch(`${app.url}/api/ps`));
  expect(arrayAt(running, "models").map((model) => stringAt(model, "name"))).toEqual(["max", "both"]);
});
