/** When a provider wants to be asked again, in every form in which hosts say it. */

/**
 * Milliseconds from now; undefined when the provider does not say.
 *
 *     retry-after-ms: 1500                                   Azure
 *     retry-after: 2   |   Wed, 21 Oct 2026 07:28:00 GMT     everyone, seconds or a date
 *     x-ratelimit-reset: 1761030000000                       OpenRouter, milliseconds since 1970
 */
export function retryAfterMs(headers: Headers, nowMs: number): number | undefined {
  const ms = Number(headers.get("retry-after-ms") ?? Number.NaN);
  if (ms >= 0) return ms;
  const value = headers.get("retry-after");
  if (value === null) return untilReset(headers.get("x-ratelimit-reset"), nowMs);
  const waitMs = /^\s*[\d.]+\s*$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}

/** Smaller numbers are counts of seconds or of something else, in every host's own way. */
const LEAST_EPOCH_MS = 1e12;

function untilReset(value: string | null, nowMs: number): number | undefined {
  const resetMs = Number(value ?? Number.NaN);
  return resetMs >= LEAST_EPOCH_MS ? Math.max(0, resetMs - nowMs) : undefined;
}

/** The same from the body of a refusal: `"retryDelay":"37s"`, Gemini's way. */
export function retryDelayMs(text: string): number | undefined {
  const seconds = /"retryDelay"\s*:\s*"([\d.]+)s"/.exec(text)?.[1];
  return seconds === undefined ? undefined : Number(seconds) * 1000;
}
