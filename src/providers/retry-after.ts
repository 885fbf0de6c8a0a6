/** When a provider wants to be asked again, in every form in which hosts say it. */

/**
 * Milliseconds from now; undefined when the provider does not say.
 *
 *     retry-after-ms: 1500                                   Azure
 *     retry-after: 2   |   Wed, 21 Oct 2026 07:28:00 GMT     everyone, seconds or a date
 */
export function retryAfterMs(headers: Headers, nowMs: number): number | undefined {
  const ms = Number(headers.get("retry-after-ms") ?? Number.NaN);
  if (ms >= 0) return ms;
  const value = headers.get("retry-after");
  if (value === null) return undefined;
  const waitMs = /^\s*[\d.]+\s*$/.test(value) ? Number(value) * 1000 : Date.parse(value) - nowMs;
  return Number.isNaN(waitMs) ? undefined : Math.max(0, waitMs);
}
