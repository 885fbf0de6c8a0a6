/** What a request costs: as the provider reports it, else by its list, else by the table of public prices, else unknown. */
import { expect, test } from "bun:test";
import { priceOf } from "../../src/chat/prices.ts";
import { findPrices } from "../../src/models/prices.ts";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { Clock } from "../support/clock.ts";
import { startUpstream } from "../support/upstream.ts";

const COUNTS = { prompt_tokens: 1000, completion_tokens: 100 };
const PARTS = {
  prompt_tokens_details: { cached_tokens: 400 },
  completion_tokens_details: { reasoning_tokens: 60 },
};

interface Case {
  readonly usage: object;
  readonly entry?: object;
}

/** The cost in the log lines of a translated and of a relayed request. */
async function costs({ usage, entry = {} }: Case): Promise<readonly unknown[]> {
  const clock = new Clock();
  using upstream = startUpstream(({ path }) =>
    path.endsWith("/models")
      ? Response.json({ data: [{ id: "m", ...entry }] })
      : Response.json({ choices: [{ message: { content: "Hi" }, finish_reason: "stop" }], usage }),
  );
  await using app = await startTestApp([testProvider(upstream.url, { models: undefined })], clock.runtime);
  await (await fetch(`${app.url}/api/tags`)).text();
  const ask = { model: "[p]-m", messages: [{ role: "user", content: "hi" }], stream: false };
  for (const path of ["/api/chat", "/v1/chat/completions"]) await (await post(app.url + path, ask)).text();
  return clock.logged("POST").map(({ costUsd }) => costUsd);
}

const PER_TOKEN = { prompt: "0.000002", completion: "0.000008" };

test.each<[what: string, given: Case, expected: number | undefined]>([
  ["OpenRouter reports it", { usage: { ...COUNTS, cost: 0.0012 }, entry: { pricing: PER_TOKEN } }, 0.0012],
  ["Perplexity reports it", { usage: { ...COUNTS, cost: { total_cost: 0.0012 } } }, 0.0012],
  ["DeepInfra estimates it", { usage: { ...COUNTS, estimated_cost: 0.0012 } }, 0.0012],
  ["xAI reports it in ticks", { usage: { ...COUNTS, cost_in_usd_ticks: 12_000_000 } }, 0.0012],
  ["a free model costs nothing", { usage: { ...COUNTS, cost: 0 } }, 0],
  ["a cost below zero is none", { usage: { ...COUNTS, cost: -1 } }, undefined],
  ["nothing is known", { usage: COUNTS }, undefined],
  ["prices per token, as text", { usage: COUNTS, entry: { pricing: PER_TOKEN } }, 0.0028],
  [
    "cached input and reasoning have prices of their own",
    {
      usage: { ...COUNTS, ...PARTS },
      entry: { pricing: { ...PER_TOKEN, input_cache_read: "0.000001", internal_reasoning: "0.00001" } },
    },
    0.0004 + 0.0012 + 0.00032 + 0.0006,
  ],
  ["cached input costs the same", { usage: { ...COUNTS, ...PARTS }, entry: { pricing: PER_TOKEN } }, 0.0028],
  [
    "Vercel's names",
    { usage: COUNTS, entry: { pricing: { input: "0.000002", output: "0.000008" } } },
    0.0028,
  ],
  ["per million, as numbers", { usage: COUNTS, entry: { pricing: { input: 2, output: 8 } } }, 0.0028],
  [
    "DeepInfra's list",
    { usage: COUNTS, entry: { metadata: { pricing: { input_tokens: 2, output_tokens: 8 } } } },
    0.0028,
  ],
  [
    "LiteLLM's list",
    { usage: COUNTS, entry: { model_info: { input_cost_per_token: 2e-6, output_cost_per_token: 8e-6 } } },
    0.0028,
  ],
  [
    "a price that is not known yet",
    { usage: COUNTS, entry: { pricing: { prompt: "-1", completion: "-1" } } },
    undefined,
  ],
  ["half a price", { usage: COUNTS, entry: { pricing: { prompt: "0.000002" } } }, undefined],
])("%s", async (_what, given, expected) => {
  const found = await costs(given);
  expect(found).toEqual(
    expected === undefined
      ? [undefined, undefined]
      : [expect.closeTo(expected, 9), expect.closeTo(expected, 9)],
  );
});

test("the table has the prices of a provider's own models, and of no other provider", () => {
  const { prices, source } = findPrices({ id: "GPT-4o" }, "api.openai.com") ?? {};
  expect(source).toBe("table");
  expect(prices?.output).toBeGreaterThan(prices?.input ?? 0);
  expect(findPrices({ id: "gpt-4o" }, "llm.example.com")).toBeUndefined();
  expect(findPrices({ id: "no-such-model" }, "api.openai.com")).toBeUndefined();
  expect(findPrices({ id: "gpt-4o", prices: { input: 1, output: 2 } }, "api.openai.com")?.source).toBe(
    "list",
  );
});

test("input that is written to the cache has its own price, and counts never go below zero", () => {
  const prices = { input: 1, output: 10, cached: 0.1, cacheWrite: 2 };
  const usage = { inputTokens: 10, outputTokens: 1, cachedTokens: 4, cacheWriteTokens: 3 };
  expect(priceOf({ type: "usage", ...usage }, prices)).toBeCloseTo(3 + 0.4 + 6 + 10);
  expect(priceOf({ type: "usage", cachedTokens: 4, reasoningTokens: 2 }, prices)).toBeCloseTo(0.4 + 20);
  expect(priceOf({ type: "usage" }, prices)).toBe(0);
});
