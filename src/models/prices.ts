/**
 * The prices of a model: those of the provider's own list, else those of a table of public prices. A price belongs to one provider,
 * so the table has no rows for other providers.
 *
 * `bun run models:refresh` makes the table, with one section for each provider:
 *
 *     @ api.together.ai api.together.xyz      hosts of the section; `*` stands for any text
 *     openai/gpt-oss-120b 0.15 0.6 - -        id, then US dollars per million tokens: input, output, cached input, written to the cache
 */
import type { KnownPrices, Prices } from "../chat/prices.ts";
import type { ModelInfo } from "../chat/model.ts";
import { HostTable } from "./host-table.ts";
import text from "./known-prices.txt" with { type: "text" };

let table: HostTable<Prices> | undefined;

/** `host` is that of the provider's URL, with the port. Undefined: the price is not known. */
export function findPrices({ id, prices }: ModelInfo, host: string): KnownPrices | undefined {
  if (prices !== undefined) return { prices, source: "list" };
  // Parsed at the first lookup. A program whose providers list their prices never needs it.
  table ??= new HostTable(text, parsePrices);
  const known = table.rowsOf(host.toLowerCase())?.get(id.toLowerCase());
  return known && { prices: known, source: "table" };
}

const MILLION = 1_000_000;

function parsePrices(row: string): Prices {
  const [input = 0, output = 0, cached, cacheWrite] = row
    .split(" ")
    .map((price) => (price === "-" ? undefined : Number(price) / MILLION));
  return { input, output, cached, cacheWrite };
}
