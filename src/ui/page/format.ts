/** Writes numbers for people. */

const WHOLE = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const ONE_DIGIT = new Intl.NumberFormat("en-US", { maximumFractionDigits: 1 });
const COMPACT = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });

export function whole(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : WHOLE.format(value);
}

export function compact(value: number | null | undefined): string {
  return value === null || value === undefined ? "–" : COMPACT.format(value);
}

export function rate(value: number | null | undefined): string {
  return value === null || value === undefined || value <= 0 ? "–" : ONE_DIGIT.format(value);
}

/** A duration: `320 ms`, `4.2 s`, `3 min 5 s`. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return "–";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${ONE_DIGIT.format(ms / 1000)} s`;
  return `${Math.floor(ms / 60_000)} min ${Math.round((ms % 60_000) / 1000)} s`;
}

/** `unknown`, never zero, when the cost is not known. `+`: the cost of some requests is not known. */
export function cost(usd: number | null | undefined, unpriced = 0): string {
  if (usd === null || usd === undefined) return "unknown";
  return `$${usd.toFixed(usd < 0.1 && usd > 0 ? 4 : 2)}${unpriced > 0 ? "+" : ""}`;
}

export function time(ms: number): string {
  return new Date(ms).toLocaleTimeString("en-GB");
}
