/** Models and keys that fail rest, are tried by one request, and return. */
import { expect, test } from "bun:test";
import { parseConfig } from "../../src/config/load.ts";
import { arrayAt, objectAt } from "../../src/wire/json.ts";
import { post, startConfigured } from "../support/app.ts";
import { Clock } from "../support/clock.ts";
import { type Received, type Upstream, startUpstream } from "../support/upstream.ts";

const MESSAGES = [{ role: "user", content: "hi" }];

function says(content: string): Response {
  return Response.json({ choices: [{ message: { role: "assistant", content }, finish_reason: "stop" }] });
}

function fails(status: number, headers: Record<string, string> = {}, message = "No"): Response {
  return Response.json({ error: { message } }, { status, headers });
}

function aliasOf(upstreams: readonly Upstream[]): string {
  const names = ["a", "b", "c"].slice(0, upstreams.length);
  const providers = upstreams.map(
    ({ url }, index) => `- {name: ${names[index]}, url: "${url}/v1", models: [m]}`,
  );
  const use = names.map((name) => `"[${name}]-m"`).join(", ");
  return `providers:\n${providers.join("\n")}\nmodels: [{name: max, use: [${use}]}]\n`;
}

async function ask(url: string, model = "max"): Promise<string> {
  const response = await post(`${url}/api/chat`, { model, messages: MESSAGES, stream: false });
  await response.text();
  return response.headers.get("x-ollama-proxy-provider") ?? String(response.status);
}

/** Who answers after each of these seconds. */
async function answersAfter(
  url: string,
  clock: Clock,
  seconds: readonly number[],
): Promise<readonly string[]> {
  const answers: string[] = [];
  for (const pause of seconds) {
    clock.advance(pause * 1000);
    answers.push(await ask(url));
  }
  return answers;
}

test.each([
  ["as long as `Retry-After` says", () => fails(429, { "retry-after": "20" }), [0, 19, 2], ["b", "b", "a"]],
  [
    "until the reset of its quota",
    () => fails(429, { "retry-after": "3600" }, "You exceeded your current quota, check your billing"),
    [0, 3590, 20],
    ["b", "b", "a"],
  ],
  ["for two seconds after a failure", () => fails(503), [0, 1, 2], ["b", "b", "a"]],
  ["for five seconds after a rate limit", () => fails(429), [0, 4, 2], ["b", "b", "a"]],
  ["for a minute after a rejected key", () => fails(401), [0, 59, 2], ["b", "b", "a"]],
] as const)("a model rests %s", async (_, failure, seconds, expected) => {
  const clock = new Clock();
  const left = [failure];
  using a = startUpstream(() => left.shift()?.() ?? says("a"));
  using b = startUpstream(() => says("b"));
  await using app = await startConfigured(aliasOf([a, b]), clock.runtime);
  expect(await answersAfter(app.url, clock, seconds)).toEqual([...expected]);
});

test("a rest doubles with every failure, and a success ends it", async () => {
  const clock = new Clock();
  let isDown = true;
  using a = startUpstream(() => (isDown ? fails(503) : says("a")));
  using b = startUpstream(() => says("b"));
  await using app = await startConfigured(aliasOf([a, b]), clock.runtime);
  const tries: number[] = [];
  for (let second = 0; second < 70; second += 1) {
    const before = a.received.length;
    await ask(app.url);
    if (a.received.length > before) tries.push(second);
    clock.advance(1000);
  }
  expect(tries).toEqual([0, 2, 6, 14, 30, 62]);
  isDown = false;
  clock.advance(64_000);
  expect(await ask(app.url)).toBe("a");
  isDown = true;
  expect(await answersAfter(app.url, clock, [0, 1, 2])).toEqual(["b", "b", "b"]);
  expect(a.received.length).toBe(tries.length + 3);
});

/** A provider that answers when the test says so. */
function startHeld() {
  const waiting: ((reply: Response) => void)[] = [];
  let arrival = Promise.withResolvers<void>();
  const upstream = startUpstream(
    () =>
      new Promise<Response>((resolve) => {
        waiting.push(resolve);
        arrival.resolve();
        arrival = Promise.withResolvers();
      }),
  );
  const arrived = async (count: number): Promise<void> => {
    while (upstream.received.length < count) await arrival.promise;
  };
  return { ...upstream, waiting, arrived };
}

