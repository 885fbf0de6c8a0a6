/** An alias of several models: which one answers when others fail, and what is said about it. */
import { expect, test } from "bun:test";
import { type LogFields, createRuntime } from "../../src/runtime.ts";
import { MESSAGES, ask, fails, says, startAlias, startScripted } from "../support/alias.ts";
import { post, startConfigured } from "../support/app.ts";
import { Clock } from "../support/clock.ts";
import { startRawUpstream, startUpstream } from "../support/upstream.ts";

const EMPTY = { choices: [{ message: { content: "" }, finish_reason: "stop" }] };
const FILTERED = { choices: [{ message: { content: "" }, finish_reason: "content_filter" }] };

test.each([
  ["500", () => fails(500)],
  ["503", () => fails(503)],
  ["501", () => fails(501)],
  ["408", () => fails(408)],
  ["429", () => fails(429)],
  ["a revoked key", () => fails(401, "Incorrect API key provided")],
  ["no credit", () => fails(402, "Insufficient credits")],
  [
    "an exhausted quota",
    () => fails(429, "You exceeded your current quota, please check your plan and billing details"),
  ],
  ["a forbidden prompt", () => fails(403, "Your input was flagged by moderation")],
  [
    "a filtered prompt",
    () => fails(400, "The response was filtered due to the prompt triggering the content management policy"),
  ],
  ["a filtered reply", () => Response.json(FILTERED)],
  ["an empty reply", () => Response.json(EMPTY)],
  ["a missing model", () => fails(404, "The model `m` does not exist")],
  ["a page", () => new Response("<html>", { headers: { "content-type": "text/html" } })],
  ["an error in a reply of status 200", () => Response.json({ error: { message: "overloaded", code: 503 } })],
])("after %s the next model answers, without a pause", async (_, failure) => {
  const clock = new Clock();
  for (const path of ["/api/chat", "/v1/chat/completions", "/v1/messages", "/v1/responses"]) {
    using a = startScripted("a", [failure]);
    using b = startScripted("b", []);
    await using app = await startAlias({ upstreams: [a, b], clock });
    const outcome = await ask(app.url, { input: "hi", max_tokens: 5 }, path);
    expect([path, outcome.status, outcome.provider]).toEqual([path, 200, "b"]);
    expect([a.received.length, b.received.length]).toEqual([1, 1]);
  }
  expect(clock.pauses).toEqual([]);
});

test.each([
  ["a refused connection", { url: "http://127.0.0.1:1" }],
  ["a connection that breaks", startRawUpstream((socket) => socket.terminate())],
  ["a timeout", startUpstream(() => new Promise(() => undefined))],
])("after %s the next model answers", async (_, a) => {
  using b = startScripted("b", []);
  // A timeout needs a clock that runs.
  await using app = await startAlias({ upstreams: [a, b], runtime: createRuntime(() => undefined) });
  expect(await ask(app.url)).toMatchObject({ status: 200, provider: "b" });
});

test.each([
  ["an invalid request", () => fails(400, "Malformed request")],
  ["an unprocessable request", () => fails(422, "unknown role")],
])("after %s no other model is asked", async (_, failure) => {
  using a = startScripted("a", [failure]);
  using b = startScripted("b", []);
  await using app = await startAlias({ upstreams: [a, b] });
  expect((await ask(app.url)).status).toBeGreaterThanOrEqual(400);
  expect(b.received).toEqual([]);
});

test("after the first byte to the client no other model is asked", async () => {
  const half = 'data: {"choices":[{"delta":{"content":"Half"}}]}\n\n';
  using a = startUpstream(() => new Response(half, { headers: { "content-type": "text/event-stream" } }));
  using b = startScripted("b", []);
  for (const path of ["/api/chat", "/v1/chat/completions"]) {
    await using app = await startAlias({ upstreams: [a, b] });
    const { text, provider } = await ask(app.url, { stream: true }, path);
    expect(text).toContain("Half");
    expect(text).toContain("error");
    expect([provider, b.received.length]).toEqual(["a", path === "/api/chat" ? 0 : 1]);
    // The model rests, so the client's next request goes to another one.
    expect(await ask(app.url, { stream: true }, path)).toMatchObject({ provider: "b" });
  }
});

test("a stream that fails before its first byte is taken over by the next model", async () => {
  const role = 'data: {"choices":[{"delta":{"role":"assistant","content":""}}]}\n\n';
  using a = startUpstream(() => new Response(role, { headers: { "content-type": "text/event-stream" } }));
  using b = startScripted("b", []);
  for (const path of ["/api/chat", "/v1/chat/completions", "/v1/messages", "/v1/responses"]) {
    await using app = await startAlias({ upstreams: [a, b] });
    const { text, provider } = await ask(app.url, { stream: true, input: "hi", max_tokens: 5 }, path);
    expect(provider).toBe("b");
    expect(text).toContain('"b"');
  }
});

