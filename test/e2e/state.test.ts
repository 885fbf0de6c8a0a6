/** The state of a provider survives a changed configuration while the provider has the same identity. */
import { expect, test } from "bun:test";
import { arrayAt, parseJson, stringAt } from "../../src/wire/json.ts";
import { post, startTestApp, testConfig, testProvider } from "../support/app.ts";
import { Clock } from "../support/clock.ts";
import { Folder } from "../support/folder.ts";
import { startUpstream } from "../support/upstream.ts";

const ASK = { model: "[p]-m", messages: [{ role: "user", content: "hi" }], options: { temperature: 1 } };
const HELLO =
  'data: {"choices":[{"delta":{"content":"Hello"}}]}\n\ndata: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n';
const DAY_MS = 24 * 3_600_000;
const REFUSED = "Unsupported parameter: 'temperature'";

function failure(status: number, message: string): Response {
  return Response.json({ error: { message } }, { status });
}

function answer(path: string, text: string): Response {
  if (path.endsWith("/models")) return Response.json({ data: [{ id: "m" }] });
  return text.includes("temperature") ? failure(400, REFUSED) : new Response(HELLO);
}

async function namesAt(url: string): Promise<readonly (string | undefined)[]> {
  const body = parseJson(await (await fetch(url)).text());
  return arrayAt(body, "models").map((model) => stringAt(model, "name"));
}

async function datesAt(url: string): Promise<readonly (string | undefined)[]> {
  const body = parseJson(await (await fetch(`${url}/api/tags`)).text());
  return arrayAt(body, "models").map((model) => stringAt(model, "modified_at"));
}

test("a provider that is down while the file is saved keeps its models, listed and loaded", async () => {
  const clock = new Clock();
  let isDown = false;
  using upstream = startUpstream(({ path, text }) => (isDown ? failure(503, "Down") : answer(path, text)));
  const provider = testProvider(`${upstream.url}/v1`, { models: undefined });
  await using app = await startTestApp([provider], clock.runtime);
  await (await post(`${app.url}/api/chat`, { ...ASK, options: {} })).text();
  isDown = true;
  clock.advance(4 * 60_000);
  await app.app.reload(testConfig([{ ...provider, timeouts: { firstByteMs: 1000, idleMs: 1000 } }]));
  expect(await namesAt(`${app.url}/api/tags`)).toEqual(["[p]-m"]);
  expect(await namesAt(`${app.url}/api/ps`)).toEqual(["[p]-m"]);
});

test("a provider whose key file has another key is the same provider", async () => {
  const clock = new Clock();
  let isDown = false;
  using folder = new Folder();
  using upstream = startUpstream(({ path, text }) => (isDown ? failure(503, "Down") : answer(path, text)));
  const secretFile = folder.write("key", "the-first-key-1");
  const provider = testProvider(`${upstream.url}/v1`, {
    models: undefined,
    secretFile,
    secrets: ["the-first-key-1"],
  });
  await using app = await startTestApp([provider], clock.runtime);
  expect(await namesAt(`${app.url}/api/tags`)).toEqual(["[p]-m"]);
  isDown = true;
  folder.write("key", "the-second-key-2");
  await app.app.reload(testConfig([{ ...provider, secrets: ["the-second-key-2"] }]));
  expect(await namesAt(`${app.url}/api/tags`)).toEqual(["[p]-m"]);
});

test("what was learned of requests, and of the base path, is used after a reload", async () => {
  using upstream = startUpstream(({ path, text }) =>
    path.startsWith("/v1/") ? new Response("404 page not found", { status: 404 }) : answer(path, text),
  );
  const provider = testProvider(upstream.url);
  await using app = await startTestApp([provider]);
  await (await post(`${app.url}/api/chat`, ASK)).text();
  const before = upstream.received.length;
  await app.app.reload(testConfig([{ ...provider, dropParams: ["seed"] }]));
  await (await post(`${app.url}/api/chat`, ASK)).text();
  expect(
    upstream.received.slice(before).map(({ path, text }) => [path, text.includes("temperature")]),
  ).toEqual([["/chat/completions", false]]);
});