test("when a rest is over, a single request tries the model, and the others do not wait for it", async () => {
  const clock = new Clock();
  using a = startHeld();
  using b = startUpstream(() => says("b"));
  await using app = await startConfigured(aliasOf([a, b]), clock.runtime);
  const first = ask(app.url);
  await a.arrived(1);
  a.waiting.shift()?.(fails(503));
  expect(await first).toBe("b");
  clock.advance(3000);
  const probe = ask(app.url);
  await a.arrived(2);
  expect(await Promise.all([ask(app.url), ask(app.url), ask(app.url)])).toEqual(["b", "b", "b"]);
  a.waiting.shift()?.(says("a"));
  expect(await probe).toBe("a");
  const all = Promise.all([ask(app.url), ask(app.url)]);
  await a.arrived(4);
  for (const reply of a.waiting) reply(says("a"));
  expect(await all).toEqual(["a", "a"]);
});

test("requests that wait for a failing model are spread over the others, one after the other", async () => {
  const clock = new Clock();
  using a = startHeld();
  using b = startHeld();
  using c = startHeld();
  await using app = await startConfigured(aliasOf([a, b, c]), clock.runtime);
  const all = Promise.all(Array.from({ length: 6 }, () => ask(app.url)));
  await a.arrived(6);
  for (const reply of a.waiting) reply(fails(503));
  await Promise.all([b.arrived(3), c.arrived(3)]);
  for (const reply of b.waiting) reply(says("b"));
  for (const reply of c.waiting) reply(says("c"));
  expect((await all).toSorted()).toEqual(["b", "b", "b", "c", "c", "c"]);
  // The first request at each of the two has no pause.
  expect(clock.pauses.length).toBe(4);
});

test("failures of requests that were sent together count once", async () => {
  const clock = new Clock();
  using a = startHeld();
  using b = startUpstream(() => says("b"));
  await using app = await startConfigured(aliasOf([a, b]), clock.runtime);
  const all = Promise.all(Array.from({ length: 5 }, () => ask(app.url)));
  await a.arrived(5);
  clock.advance(10);
  for (const reply of a.waiting) reply(fails(503));
  await all;
  expect(await restingAt(app.url)).toEqual([{ provider: "a", model: "m", key: null, failures: 1 }]);
});

async function restingAt(url: string): Promise<readonly object[]> {
  const status: unknown = await (await fetch(`${url}/ollama-proxy/status`)).json();
  return arrayAt(status, "providers").flatMap((provider) =>
    arrayAt(provider, "resting").map((rest) => {
      const { name: provider_ } = objectAt({ provider }, "provider") ?? {};
      const { model, key, failures } = objectAt({ rest }, "rest") ?? {};
      return { provider: provider_, model, key, failures };
    }),
  );
}

test("when all models rest, a request waits for the first one within its limit", async () => {
  const clock = new Clock();
  const left = [() => fails(429, { "retry-after": "2" }), () => says("a")];
  using a = startUpstream(() => left.shift()?.() ?? says("a"));
  using b = startUpstream(() => fails(429, { "retry-after": "4000" }));
  await using app = await startConfigured(aliasOf([a, b]), clock.runtime);
  expect(await ask(app.url)).toBe("429");
  expect(await ask(app.url)).toBe("a");
  expect(clock.pauses.length).toBe(1);
  expect(clock.pauses[0]).toBeGreaterThanOrEqual(2000);
});

test("when the last model fails, a request waits for one that rests", async () => {
  const clock = new Clock();
  const left = [() => fails(429, { "retry-after": "3" }), () => says("a")];
  using a = startUpstream(() => left.shift()?.() ?? says("a"));
  const others = [() => says("b"), () => fails(401)];
  using b = startUpstream(() => others.shift()?.() ?? fails(401));
  await using app = await startConfigured(aliasOf([a, b]), clock.runtime);
  expect(await ask(app.url)).toBe("b");
  expect(await ask(app.url)).toBe("a");
  expect(clock.pauses.length).toBe(1);
});

test("when all models rest for longer, the one that returns first is tried", async () => {
  const clock = new Clock();
  using a = startUpstream(() => fails(429, { "retry-after": "300" }));
  using b = startUpstream(() => fails(429, { "retry-after": "200" }));
  await using app = await startConfigured(aliasOf([a, b]), clock.runtime);
  expect(await ask(app.url)).toBe("429");
  expect(await ask(app.url)).toBe("429");
  expect([a.received.length, b.received.length]).toEqual([1, 2]);
  expect(clock.pauses).toEqual([]);
});

