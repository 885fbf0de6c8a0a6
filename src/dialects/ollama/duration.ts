/**
 * `keep_alive`, and how long a model stays "loaded".
 *
 *     300   "5m"   "1h30m"   "0"        a number counts seconds; a text is a Go duration
 *     -1    "-1m"                       any negative value: forever
 */
import { ProxyError } from "../../chat/error.ts";

const UNIT_MS: { readonly [unit: string]: number } = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Milliseconds; `Infinity` is forever. Throws with the words of Go's parser. */
export function parseKeepAlive(value: unknown): number {
  if (typeof value === "number") return value < 0 ? Infinity : value * 1000;
  if (typeof value === "string") {
    const ms = parseGoDuration(value);
    return ms < 0 ? Infinity : ms;
  }
  throw new ProxyError(
    "bad-request",
    `Unsupported type: '${typeof value === "boolean" ? "bool" : typeof value}'`,
  );
}

function parseGoDuration(text: string): number {
  const unsigned = text.replace(/^[+-]/, "");
  if (unsigned === "0") return 0;
  if (!/^(?:(?:\d+\.?\d*|\.\d+)[^\d.]*)+$/.test(unsigned)) {
    throw new ProxyError("bad-request", `time: invalid duration "${text}"`);
  }
  let ms = 0;
  for (const [, amount, unit] of unsigned.matchAll(/([\d.]+)([^\d.]*)/g)) {
    if (unit === undefined || unit === "") {
      throw new ProxyError("bad-request", `time: missing unit in duration "${text}"`);
    }
    const scale = UNIT_MS[unit];
    if (scale === undefined)
      throw new ProxyError("bad-request", `time: unknown unit "${unit}" in duration "${text}"`);
    ms += Number(amount) * scale;
  }
  return text.startsWith("-") ? -ms : ms;
}
