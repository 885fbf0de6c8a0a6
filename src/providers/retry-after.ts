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
 *     x-ratelimit-remaining-requests: 0                      OpenAI, Groq: the limits that are exhausted, and the time until
 *     x-ratelimit-reset-requests: 6m0s                       their reset
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
  if (resetMs !== undefined && resetMs >= MIN_EPOCH_MS) return plausible(resetMs - nowMs);
  const resets = ["requests", "tokens"].flatMap((limit) =>
    numberIn(headers.get(`x-ratelimit-remaining-${limit}`)) === 0
      ? (durationIn(headers.get(`x-ratelimit-reset-${limit}`) ?? "") ?? [])
      : [],
  );
  return resets.length === 0 ? undefined : plausible(Math.max(...resets));
}

const UNIT_MS: { readonly [unit: string]: number } = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Milliseconds of a duration as Go writes it: `6m0s`, `1.5s`, `20ms`. */
function durationIn(text: string): number | undefined {
  const parts = [...text.matchAll(/(\d{1,9}(?:\.\d{1,9})?)(ms|s|m|h|d)/g)];
  if (parts.map(([part]) => part).join("") !== text || parts.length === 0) return undefined;
  return parts.reduce((sum, [, amount, unit = ""]) => sum + Number(amount) * (UNIT_MS[unit] ?? 0), 0);
}

/** Accepts decimal digits only: no sign, no exponent, no empty text. */
function numberIn(text: string | null): number | undefined {
  return text !== null && /^\s*(?:\d+(?:\.\d*)?|\.\d+)\s*$/.test(text) ? Number(text) : undefined;
}

function plausible(ms: number | undefined): number | undefined {
  return ms !== undefined && ms >= 0 && ms <= MAX_RETRY_AFTER_MS ? ms : undefined;
}
