/** Requests of other client APIs to a provider that is an Ollama server: its own API, where it lacks their routes. */
import { expect, test } from "bun:test";
import { type TestApp, post, startTestApp, testProvider } from "../support/app.ts";
import { fixedRuntime } from "../support/runtime.ts";
import { LINES, startOld } from "../support/old-ollama.ts";
import { type Upstream, inPieces, startUpstream } from "../support/upstream.ts";

const HI = [{ role: "user", content: "hi" }];
const SCHEMA = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
const THINKS = [{ name: "m", capabilities: ["completion", "tools", "thinking"] as const }];

function start(upstream: Upstream, now?: () => number): Promise<TestApp> {
  const provider = testProvider(upstream.url, { apiType: "ollama", models: THINKS });
  return startTestApp([provider], now === undefined ? fixedRuntime() : { ...fixedRuntime(), now });
}

const ASKS = [
  ["/v1/chat/completions", { model: "[p]-m", messages: HI }],
  ["/v1/messages", { model: "[p]-m", messages: HI, max_tokens: 9 }],
  ["/v1/responses", { model: "[p]-m", input: "hi" }],
  ["/v1/completions", { model: "[p]-m", prompt: "hi" }],
] as const;

test.each(ASKS)(
  "%s of a server without it is answered by its /api/chat, and then at once",
  async (path, ask) => {
    using upstream = startOld();
    await using app = await start(upstream);
    for (let round = 0; round < 2; round += 1) {
      const whole = await post(app.url + path, ask);
      const text = await whole.text();
      expect([whole.status, text]).toEqual([200, expect.stringContaining("Hello")]);
      expect(JSON.parse(text)).toMatchObject({ model: "[p]-m" });
      const streamed = await post(app.url + path, { ...ask, stream: true });
      expect(await streamed.text()).toContain('"Hel"');
    }
    const asked = upstream.received.map((request) => request.path).filter((sent) => sent !== "/api/tags");
    expect(asked).toEqual([path, "/api/chat", "/api/chat", "/api/chat", "/api/chat"]);
  },
);

test.each([
  ["plain text", () => new Response("404 page not found", { status: 404 })],
  ["a page", () => new Response("<html><title>404 Not Found</title></html>", { status: 404 })],
  ["JSON", () => Response.json({ detail: "Not Found" }, { status: 404 })],
  ["another method", () => Response.json({ detail: "Method Not Allowed" }, { status: 405 })],
])("a gateway that passes /api only may say so in any way: %s", async (_what, missing) => {
  using upstream = startOld(undefined, missing);
  await using app = await start(upstream);
  for (const [path, ask] of ASKS) {
    const response = await post(app.url + path, ask);
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining("Hello")]);
  }
});

test("after a day the route is tried again: the server may have been updated", async () => {
  let now = Date.UTC(2026, 0, 1);
  using upstream = startOld();
  await using app = await start(upstream, () => now);
  const [[path, ask]] = ASKS;
  await (await post(app.url + path, ask)).text();
  now += 24 * 3_600_000;
  await (await post(app.url + path, ask)).text();
  expect(upstream.received.filter((request) => request.path === path)).toHaveLength(2);
});

test("a model that is missing is an error, not a missing route", async () => {
  using upstream = startUpstream(() =>
    Response.json({ error: { message: "model 'm' not found", type: "not_found_error" } }, { status: 404 }),
  );
  await using app = await start(upstream);
  const [[path, ask]] = ASKS;
  const response = await post(app.url + path, ask);
  expect([response.status, await response.json()]).toEqual([
    404,
    { error: { message: "model '[p]-m' not found", type: "not_found_error", param: null, code: null } },
  ]);
  expect(upstream.received.map((request) => request.path)).toEqual([path]);
});

/** What the server gets at `/api/chat`, without the model, the messages and the stream. */
async function sentFor(path: string, ask: object): Promise<unknown> {
  using upstream = startOld();
  await using app = await start(upstream);
  const response = await post(app.url + path, ask);
  expect([response.status, await response.text()]).toEqual([200, expect.any(String)]);
  const sent = upstream.received.find((request) => request.path === "/api/chat");
  const { model: _model, messages: _messages, stream: _stream, ...rest } = JSON.parse(sent?.text ?? "{}");
  return rest;
}

const MESSAGES = { model: "[p]-m", messages: HI, max_tokens: 9 };
test.each([
  ["thinks by default", {}, { think: true }],
  ["thinks", { thinking: { type: "enabled", budget_tokens: 2000 } }, { think: true }],
  ["does not think", { thinking: { type: "disabled" } }, { think: false }],
  ["has an effort", { thinking: { type: "adaptive" }, output_config: { effort: "high" } }, { think: "high" }],
  [
    "has samplers",
    { temperature: 0.5, top_p: 0.9, top_k: 20, stop_sequences: ["END"] },
    { think: true, options: { num_predict: 9, temperature: 0.5, top_p: 0.9, top_k: 20, stop: ["END"] } },
  ],
  [
    "has tools",
    { tools: [{ name: "f", description: "d", input_schema: SCHEMA }] },
    {
      think: true,
      tools: [{ type: "function", function: { name: "f", description: "d", parameters: SCHEMA } }],
    },
  ],
])("/v1/messages that %s loses nothing at /api/chat", async (_what, fields, sent) => {
  expect(await sentFor("/v1/messages", { ...MESSAGES, ...fields })).toEqual({
    options: { num_predict: 9 },
    ...sent,
  });
});

