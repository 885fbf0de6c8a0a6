/** When a provider wants to be asked again, in every form in which hosts say it. */

/** Longer than any quota that is known to be counted, by the month; a provider that says more is mistaken. */
const LONGEST_MS = 31 * 24 * 3_600_000;

/**
 * Milliseconds from now; undefined when the provider does not say, or says what cannot be meant: a negative number, a date in the
 * past, years.
 *
 *     retry-after-ms: 1500                                   Azure
 *     retry-after: 2   |   Wed, 21 Oct 2026 07:28:00 GMT     everyone, seconds or a date
 *     x-ratelimit-reset: 1761030000000                       OpenRouter, milliseconds since 1970
 */
export function retryAfterMs(headers: Headers, nowMs: number): number | undefined {
  const ms = numberIn(headers.get("retry-after-ms"));
  const value = headers.get("retry-after");
  return plausible(ms) ?? (value === null ? untilReset(headers, nowMs) : untilRetry(value, nowMs));
}

/** The same from the body of a refusal: `"retryDelay":"37s"`, Gemini's way. */
export function retryDelayMs(text: string): number | undefined {
  const seconds = numberIn(/"retryDelay"\s*:\s*"([^"]*)s"/.exec(text)?.[1] ?? null);
  return seconds === undefined ? undefined : plausible(seconds * 1000);
}

function untilRetry(value: string, nowMs: number): number | undefined {
  const seconds = numberIn(value);
  if (seconds !== undefined) return plausible(seconds * 1000);
  // Without this the runtime reads "-5" as a month.
  const isDate = /^\s*[a-z]{3,9},? /i.test(value) || /^\s*\d{4}-\d{2}-\d{2}/.test(value);
  return isDate ? plausible(Date.parse(value) - nowMs) : undefined;
}

/** Smaller numbers are counts of seconds or of something else, in every host's own way. */
const LEAST_EPOCH_MS = 1e12;

function untilReset(headers: Headers, nowMs: number): number | undefined {
  const resetMs = numberIn(headers.get("x-ratelimit-reset"));
  return resetMs !== undefined && resetMs >= LEAST_EPOCH_MS ? plausible(resetMs - nowMs) : undefined;
}

/** Decimal digits only: no sign, no exponent, nothing empty. */
function numberIn(text: string | null): number | undefined {
  return text !== null && /^\s*(?:\d+(?:\.\d*)?|\.\d+)\s*$/.test(text) ? Number(text) : undefined;
}

function plausible(ms: number | undefined): number | undefined {
  return ms !== undefined && ms >= 0 && ms <= LONGEST_MS ? ms : undefined;
}
