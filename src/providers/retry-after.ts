/** Reads when a provider wants the next request, in every format that providers use. */

/** The longest known quota period is a month. Longer times are errors of the provider. */
const MAX_RETRY_AFTER_MS = 31 * 24 * 3_600_000;

/**
 * Milliseconds from now. Undefined when the provider gives no time or an implausible one: a negative number, a date in the past,
 * years.
 *
 *     retry-after-ms: 1500                                   Azure
 *     retry-after: 2   |   Wed, 21 Oct 2026 07:28:00 GMT     most providers, seconds or a date
 *     llm_provider-retry-after: 2                            LiteLLM, in front of such a provider
 *     x-ratelimit-reset: 1761030000000                       OpenRouter, milliseconds since 1970
 */
export function retryAfterMs(headers: Headers, nowMs: number): number | undefined {
  const ms = numberIn(headers.get("retry-after-ms"));
  const value = headers.get("retry-after") ?? headers.get("llm_provider-retry-after");
  return plausible(ms) ?? (value === null ? untilReset(headers, nowMs) : untilRetry(value, nowMs));
}

/** The same from the body of an error response: Gemini sends `"retryDelay":"37s"`. */
export function retryDelayMs(text: string): number | undefined {
  const seconds = numberIn(/"retryDelay"\s*:\s*"([^"]*)s"/.exec(text)?.[1] ?? null);
  return seconds === undefined ? undefined : plausible(seconds * 1000);
}

function untilRetry(value: string, nowMs: number): number | undefined {
  const seconds = numberIn(value);
  if (seconds !== undefined) return plausible(seconds * 1000);
  // `Date.parse` would read "-5" as a month.
  const isDate = /^\s*[a-z]{3,9},? /i.test(value) || /^\s*\d{4}-\d{2}-\d{2}/.test(value);
  return isDate ? plausible(Date.parse(value) - nowMs) : undefined;
}

/** Smaller numbers are not times in milliseconds. Their meaning differs between providers. */
const MIN_EPOCH_MS = 1e12;

function untilReset(headers: Headers, nowMs: number): number | undefined {
  const resetMs = numberIn(headers.get("x-ratelimit-reset"));
  return resetMs !== undefined && resetMs >= MIN_EPOCH_MS ? plausible(resetMs - nowMs) : undefined;
}

/** Accepts decimal digits only: no sign, no exponent, no empty text. */
function numberIn(text: string | null): number | undefined {
  return text !== null && /^\s*(?:\d+(?:\.\d*)?|\.\d+)\s*$/.test(text) ? Number(text) : undefined;
}

function plausible(ms: number | undefined): number | undefined {
  return ms !== undefined && ms >= 0 && ms <= MAX_RETRY_AFTER_MS ? ms : undefined;
}