test.each([
  ["thinks by default", {}, { think: true }],
  ["has an effort", { reasoning: { effort: "high" } }, { think: "high" }],
  ["does not think", { reasoning: { effort: "none" } }, { think: false }],
  ["has no samplers of its own", { max_output_tokens: 7 }, { think: true, options: { num_predict: 7 } }],
  [
    "has a format",
    { text: { format: { type: "json_schema", name: "x", schema: SCHEMA } } },
    { think: true, format: SCHEMA },
  ],
  [
    "has a tool, but may not call it",
    { tools: [{ type: "function", name: "f", parameters: SCHEMA }], tool_choice: "none" },
    { think: true },
  ],
])("/v1/responses that %s loses nothing at /api/chat", async (_what, fields, sent) => {
  expect(await sentFor("/v1/responses", { model: "[p]-m", input: "hi", ...fields })).toEqual(sent);
});

test("a conversation with calls, results and pictures is sent in Ollama's form", async () => {
  using upstream = startOld();
  await using app = await start(upstream);
  const messages = [
    { role: "system", content: "Be brief" },
    {
      role: "user",
      content: [
        { type: "text", text: "?" },
        { type: "image_url", image_url: { url: "data:image/png;base64,iVBORw0K" } },
      ],
    },
    {
      role: "assistant",
      content: null,
      tool_calls: [
        { id: "c1", type: "function", function: { name: "f", arguments: '{"n":12345678901234567890}' } },
      ],
    },
    { role: "tool", tool_call_id: "c1", content: "rain" },
  ];
  await (await post(`${app.url}/v1/chat/completions`, { model: "[p]-m", messages })).text();
  const sent = upstream.received.find((request) => request.path === "/api/chat")?.text ?? "";
  expect(sent).toContain(
    '"messages":[{"role":"system","content":"Be brief"},{"role":"user","content":"?","images":["iVBORw0K"]},' +
      '{"role":"assistant","content":"","tool_calls":[{"id":"c1","function":{"index":0,"name":"f","arguments":{"n":12345678901234567890}}}]},' +
      '{"role":"tool","content":"rain","tool_name":"f","tool_call_id":"c1"}]',
  );
});

function call(name: string, args: string): string {
  return `{"function":{"index":0,"name":"${name}","arguments":${args}}}`;
}

test("calls in several lines and in the last line are read, with every digit", async () => {
  const lines =
    `{"message":{"role":"assistant","content":"","tool_calls":[${call("f", '{"n":12345678901234567890}')}]},"done":false}\n` +
    `{"message":{"role":"assistant","content":"","tool_calls":[${call("g", "{}")}]},"done":true,"done_reason":"stop"}\n`;
  using upstream = startOld(() => new Response(lines));
  await using app = await start(upstream);
  const tools = ["f", "g"].map((name) => ({ type: "function", function: { name } }));
  const ask = { model: "[p]-m", messages: HI, tools };
  const response = await post(`${app.url}/v1/chat/completions`, ask);
  expect(await response.json()).toMatchObject({
    choices: [
      {
        finish_reason: "tool_calls",
        message: {
          tool_calls: [
            { id: "call_abcdef00", function: { name: "f", arguments: '{"n":12345678901234567890}' } },
            { id: "call_abcdef01", function: { name: "g", arguments: "{}" } },
          ],
        },
      },
    ],
  });
});

test.each([
  ["an error line", '{"error":"ran out of memory"}\n', "[p] ran out of memory"],
  ["the end", "", "[p] The provider ended the stream before the reply was complete; try again"],
])("%s after the first text is an error of the client's API", async (_what, end, message) => {
  using upstream = startOld(() => new Response(`${JSON.stringify(LINES[1])}\n${end}`));
  await using app = await start(upstream);
  for (const [path, ask] of ASKS) {
    const text = await (await post(app.url + path, { ...ask, stream: true })).text();
    expect(text).toContain('"Hel"');
    expect(text).toContain(message);
  }
});

test("/v1/embeddings of a server without it is answered by its /api/embed", async () => {
  using upstream = startOld();
  await using app = await start(upstream);
  const response = await post(`${app.url}/v1/embeddings`, { model: "[p]-m", input: "a", dimensions: 2 });
  expect(await response.json()).toEqual({
    object: "list",
    data: [{ object: "embedding", index: 0, embedding: [0.6, 0.8] }],
    model: "[p]-m",
    usage: { prompt_tokens: 2, total_tokens: 2 },
  });
  expect(upstream.received.at(-1)?.text).toBe('{"model":"m","input":["a"],"dimensions":2}');
});

test("a stream of /api/chat is the same however it is cut", async () => {
  const bytes = new TextEncoder().encode(
    LINES.map((line) => `${JSON.stringify(line)}\r\n`)
      .join("")
      .replace("Hel", "H€l"),
  );
  let size = bytes.length;
  using upstream = startOld(() => new Response(inPieces(bytes, size)));
  await using app = await start(upstream);
  const [, [path, ask]] = ASKS;
  const expected = await (await post(app.url + path, { ...ask, stream: true })).text();
  expect(expected).toContain('"H€l"');
  for (size of [1, 3, 50, bytes.length - 1]) {
    expect(await (await post(app.url + path, { ...ask, stream: true })).text()).toBe(expected);
  }
});

test("what only a route under /v1 can do is an error that gives no wrong advice about the URL", async () => {
  using upstream = startOld();
  await using app = await start(upstream);
  const body = new FormData();
  body.set("model", "[p]-m");
  body.set("file", new File(["RIFF"], "a.wav"));
  const response = await fetch(`${app.url}/v1/audio/transcriptions`, { method: "POST", body });
  expect([response.status, await response.json()]).toEqual([
    400,
    {
      error: expect.objectContaining({
        message:
          "The provider of this model does not serve /v1/audio/transcriptions; choose a model of another provider",
      }),
    },
  ]);
});