test("what an Ollama server said of a model is not asked for again", async () => {
  using upstream = startUpstream(({ path }) =>
    path === "/api/show"
      ? Response.json({ modelfile: "x", details: {}, model_info: {}, capabilities: ["completion"] })
      : Response.json({ models: [] }),
  );
  const provider = testProvider(upstream.url, { apiType: "ollama" });
  await using app = await startTestApp([provider]);
  await (await post(`${app.url}/api/show`, { model: "[p]-m" })).text();
  await app.app.reload(testConfig([{ ...provider, dropParams: ["seed"] }]));
  await (await post(`${app.url}/api/show`, { model: "[p]-m" })).text();
  expect(upstream.received.filter(({ path }) => path === "/api/show").length).toBe(1);
});

test.each([
  ["credential", { secrets: ["another-secret"] }],
  ["name", { name: "q" }],
  ["header", { headers: { "x-account": "2" } }],
] as const)("with another %s it is another provider, of which nothing is known", async (_what, change) => {
  using upstream = startUpstream(({ path, text }) => answer(path, text));
  const provider = testProvider(`${upstream.url}/v1`);
  await using app = await startTestApp([provider]);
  await (await post(`${app.url}/api/chat`, { ...ASK, model: "m" })).text();
  await app.app.reload(testConfig([{ ...provider, ...change }]));
  expect(await namesAt(`${app.url}/api/ps`)).toEqual([]);
  await (await post(`${app.url}/api/chat`, { ...ASK, model: "m" })).text();
  expect(upstream.received.map(({ text }) => text.includes("temperature"))).toEqual([
    true,
    false,
    true,
    false,
  ]);
});

test("a list that is asked for because the models changed is asked for again after a reload", async () => {
  const asked = Promise.withResolvers<void>();
  const lists: readonly (readonly string[])[] = [["a"], [], ["a", "b"]];
  let count = 0;
  using upstream = startUpstream(({ path }) => {
    if (path !== "/api/tags") return new Response();
    count += 1;
    if (count === 2) {
      asked.resolve();
      return new Promise<Response>(() => undefined);
    }
    const names = lists[count - 1] ?? [];
    const described = { capabilities: ["completion"], details: { context_length: 1 } };
    return Response.json({ models: names.map((name) => ({ name, model: name, ...described })) });
  });
  const provider = testProvider(upstream.url, { apiType: "ollama", models: undefined });
  await using app = await startTestApp([provider]);
  expect(await namesAt(`${app.url}/api/tags`)).toEqual(["[p]-a"]);
  await (await post(`${app.url}/api/copy`, { source: "[p]-a", destination: "[p]-b" })).text();
  const waiting = namesAt(`${app.url}/api/tags`);
  await asked.promise;
  await app.app.reload(testConfig([provider]));
  expect(await namesAt(`${app.url}/api/tags`)).toEqual(["[p]-a", "[p]-b"]);
  await waiting;
});

test("a provider that was removed is forgotten", async () => {
  using upstream = startUpstream(({ path, text }) => answer(path, text));
  const provider = testProvider(`${upstream.url}/v1`);
  await using app = await startTestApp([provider]);
  await (await post(`${app.url}/api/chat`, ASK)).text();
  await app.app.reload(testConfig([]));
  await app.app.reload(testConfig([provider]));
  expect(await namesAt(`${app.url}/api/ps`)).toEqual([]);
  await (await post(`${app.url}/api/chat`, ASK)).text();
  expect(upstream.received.map(({ text }) => text.includes("temperature"))).toEqual([
    true,
    false,
    true,
    false,
  ]);
});

test("a reload does not move the date of models that have none", async () => {
  const clock = new Clock();
  const provider = testProvider("http://127.0.0.1:1");
  await using app = await startTestApp([provider], clock.runtime);
  const dates = await datesAt(app.url);
  clock.advance(3_600_000);
  await app.app.reload(testConfig([provider]));
  expect(dates).toEqual([expect.stringMatching(/^2026-01-01T00:00:00/)]);
  expect(await datesAt(app.url)).toEqual([...dates]);
});

