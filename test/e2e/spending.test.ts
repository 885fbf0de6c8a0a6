/** Limits on what requests may cost. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseConfig } from "../../src/config/load.ts";
import type { Config } from "../../src/config/schema.ts";
import { type TestApp, post, startTestApp, testConfig, testProvider } from "../support/app.ts";
import { Clock } from "../support/clock.ts";
import { startUpstream } from "../support/upstream.ts";

const DAY_MS = 86_400_000;
const folder = mkdtempSync(join(tmpdir(), "spending-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** Each reply costs one dollar and has 100 tokens. */
const upstream = startUpstream(() =>
  Response.json({
    choices: [{ message: { content: "Hi" }, finish_reason: "stop" }],
    usage: { prompt_tokens: 90, completion_tokens: 10, cost: 1 },
  }),
);
afterAll(() => upstream[Symbol.dispose]());

const PROVIDERS = [
  testProvider(upstream.url, { name: "a", models: [{ name: "m" }, { name: "n" }] }),
  testProvider(upstream.url, { name: "b", models: [{ name: "m" }] }),
];
const KEYS = [{ name: "laptop", secret: "laptop-0123456789abcdef", secretFile: undefined }];

function limitsOf(text: string): Config["limits"] {
  return parseConfig(`limits: [${text}]`, "ollama-proxy.yaml", {}).config.limits;
}

function start(limits: string, clock = new Clock(), config: Partial<Config> = {}): Promise<TestApp> {
  return startTestApp(PROVIDERS, clock.runtime, { config: { limits: limitsOf(limits), ...config } });
}

async function chat({ url }: TestApp, model = "[a]-m", headers: Record<string, string> = {}) {
  const ask = { model, messages: [{ role: "user", content: "hi" }], stream: false };
  const response = await post(`${url}/api/chat`, ask, { headers });
  const text = await response.text();
  return response.status === 200 ? 200 : `${response.status} ${JSON.parse(text).error}`;
}

function refused(words: string, per = "day"): string {
  return `403 A limit of ollama-proxy is reached: ${words} a ${per}. Raise it under "limits" in ollama-proxy.yaml, or wait for the next ${per}`;
}

test("a limit refuses the request after the reply that reaches it, and ends with its span", async () => {
  const clock = new Clock();
  await using app = await start("{provider: a, usd: 2, per: day}", clock);
  expect(await chat(app)).toBe(200);
  expect(await chat(app)).toBe(200);
  expect(await chat(app)).toBe(refused("provider a: $2.00 of $2.00"));
  expect(await chat(app, "[b]-m")).toBe(200);
  clock.advance(DAY_MS);
  expect(await chat(app)).toBe(200);
});

test.each([
  ["{tokens: 100, per: month}", ["[a]-m", "[b]-m"], refused("all requests: 100 of 100 tokens", "month")],
  ["{model: '[a]-m', usd: 1, per: day}", ["[a]-m", "[a]-m"], refused("model [a]-m: $1.00 of $1.00")],
  ["{model: '[a]-m', usd: 1, per: day}", ["[a]-m", "[a]-n"], 200],
  ["{model: '[a]-m', usd: 1, per: day}", ["[a]-m:latest", "[A]-M"], refused("model [a]-m: $1.00 of $1.00")],
  [
    "{provider: A, usd: 1, tokens: 1000, per: day}",
    ["[a]-m", "[a]-n"],
    refused("provider A: $1.00 of $1.00 and 100 of 1000 tokens"),
  ],
] as const)("%s", async (limits, [first, second], expected) => {
  await using app = await start(limits);
  expect(await chat(app, first)).toBe(200);
  expect(await chat(app, second)).toBe(expected);
});

