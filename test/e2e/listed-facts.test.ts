/** What the model lists say of models is what is known, and what is not known is not there. */
import { expect, test } from "bun:test";
import { arrayAt, objectAt, stringAt } from "../../src/wire/json.ts";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { Clock } from "../support/clock.ts";
import { startUpstream } from "../support/upstream.ts";

const HI = [{ role: "user", content: "hi" }];
const REPLY = { choices: [{ index: 0, message: { content: "Hi" }, finish_reason: "stop" }] };

async function valuesAt(url: string, key: string): Promise<readonly (string | undefined)[]> {
  const body: unknown = await (await fetch(url)).json();
  return arrayAt(body, "models").map((model) => stringAt(model, key));
}

test("a date that moves with every list does not move the date of the model", async () => {
  const clock = new Clock();
  using upstream = startUpstream(() =>
    Response.json({ data: [{ id: "m", created: Math.floor(clock.runtime.now() / 1000) }] }),
  );
  await using app = await startTestApp(
    [testProvider(`${upstream.url}/v1`, { models: undefined })],
    clock.runtime,
  );
  const [first] = await valuesAt(`${app.url}/api/tags`, "modified_at");
  clock.advance(3_600_000);
  await (await post(`${app.url}/api/chat`, { model: "[p]-unknown", messages: HI })).text();
  expect(upstream.received.filter(({ method }) => method === "GET").length).toBe(2);
  expect(await valuesAt(`${app.url}/api/tags`, "modified_at")).toEqual([first]);
});

const LOAD = { messages: [] };
const CHAT = { messages: HI, stream: false };

const WORDS = { 400: "Bad content", 401: "Wrong key", 404: "The model `m` does not exist", 500: "Broken" };

test.each([
  ["after it was only loaded", [LOAD], 500, []],
  ["for want of a key, although it worked before", [CHAT], 401, []],
  ["because it is gone, although it worked before", [CHAT], 404, []],
  ["for what was asked, and it worked before", [CHAT, LOAD], 400, ["[p]-m"]],
] as const)("a model that was refused %s: it runs or not", async (_what, before, status, running) => {
  let isRefused = false;
  using upstream = startUpstream(() =>
    isRefused ? Response.json({ error: { message: WORDS[status] } }, { status }) : Response.json(REPLY),
  );
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const chat = async (body: object) =>
    (await post(`${app.url}/api/chat`, { model: "[p]-m", ...body })).text();
  for (const body of before) await chat(body);
  expect(await valuesAt(`${app.url}/api/ps`, "name")).toEqual(["[p]-m"]);
  isRefused = true;
  await chat(CHAT);
  expect(await valuesAt(`${app.url}/api/ps`, "name")).toEqual([...running]);
});

test.each([
  ["ollama/0.33.0 (amd64 linux) Go/go1.26.8", undefined],
  ["ollama-python/0.6.2 (x86_64 linux) Python/3.11.7", undefined],
  ["ollama-js/0.6.4 (x64 linux Node.js/v20.20.2)", undefined],
  ["ktor-client", 0],
])("the unknown embedding length that %s gets is %p", async (agent, expected) => {
  await using app = await startTestApp([testProvider("http://127.0.0.1:9/v1")]);
  const response = await post(
    `${app.url}/api/show`,
    { model: "[p]-m" },
    { headers: { "user-agent": agent } },
  );
  const info = objectAt(await response.json(), "model_info") ?? {};
  expect(info["m.context_length"]).toBe(32_768);
  expect(info["m.embedding_length"]).toBe(expected);
});