const tooLong = () => fails(400, "This model's maximum context length is 500 tokens");

test("a request that is too long goes to a model with a larger window only", async () => {
  using a = startScripted("a", [tooLong, tooLong]);
  using b = startScripted("b", []);
  using c = startScripted("c", []);
  const models = [", context_length: 500", ", context_length: 400", ", context_length: 600"];
  await using app = await startAlias({ upstreams: [a, b, c], models });
  expect(await ask(app.url)).toMatchObject({ status: 200, provider: "c" });
  await using smaller = await startAlias({ upstreams: [a, b], models });
  expect(await ask(smaller.url)).toMatchObject({ status: 400 });
  expect(b.received).toEqual([]);
});

const IMAGE = [{ role: "user", content: "hi", images: ["iVBORw0KGgo="] }];
const TOOLS = [{ type: "function", function: { name: "f", parameters: { type: "object" } } }];
const LONG = [{ role: "user", content: "word ".repeat(1000) }];

test.each([
  ["tools", ", capabilities: [completion]", { tools: TOOLS }],
  ["images", ", capabilities: [completion, tools]", { messages: IMAGE }],
  ["a large window", ", context_length: 100", { messages: LONG }],
])("a model without %s is not asked for it", async (_, lack, body) => {
  using a = startScripted("a", []);
  using b = startScripted("b", []);
  const able = ", capabilities: [completion, tools, vision], context_length: 100000";
  await using app = await startAlias({ upstreams: [a, b], models: [lack, able] });
  expect(await ask(app.url)).toMatchObject({ provider: "a" });
  expect(await ask(app.url, body)).toMatchObject({ status: 200, provider: "b" });
  expect(a.received.length).toBe(1);
});

test("when no model has a capability, the error is that of the first one", async () => {
  using a = startScripted("a", []);
  const none = ", capabilities: [completion]";
  await using app = await startAlias({ upstreams: [a, a], models: [none, none] });
  const { status, text } = await ask(app.url, { tools: TOOLS });
  expect([status, text]).toEqual([
    400,
    '{"error":"registry.ollama.ai/library/max:latest does not support tools"}',
  ]);
});

const shown = ({ provider, attempts, passedOver }: LogFields) => ({ provider, attempts, passedOver });

test("the log line says who answered and why others did not, and the error names all", async () => {
  using a = startScripted("a", [() => fails(503, "Busy"), () => fails(503, "Busy")]);
  using b = startScripted("b", [
    () => says("b"),
    () => says("b"),
    ...Array.from({ length: 3 }, () => () => fails(500, "Broken")),
  ]);
  const clock = new Clock();
  await using app = await startAlias({ upstreams: [a, b], clock });
  await ask(app.url);
  await ask(app.url);
  clock.advance(3000);
  const { status, text } = await ask(app.url);
  expect([status, JSON.parse(text)]).toEqual([500, { error: "[b] Broken; before that: [a] Busy" }]);
  expect(clock.logged("POST /api/chat").map(shown)).toEqual([
    { provider: "b", attempts: 2, passedOver: "a/m: [a] Busy" },
    { provider: "b", attempts: 1, passedOver: "a/m: rests: [a] Busy" },
    { provider: "b", attempts: 4, passedOver: "a/m: [a] Busy; b/m: [b] Broken" },
  ]);
});

test("the name of a provider that is not ASCII is encoded in the header", async () => {
  using upstream = startScripted("a", []);
  await using app = await startConfigured(
    `providers: [{name: 阿里, url: "${upstream.url}/v1", models: [m]}]`,
  );
  const response = await post(`${app.url}/api/chat`, {
    model: "[阿里]-m",
    messages: MESSAGES,
    stream: false,
  });
  await response.text();
  expect(response.headers.get("x-ollama-proxy-provider")).toBe("%E9%98%BF%E9%87%8C");
});

const vectors = (count: number) =>
  Response.json({ data: Array.from({ length: count }, (_, index) => ({ index, embedding: [1, 0] })) });

test("embeddings are taken over by the next model as a whole", async () => {
  using a = startUpstream(() => fails(500));
  using b = startUpstream(({ text }) => vectors(JSON.parse(text).input.length));
  await using app = await startAlias({ upstreams: [a, b] });
  const reply = await post(`${app.url}/api/embed`, { model: "max", input: ["x", "y"] });
  expect([reply.status, reply.headers.get("x-ollama-proxy-provider")]).toEqual([200, "b"]);
});

