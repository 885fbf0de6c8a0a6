/** Data that is kept between requests is bounded, and a failed request leaves none. */
import { expect, test } from "bun:test";
import { arrayAt, stringAt } from "../../src/wire/json.ts";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { fixedRuntime } from "../support/runtime.ts";
import { type Received, startUpstream } from "../support/upstream.ts";

const HI = [{ role: "user", content: "hi" }];
const DELTA = { choices: [{ delta: { content: "Hi" }, finish_reason: "stop" }] };
const MISSING = () => Response.json({ error: { message: "no such model" } }, { status: 404 });

async function loaded(url: string): Promise<readonly unknown[]> {
  const body: unknown = await (await fetch(`${url}/api/ps`)).json();
  return arrayAt(body, "models").map((model) => stringAt(model, "name"));
}

/** Every way to use a model, and what a provider that has it answers. */
const USES = [
  ["/api/chat", { messages: HI }, "openai"],
  ["/api/chat", { messages: HI, stream: false }, "openai"],
  ["/api/chat", { messages: HI }, "ollama"],
  ["/api/generate", { prompt: "hi" }, "openai"],
  ["/api/generate", {}, "ollama"],
  ["/api/embed", { input: "hi" }, "openai"],
  ["/api/embed", { input: "hi" }, "ollama"],
  ["/api/embeddings", { prompt: "hi" }, "openai"],
  ["/v1/chat/completions", { messages: HI, stream: true }, "openai"],
  ["/v1/chat/completions", { messages: HI }, "openai"],
  ["/v1/embeddings", { input: "hi" }, "openai"],
  ["/v1/messages", { messages: HI, max_tokens: 5 }, "openai"],
  ["/v1/responses", { input: "hi" }, "openai"],
] as const;

function replyTo({ path, text }: Received): Response {
  const streams = JSON.parse(text).stream === true;
  if (path.endsWith("/embeddings"))
    return Response.json({ object: "list", data: [{ index: 0, embedding: [1] }] });
  if (path === "/api/embed") return Response.json({ embeddings: [[1]] });
  if (path.startsWith("/api/")) {
    return Response.json({ message: { role: "assistant", content: "Hi" }, response: "Hi", done: true });
  }
  const message = { role: "assistant", content: "Hi" };
  return streams
    ? new Response(`data: ${JSON.stringify(DELTA)}\n\ndata: [DONE]\n\n`)
    : Response.json({ object: "chat.completion", choices: [{ index: 0, message, finish_reason: "stop" }] });
}

test.each(USES)("%s %j of a model that its provider (%s) lacks leaves nothing in /api/ps", async (...use) => {
  const [path, ask, apiType] = use;
  let isThere = false;
  using upstream = startUpstream((request) =>
    isThere && request.method === "POST" ? replyTo(request) : MISSING(),
  );
  const url = apiType === "ollama" ? upstream.url : `${upstream.url}/v1`;
  // A provider without a list: whatever is asked of it may exist.
  await using app = await startTestApp([testProvider(url, { apiType, models: undefined })]);
  const attempt = async () => {
    const response = await post(app.url + path, { model: "[p]-x", ...ask });
    await response.text();
    return response.status;
  };
  expect(await attempt()).toBe(404);
  expect(await loaded(app.url)).toEqual([]);
  isThere = true;
  expect(await attempt()).toBe(200);
  expect(await loaded(app.url)).toEqual(["[p]-x"]);
});

test("a model that no provider has leaves nothing in /api/ps", async () => {
  await using app = await startTestApp([testProvider("http://127.0.0.1:9/v1")]);
  for (const [path, ask] of USES) {
    expect((await post(app.url + path, { model: "x", ...ask })).status).toBe(404);
  }
  expect(await loaded(app.url)).toEqual([]);
});

test("the most recently used models count as loaded, up to the limit", async () => {
  const models = ["a", "b", "c"].map((name) => ({ name }));
  await using app = await startTestApp([testProvider("http://127.0.0.1:9/v1", { models })], fixedRuntime(), {
    limits: { maxLoadedModels: 2 },
  });
  for (const model of ["a", "b", "a", "c"]) await post(`${app.url}/api/generate`, { model });
  expect(new Set(await loaded(app.url))).toEqual(new Set(["[p]-a", "[p]-c"]));
});

test("a name may be as long as the limit, and not longer", async () => {
  const name = "x".repeat(1000);
  await using app = await startTestApp([
    testProvider("http://127.0.0.1:9/v1", { models: [{ name: name.slice(4) }] }),
  ]);
  const load = (model: string) => post(`${app.url}/api/generate`, { model });
  expect((await load(`[p]-${name.slice(4)}`)).status).toBe(200);
  const refused = await load(`[p]-${name.slice(3)}`);
  expect([refused.status, await refused.json()]).toEqual([
    400,
    { error: "The model name is too long; the limit is 1000 characters" },
  ]);
});

test("a name and a problem that are too long are cut in the log", async () => {
  const logged: unknown[] = [];
  const runtime = fixedRuntime((level, _message, fields) => {
    if (level !== "debug") logged.push(fields);
  });
  const long = "x".repeat(1001);
  using upstream = startUpstream(() => Response.json({ error: { message: long } }, { status: 400 }));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)], runtime);
  await post(`${app.url}/api/chat`, { model: long, messages: HI });
  await post(`${app.url}/api/chat`, { model: "m", messages: HI });
  expect(logged).toMatchObject([
    { model: `${long.slice(1)}…` },
    { model: "m", problem: `[p] ${long.slice(5)}…` },
  ]);
});

