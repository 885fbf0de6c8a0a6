/** Several keys of one provider. `key-command.system.ts` has those that a command prints. */
import { expect, test } from "bun:test";
import { arrayAt, stringAt } from "../../src/wire/json.ts";
import { startConfigured } from "../support/app.ts";
import { KEYS, MESSAGES, ask, keyOf, says, used } from "../support/keys.ts";
import { Clock } from "../support/clock.ts";
import { type Upstream, startUpstream } from "../support/upstream.ts";

function poolOf({ url }: Upstream, keys: readonly string[] = KEYS): string {
  return `providers:\n- {name: a, url: "${url}/v1", models: [m], secret: [${keys.join(", ")}]}\n`;
}

test("requests rotate over the keys", async () => {
  using a = startUpstream(() => says("hi"));
  await using app = await startConfigured(poolOf(a));
  for (let index = 0; index < 5; index += 1) expect((await ask(app.url)).status).toBe(200);
  expect(used(a)).toEqual(["1111", "2222", "3333", "1111", "2222"]);
});

test("a conversation keeps its key", async () => {
  using a = startUpstream(() => says("hello"));
  await using app = await startConfigured(poolOf(a));
  await ask(app.url);
  await ask(app.url);
  const more = [...MESSAGES, { role: "assistant", content: "hello" }, { role: "user", content: "more" }];
  for (let index = 0; index < 3; index += 1) await ask(app.url, "[a]-m", more);
  expect(used(a)).toEqual(["1111", "2222", "2222", "2222", "2222"]);
});

test.each([
  ["rejected", 401, "Incorrect API key provided"],
  ["exhausted", 429, "You exceeded your current quota, please check your plan and billing details"],
  ["out of credit", 402, "Insufficient credits"],
  ["limited", 429, "Rate limit reached"],
])("a key that is %s rests, and the others are used", async (_, status, message) => {
  const clock = new Clock();
  let isBad = true;
  using a = startUpstream((request) =>
    isBad && keyOf(request) === KEYS[0] ? Response.json({ error: { message } }, { status }) : says("hi"),
  );
  await using app = await startConfigured(poolOf(a), clock.runtime);
  for (let index = 0; index < 4; index += 1) expect((await ask(app.url)).status).toBe(200);
  expect(used(a)).toEqual(["1111", "2222", "2222", "3333", "2222"]);
  expect(clock.pauses).toEqual([]);
  const shown = clock.logged("POST /api/chat").map(({ passedOver }) => passedOver);
  expect(shown[0]).toContain("a/m (key …1111): ");
  isBad = false;
  clock.advance(61_000);
  for (let index = 0; index < 3; index += 1) await ask(app.url);
  expect(used(a).slice(-3).toSorted()).toEqual(["1111", "2222", "3333"]);
});

test("an error names the key by its last characters, and no key is in it, in the log or in the status", async () => {
  const clock = new Clock();
  using a = startUpstream((request) =>
    Response.json({ error: { message: `Wrong key ${keyOf(request)}, not ${KEYS.join()}` } }, { status: 401 }),
  );
  await using app = await startConfigured(poolOf(a), clock.runtime);
  const { status, text } = await ask(app.url);
  expect(status).toBe(403);
  for (const end of ["1111", "2222", "3333"]) expect(text).toContain(`(key …${end})`);
  const state = await (await fetch(`${app.url}/ollama-proxy/status`)).text();
  expect(state).toContain('"key":"…1111"');
  for (const key of KEYS) expect(text + JSON.stringify(clock.lines) + state).not.toContain(key);
});

test("the last characters of a short key are not shown", async () => {
  using a = startUpstream(() => Response.json({ error: { message: "Wrong key" } }, { status: 401 }));
  await using app = await startConfigured(poolOf(a, ["short-11", "short-22"]));
  const { text } = await ask(app.url);
  expect(text).toContain("(key number 2)");
  expect(text).not.toContain("t-22");
});

test("a failure that is not about the key is no reason to use another one", async () => {
  using a = startUpstream(() => Response.json({ error: { message: "Broken" } }, { status: 500 }));
  await using app = await startConfigured(poolOf(a));
  expect((await ask(app.url)).status).toBe(500);
  // The same key is used again after a pause.
  expect(used(a)).toEqual(["1111", "1111", "1111"]);
});

test("the model list is read with a key that is accepted", async () => {
  using a = startUpstream((request) =>
    keyOf(request) === KEYS[2]
      ? Response.json({ data: [{ id: "listed" }] })
      : Response.json({ error: { message: "Wrong key" } }, { status: 401 }),
  );
  await using app = await startConfigured(poolOf(a).replace("models: [m], ", ""));
  const tags: unknown = await (await fetch(`${app.url}/api/tags`)).json();
  expect(arrayAt(tags, "models").map((model) => stringAt(model, "name"))).toEqual(["[a]-listed"]);
});

test("an alias moves to the next provider when all keys of one rest", async () => {
  using a = startUpstream(() => Response.json({ error: { message: "Wrong key" } }, { status: 401 }));
  using b = startUpstream(() => says("hi"));
  const text = `${poolOf(a)}- {name: b, url: "${b.url}/v1", models: [m]}\nmodels: [{name: max, use: ["[a]-m", "[b]-m"]}]`;
  await using app = await startConfigured(text);
  expect((await ask(app.url, "max")).status).toBe(200);
  expect((await ask(app.url, "max")).status).toBe(200);
  expect([a.received.length, b.received.length]).toEqual([3, 2]);
});

test("a command that does not exist affects its provider only", async () => {
  using a = startUpstream(() => says("hi"));
  const text = `providers:
- {name: a, url: "${a.url}/v1", models: [m], secret_command: [/does/not/exist, a]}
- {name: b, url: "${a.url}/v1", models: [m], secret: key-of-the-provider-b}
models: [{name: max, use: ["[a]-m", "[b]-m"]}]
`;
  await using app = await startConfigured(text);
  const { status, text: reply } = await ask(app.url);
  expect([status, reply]).toEqual([
    403,
    '{"error":"[a] The command in \\"secret_command\\" cannot be started (ENOENT); run it in a terminal and correct it"}',
  ]);
  expect((await ask(app.url, "max")).status).toBe(200);
});
