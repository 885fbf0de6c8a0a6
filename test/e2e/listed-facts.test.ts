/** What the model lists say of models is what is known, and what is not known is not there. */
import { expect, test } from "bun:test";
import { arrayAt, stringAt } from "../../src/wire/json.ts";
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