test("while one request tries a model that rests, others get its last error and the time", async () => {
  const clock = new Clock();
  using a = startHeld();
  const text = `providers:
- {name: a, url: "${a.url}/v1", models: [m, n]}
models: [{name: max, use: ["[a]-m", "[a]-n"]}]`;
  await using app = await startConfigured(text, clock.runtime);
  const failing = ask(app.url);
  await a.arrived(1);
  a.waiting.shift()?.(fails(401));
  expect(await failing).toBe("403");
  const trying = ask(app.url);
  await a.arrived(2);
  const body = { model: "max", messages: MESSAGES, stream: false };
  const other = await post(`${app.url}/api/chat`, body);
  expect([other.status, other.headers.get("retry-after")]).toEqual([403, "60"]);
  expect(await other.text()).toContain("it is tried again in 60 s");
  a.waiting.shift()?.(says("a"));
  expect(await trying).toBe("a");
  expect(a.received.length).toBe(2);
});

test("a model without an alternative is asked although it failed", async () => {
  const clock = new Clock();
  using a = startUpstream(() => fails(429, { "retry-after": "300" }));
  await using app = await startConfigured(aliasOf([a]), clock.runtime);
  for (const model of ["max", "[a]-m", "max"]) expect(await ask(app.url, model)).toBe("429");
  expect(a.received.length).toBe(3);
});

test("a request by the model's own name shares its health with the alias", async () => {
  using a = startUpstream(() => fails(401));
  using b = startUpstream(() => says("b"));
  await using app = await startConfigured(aliasOf([a, b]));
  expect(await ask(app.url, "[a]-m")).toBe("403");
  expect(await ask(app.url)).toBe("b");
  expect(a.received.length).toBe(1);
});

test("another model of the provider does not rest, unless the whole provider is down", async () => {
  using a = startUpstream(({ text }: Received) => (text.includes('"bad"') ? fails(503) : says("a")));
  using b = startUpstream(() => says("b"));
  await using app = await startConfigured(`
providers:
- {name: a, url: "${a.url}/v1", models: [bad, good]}
- {name: b, url: "${b.url}/v1", models: [m]}
- {name: gone, url: "http://127.0.0.1:1/v1", models: [x, y]}
models:
- {name: max, use: ["[a]-bad", "[b]-m"]}
- {name: min, use: ["[a]-good", "[b]-m"]}
- {name: one, use: ["[gone]-x", "[b]-m"]}
- {name: two, use: ["[gone]-y", "[b]-m"]}
`);
  expect(await ask(app.url)).toBe("b");
  expect(await ask(app.url, "min")).toBe("a");
  expect(await ask(app.url, "one")).toBe("b");
  expect(await ask(app.url, "two")).toBe("b");
  expect(await restingAt(app.url)).toEqual([
    { provider: "a", model: "bad", key: null, failures: 1 },
    { provider: "gone", model: null, key: null, failures: 1 },
  ]);
});

test("health survives a reload, and never removes a model from the list", async () => {
  using a = startUpstream(() => fails(401));
  using b = startUpstream(() => says("b"));
  const text = aliasOf([a, b]);
  await using app = await startConfigured(text);
  expect(await ask(app.url)).toBe("b");
  await app.app.reload({ ...parseConfig(text, "c.yaml", {}).config, port: 0 });
  expect(await ask(app.url)).toBe("b");
  expect(a.received.length).toBe(1);
  const tags: unknown = await (await fetch(`${app.url}/api/tags`)).json();
  expect(arrayAt(tags, "models").length).toBe(3);
});

test("a client that leaves says nothing about the model", async () => {
  using a = startHeld();
  using b = startUpstream(() => says("b"));
  await using app = await startConfigured(aliasOf([a, b]));
  const leaving = new AbortController();
  const body = { model: "max", messages: MESSAGES, stream: false };
  const left = post(`${app.url}/api/chat`, body, { signal: leaving.signal }).catch(() => "left");
  await a.arrived(1);
  leaving.abort();
  expect(await left).toBe("left");
  const next = ask(app.url);
  await a.arrived(2);
  for (const reply of a.waiting) reply(says("a"));
  expect(await next).toBe("a");
});