test("limits of an app and of a key apply to their requests alone", async () => {
  await using app = await start("{app: zed, usd: 1, per: day}, {key: laptop, usd: 2, per: day}", undefined, {
    apiKeys: KEYS,
  });
  const key = { authorization: `Bearer ${KEYS[0]?.secret}` };
  const zed = { ...key, "user-agent": "Zed/1.2 (linux)" };
  expect(await chat(app, "[a]-m", zed)).toBe(200);
  expect(await chat(app, "[a]-m", zed)).toBe(refused("app zed: $1.00 of $1.00"));
  expect(await chat(app, "[a]-m", key)).toBe(200);
  expect(await chat(app, "[a]-m", key)).toBe(refused("key laptop: $2.00 of $2.00"));
});

test("an alias goes on to its next candidate", async () => {
  const clock = new Clock();
  const { aliases } = parseConfig(
    "providers: [{name: a, url: 'http://127.0.0.1:1', models: [m]}, {name: b, url: 'http://127.0.0.1:1', models: [m]}]\n" +
      "models: [{name: big, use: ['[a]-m', '[b]-m']}]",
    "ollama-proxy.yaml",
    {},
  ).config;
  await using app = await start("{provider: a, usd: 1, per: day}", clock, { aliases });
  expect(await chat(app, "big")).toBe(200);
  expect(await chat(app, "big")).toBe(200);
  expect(clock.logged("POST").map(({ provider }) => provider)).toEqual(["a", "b"]);
});

test("the log warns once when 80% are spent, and the status shows what is spent", async () => {
  const clock = new Clock();
  await using app = await start("{usd: 5, per: day}", clock);
  for (let count = 0; count < 5; count += 1) await chat(app);
  const warnings = clock.lines.filter(({ level }) => level === "warn").map(({ message }) => message);
  expect(warnings[0]).toBe("80% of a limit is spent: all requests: $4.00 of $5.00 a day");
  expect(warnings).toHaveLength(1);
  const status = await (await fetch(`${app.url}/ollama-proxy/status`)).text();
  expect(JSON.parse(status).limits).toEqual(["all requests: $5.00 of $5.00 a day"]);
});

test("what was spent survives a reload and a restart", async () => {
  const clock = new Clock();
  const limits = "{provider: a, usd: 2, per: month}, {app: zed, tokens: 150, per: day}";
  const historyPath = join(folder, "usage.sqlite");
  const usage = { keepDays: 90, maxMegabytes: 100 };
  const settings = { config: { limits: limitsOf(limits), usage }, historyPath };
  const zed = { "user-agent": "Zed/1.2" };
  {
    await using app = await startTestApp(PROVIDERS, clock.runtime, settings);
    expect(await chat(app, "[a]-m", zed)).toBe(200);
    await app.app.reload(
      testConfig(PROVIDERS, { ...settings.config, limits: limitsOf(`${limits}, {usd: 100, per: day}`) }),
    );
    expect(await chat({ ...app, url: app.app.urls[0] ?? "" }, "[a]-m", zed)).toBe(200);
    expect(await chat({ ...app, url: app.app.urls[0] ?? "" })).toBe(
      refused("provider a: $2.00 of $2.00", "month"),
    );
  }
  await using app = await startTestApp(PROVIDERS, clock.runtime, settings);
  expect(await chat(app)).toBe(refused("provider a: $2.00 of $2.00", "month"));
  expect(await chat(app, "[b]-m", zed)).toBe(refused("app zed: 200 of 150 tokens"));
});

test.each([
  ["limits: 5", "Expected a list of limits"],
  ["limits: [{usd: 5}]", "Expected the key `per`"],
  ["limits: [{usd: 5, per: year}]", "Expected day or month"],
  ["limits: [{provider: a, per: day}]", "Expected `usd` or `tokens`"],
  ["limits: [{usd: 0, per: day}]", "Expected more than 0 US dollars"],
  ["limits: [{tokens: many, per: day}]", "Expected a number of tokens"],
])("%s is a mistake", (text, message) => {
  expect(() => parseConfig(text, "ollama-proxy.yaml", {})).toThrow(message);
});