test("a fix is used for a day, named in each line that it affects, and then tried anew", async () => {
  const clock = new Clock();
  using upstream = startUpstream(({ path, text }) => answer(path, text));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)], clock.runtime);
  const ask = async (options: object): Promise<void> => {
    await (await post(`${app.url}/api/chat`, { ...ASK, options })).text();
  };
  await ask({ temperature: 1 });
  clock.advance(DAY_MS - 1);
  await ask({ temperature: 1 });
  await ask({ seed: 1 });
  clock.advance(1);
  await ask({ temperature: 1 });
  expect(upstream.received.map(({ text }) => text.includes("temperature"))).toEqual([
    true,
    false,
    false,
    false,
    true,
    false,
  ]);
  expect(clock.logged("POST").map(({ fixes, attempts }) => [fixes, attempts])).toEqual([
    ["drop:temperature", 2],
    ["drop:temperature", 1],
    [undefined, 1],
    ["drop:temperature", 2],
  ]);
});

test("a learned option is named only where it changes the request", async () => {
  const clock = new Clock();
  using upstream = startUpstream(({ text }) =>
    text.includes("json_schema")
      ? failure(400, "response_format json_schema is not supported")
      : new Response(HELLO),
  );
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)], clock.runtime);
  const format = { type: "object" };
  for (const body of [{ ...ASK, format }, { ...ASK, format }, ASK])
    await (await post(`${app.url}/api/chat`, body)).text();
  const fix = 'json_schema_mode="json-object"';
  expect(clock.logged("POST").map(({ fixes }) => fixes)).toEqual([fix, fix, undefined]);
});

test.each([
  ["never succeeds", "Invalid value for response_format: json_schema", true],
  [
    "is the fault of its own schema",
    "Invalid schema for response_format 'x': In context=(), 'type' is missing",
    false,
  ],
])("a request that %s does not switch schemas off for others", async (_what, message, failsForEver) => {
  using upstream = startUpstream(({ text }) => {
    if (!text.includes("bad")) return new Response(HELLO);
    return failsForEver || text.includes("json_schema") ? failure(400, message) : new Response(HELLO);
  });
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const bad = { ...ASK, format: { type: "object", properties: { bad: { type: "string" } } } };
  const first = await post(`${app.url}/api/chat`, bad);
  expect([first.status, upstream.received.length > 1]).toEqual([failsForEver ? 400 : 200, true]);
  await first.text();
  await (await post(`${app.url}/api/chat`, { ...ASK, format: { type: "object" } })).text();
  expect(upstream.received.at(-1)?.text).toContain("json_schema");
});

test("a list that fails is logged once per cause, with the command that explains it, also across reloads", async () => {
  let answered = Promise.withResolvers<void>();
  const clock = new Clock((_level, message) => {
    if (/^(?:Cannot list|The model list)/.test(message)) answered.resolve();
  });
  const causes = ["Wrong key (request a1b2c3d4)", "Wrong key (request e5f6a7b8)", "Out of money", ""];
  using upstream = startUpstream(() => {
    const cause = causes[Math.min(upstream.received.length, causes.length) - 1] ?? "";
    return cause === "" ? Response.json({ data: [] }) : failure(401, cause);
  });
  const provider = testProvider(`${upstream.url}/v1`, { models: undefined });
  await using app = await startTestApp([provider], clock.runtime);
  await answered.promise;
  for (const turn of [1, 2, 3]) {
    answered = Promise.withResolvers();
    clock.advance(15_000);
    await app.app.reload(testConfig([provider]));
    // A name that nobody has makes the program ask again, and wait for the answer.
    await (await post(`${app.url}/api/show`, { model: `x${turn}` })).text();
    if (turn > 1) await answered.promise;
  }
  const failed = "Cannot list the models of the provider; run `ollama-proxy check` for details";
  expect(clock.lines.filter(({ message }) => /^(?:Cannot list|The model list)/.test(message))).toMatchObject([
    { level: "warn", message: failed, fields: { provider: "p", cause: expect.stringContaining("a1b2c3d4") } },
    {
      level: "warn",
      message: failed,
      fields: { provider: "p", cause: expect.stringContaining("Out of money") },
    },
    {
      level: "info",
      message: "The model list of the provider is available again",
      fields: { provider: "p" },
    },
  ]);
});
