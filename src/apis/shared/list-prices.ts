/**
 * The prices in a model list.
 *
 *     "pricing":{"prompt":"0.000002","completion":"0.000008","input_cache_read":"0.0000005",        OpenRouter, Requesty: per token, as text
 *       "input_cache_write":"0.0000025","internal_reasoning":"0"}
 *     "pricing":{"input":"0.000002","output":"0.000008","input_cache_read":"0.0000005"}             Vercel: per token, as text
 *     "pricing":{"input":0.27,"output":0.85}                                                        Together: per million tokens, as numbers
 *     "metadata":{"pricing":{"input_tokens":0.5,"output_tokens":1.5,"cache_read_tokens":0.1}}       DeepInfra: per million tokens
 *     "model_info":{"input_cost_per_token":2e-6,"output_cost_per_token":8e-6}                       LiteLLM: per token
 */
import type { Prices } from "../../chat/prices.ts";
import { type JsonObject, objectAt } from "../../wire/json.ts";

const MILLION = 1_000_000;

interface Names {
  readonly input: string;
  readonly output: string;
  readonly cached: string;
  readonly cacheWrite: string;
  readonly reasoning: string;
}

const OPENROUTER: Names = {
  input: "prompt",
  output: "completion",
  cached: "input_cache_read",
  cacheWrite: "input_cache_write",
  reasoning: "internal_reasoning",
};
const PLAIN: Names = { ...OPENROUTER, input: "input", output: "output" };
const DEEPINFRA: Names = {
  input: "input_tokens",
  output: "output_tokens",
  cached: "cache_read_tokens",
  cacheWrite: "cache_write_tokens",
  reasoning: "reasoning_tokens",
};
const LITELLM: Names = {
  input: "input_cost_per_token",
  output: "output_cost_per_token",
  cached: "cache_read_input_token_cost",
  cacheWrite: "cache_creation_input_token_cost",
  reasoning: "output_cost_per_reasoning_token",
};

/** Undefined: the entry has no prices. A price of zero is a price. */
export function decodePrices(entry: JsonObject): Prices | undefined {
  const pricing = objectAt(entry, "pricing");
  return (
    read(pricing, OPENROUTER, 1) ??
    // Text is a price per token, a number one per million.
    read(pricing, PLAIN, typeof pricing?.["input"] === "number" ? MILLION : 1) ??
    read(objectAt(objectAt(entry, "metadata"), "pricing"), DEEPINFRA, MILLION) ??
    read(objectAt(entry, "model_info"), LITELLM, 1)
  );
}

function read(prices: JsonObject | undefined, names: Names, tokens: number): Prices | undefined {
  if (prices === undefined) return undefined;
  const [input, output, cached, cacheWrite, reasoning] = [
    names.input,
    names.output,
    names.cached,
    names.cacheWrite,
    names.reasoning,
  ].map((name) => priceIn(prices[name], tokens));
  if (input === undefined || output === undefined) return undefined;
  return { input, output, cached, cacheWrite, reasoning: reasoning === 0 ? undefined : reasoning };
}

/** A negative price says that it is not known yet (OpenRouter's router). */
function priceIn(value: unknown, tokens: number): number | undefined {
  const price = typeof value === "string" && value.trim() !== "" ? Number(value) : value;
  return typeof price === "number" && Number.isFinite(price) && price >= 0 ? price / tokens : undefined;
}