/** Chats once with each model in turn, at a host that takes no `seed` and no `top_p`, and tells which requests it refused. */
async function refusals(limits: object, models: readonly string[]): Promise<readonly string[]> {
  const refused: string[] = [];
  using upstream = startUpstream(({ text }) => {
    const body = JSON.parse(text);
    const field = ["seed", "top_p"].find((name) => name in body);
    if (field === undefined) return new Response(`data: ${JSON.stringify(DELTA)}\n\n`);
    refused.push(`${body.model} ${field}`);
    return Response.json({ error: { message: `Unsupported parameter: '${field}'` } }, { status: 400 });
  });
  await using app = await startTestApp(
    [testProvider(`${upstream.url}/v1`, { models: [{ name: "a" }, { name: "b" }] })],
    fixedRuntime(),
    { limits },
  );
  for (const model of models) {
    await (
      await post(`${app.url}/api/chat`, { model, messages: HI, options: { seed: 1, top_p: 0.5 } })
    ).text();
  }
  return refused;
}

test("learned fixes are kept for the most recent models, up to the limit", async () => {
  const turns = ["a", "b", "a"];
  expect(await refusals({}, turns)).toEqual(["a seed", "a top_p", "b seed", "b top_p"]);
  expect(await refusals({ maxLearnedModels: 1 }, turns)).toEqual([
    "a seed",
    "a top_p",
    "b seed",
    "b top_p",
    "a seed",
    "a top_p",
  ]);
});

test("the most recent fixes of one model are kept, up to the limit", async () => {
  expect(await refusals({ maxLearnedFixesPerModel: 2 }, ["a", "a"])).toEqual(["a seed", "a top_p"]);
  expect(await refusals({ maxLearnedFixesPerModel: 1 }, ["a", "a"])).toEqual(["a seed", "a top_p", "a seed"]);
});

function called(id: string): readonly object[] {
  return [
    { role: "assistant", content: "", tool_calls: [{ id, function: { name: "f", arguments: {} } }] },
    { role: "tool", tool_call_id: id, content: "1" },
  ];
}

/** The thinking that a host gets back with the history of calls `1` and `2`, which it made before. */
async function remembered(limits: object): Promise<readonly unknown[]> {
  using upstream = startUpstream(({ text }) => {
    const turn = JSON.parse(text).messages.length;
    const call = { id: `call_${turn}`, function: { name: "f", arguments: "{}" } };
    const delta = { reasoning_content: "hm".repeat(turn), tool_calls: [call] };
    return new Response(
      `data: ${JSON.stringify({ choices: [{ delta }] })}\n\n` +
        'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n',
    );
  });
  await using app = await startTestApp(
    [testProvider(`${upstream.url}/v1`, { options: { reasoningHistoryField: "reasoning_content" } })],
    fixedRuntime(),
    { limits },
  );
  const chat = async (messages: readonly object[]) =>
    (await post(`${app.url}/api/chat`, { model: "m", messages })).text();
  await chat(HI);
  await chat([...HI, ...HI]);
  await chat([...HI, ...called("call_1"), ...called("call_2")]);
  return arrayAt(JSON.parse(upstream.received.at(-1)?.text ?? ""), "messages")
    .filter((message) => stringAt(message, "role") === "assistant")
    .map((message) => stringAt(message, "reasoning_content"));
}

test("thinking is kept for calls up to the limits of number and size", async () => {
  expect(await remembered({})).toEqual(["hm", "hmhm"]);
  expect(await remembered({ maxRememberedCalls: 1 })).toEqual([undefined, "hmhm"]);
  // `call_1` and `call_2`, with the JSON of `{"reasoning":"hm"}` and `{"reasoning":"hmhm"}`.
  expect(await remembered({ maxRememberedCharacters: 6 + 18 + 6 + 20 })).toEqual(["hm", "hmhm"]);
  expect(await remembered({ maxRememberedCharacters: 6 + 18 + 6 + 19 })).toEqual([undefined, "hmhm"]);
  expect(await remembered({ maxRememberedCharacters: 6 + 19 })).toEqual(["hm", undefined]);
});

/** How often a server is asked to show its models, one after the other, and again. */
async function shows(limits: object, models: readonly string[]): Promise<readonly unknown[]> {
  const said = JSON.stringify({ license: "MIT" });
  using upstream = startUpstream(() => new Response(said));
  await using app = await startTestApp(
    [testProvider(upstream.url, { apiType: "ollama", models: [{ name: "a" }, { name: "b" }] })],
    fixedRuntime(),
    { limits },
  );
  for (const model of models) await (await post(`${app.url}/api/show`, { model })).text();
  return upstream.received.map(({ text }) => stringAt(JSON.parse(text), "model"));
}

test("answers of /api/show are kept up to the limits of number and size", async () => {
  const size = JSON.stringify({ license: "MIT" }).length;
  const turns = ["a", "b", "a"];
  expect(await shows({}, turns)).toEqual(["a", "b"]);
  expect(await shows({ maxKeptShows: 1 }, turns)).toEqual(["a", "b", "a"]);
  expect(await shows({ maxKeptShowCharacters: 2 * size }, turns)).toEqual(["a", "b"]);
  expect(await shows({ maxKeptShowCharacters: 2 * size - 1 }, turns)).toEqual(["a", "b", "a"]);
});
