/** What a request costs. */
import type { Usage } from "./event.ts";

/** In US dollars per token. */
export interface Prices {
  readonly input: number;
  /** Reasoning tokens cost the same, unless `reasoning` says otherwise. */
  readonly output: number;
  /** Input that the provider had in its cache. Absent: it costs the same as other input. */
  readonly cached?: number | undefined;
  /** Input that was written to the cache. Absent: it costs the same as other input. */
  readonly cacheWrite?: number | undefined;
  readonly reasoning?: number | undefined;
}

/** In US dollars. `provider`: the provider reported it. `list`: the configuration or its model list has the price. `table`: the table of known prices has. */
export interface Cost {
  readonly usd: number;
  readonly source: "provider" | "list" | "table";
}

export interface KnownPrices {
  readonly prices: Prices;
  readonly source: Exclude<Cost["source"], "provider">;
}

/** The price of these tokens. Counts that are unknown are left out. */
export function priceOf(usage: Usage, prices: Prices): number {
  const {
    inputTokens = 0,
    outputTokens = 0,
    cachedTokens = 0,
    cacheWriteTokens = 0,
    reasoningTokens = 0,
  } = usage;
  const plainInput = Math.max(0, inputTokens - cachedTokens - cacheWriteTokens);
  const plainOutput = Math.max(0, outputTokens - reasoningTokens);
  return (
    plainInput * prices.input +
    cachedTokens * (prices.cached ?? prices.input) +
    cacheWriteTokens * (prices.cacheWrite ?? prices.input) +
    plainOutput * prices.output +
    reasoningTokens * (prices.reasoning ?? prices.output)
  );
}