test("all models share the limit of requests", async () => {
  using a = startUpstream(() => fails(503));
  using b = startUpstream(() => fails(503));
  using c = startUpstream(() => fails(503));
  const text = [a, b, c]
    .map(({ url }, index) => `- {name: p${index}, url: "${url}/v1", models: [m]}`)
    .join("\n");
  await using app = await startConfigured(
    `attempts: {max_requests: 2}\nproviders:\n${text}\nmodels: [{name: max, use: ["[p0]-m", "[p1]-m", "[p2]-m"]}]`,
  );
  expect((await ask(app.url)).status).toBe(503);
  expect([a, b, c].map(({ received }) => received.length)).toEqual([1, 1, 0]);
});

test("a request that only a relay can carry goes to the model that takes it", async () => {
  using a = startUpstream(() => says("a"));
  using b = startUpstream(({ path }) =>
    path === "/v1/responses"
      ? Response.json({ id: "r", object: "response", status: "completed", output: [], model: "m" })
      : fails(404),
  );
  await using app = await startConfigured(`providers:
- {name: a, url: "${a.url}/v1", models: [m]}
- {name: b, url: "${b.url}/v1", models: [m], options: {responses: relay}}
models: [{name: max, use: ["[a]-m", "[b]-m"]}]`);
  const body = { model: "max", input: "x", previous_response_id: "resp_1" };
  const response = await post(`${app.url}/v1/responses`, body);
  expect([response.status, response.headers.get("x-ollama-proxy-provider")]).toEqual([200, "b"]);
  expect(a.received).toEqual([]);
});

const STOPPED = { type: "message", role: "assistant", content: [], model: "m", usage: {} };

test.each(["refusal", "end_turn"])(
  "a relayed message without content, because of %s, is replaced",
  async (reason) => {
    const events = [
      { type: "message_start", message: { ...STOPPED, stop_reason: null } },
      { type: "message_delta", delta: { stop_reason: reason }, usage: {} },
      { type: "message_stop" },
    ];
    const stream = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join("");
    using a = startUpstream(({ text }) =>
      text.includes('"stream":true')
        ? new Response(stream, { headers: { "content-type": "text/event-stream" } })
        : Response.json({ ...STOPPED, stop_reason: reason }),
    );
    using b = startScripted("b", []);
    for (const isStreamed of [true, false]) {
      await using app = await startConfigured(`providers:
- {name: a, url: "${a.url}", api_type: Anthropic, models: [m]}
- {name: b, url: "${b.url}/v1", models: [m]}
models: [{name: max, use: ["[a]-m", "[b]-m"]}]`);
      const body = { max_tokens: 5, stream: isStreamed };
      expect(await ask(app.url, body, "/v1/messages")).toMatchObject({ status: 200, provider: "b" });
      const alone = await ask(app.url, { ...body, model: "[a]-m" }, "/v1/messages");
      expect(alone).toMatchObject({ status: 200, provider: "a" });
    }
  },
);

const CREATED = { id: "resp_1", object: "response", status: "in_progress", output: [], error: null };

test.each([
  [
    "a failure",
    {
      type: "response.failed",
      response: { ...CREATED, status: "failed", error: { code: "server_error", message: "No" } },
    },
  ],
  [
    "a content filter",
    {
      type: "response.incomplete",
      response: { ...CREATED, status: "incomplete", incomplete_details: { reason: "content_filter" } },
    },
  ],
  ["an empty reply", { type: "response.completed", response: { ...CREATED, status: "completed" } }],
  ["an error event", { type: "error", code: "server_error", message: "No" }],
  ["the end of the stream", undefined],
])("a relayed response that ends at once, with %s, is replaced", async (_, last) => {
  const events = [
    { type: "response.created", response: CREATED },
    { type: "response.in_progress", response: CREATED },
  ];
  const stream = [...events, ...(last === undefined ? [] : [last])]
    .map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
    .join("");
  using a = startUpstream(() => new Response(stream, { headers: { "content-type": "text/event-stream" } }));
  using b = startScripted("b", []);
  await using app = await startConfigured(`providers:
- {name: a, url: "${a.url}/v1", models: [m], options: {responses: relay}}
- {name: b, url: "${b.url}/v1", models: [m]}
models: [{name: max, use: ["[a]-m", "[b]-m"]}]`);
  const reply = await ask(app.url, { input: "hi", stream: true }, "/v1/responses");
  expect([reply.status, reply.provider]).toEqual([200, "b"]);
  expect(reply.text).not.toContain("resp_1");
});
