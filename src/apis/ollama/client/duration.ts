/**
 * `keep_alive`, and how long a model stays "loaded".
 *
 *     300   "5m"   "1h30m"   "0"        a number is in seconds, a text is a Go duration
 *     -1    "-1m"                       any negative value: forever
 */
import { ProxyError } from "../../../chat/error.ts";

const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ["ns", 1e-6],
  ["us", 1e-3],
  ["\u00b5s", 1e-3], // micro sign
  ["\u03bcs", 1e-3], // Greek letter mu
  ["ms", 1],
  ["s", 1000],
  ["m", 60_000],
  ["h", 3_600_000],
]);

/** Milliseconds; `Infinity` is forever. Throws with the exact messages of Go's parser. */
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
  let ms = 0;
  let end = 0;
  for (const { 0: part, 1: amount, 2: unit = "", index } of unsigned.matchAll(PART)) {
    if (index !== end) break;
    end += part.length;
    if (unit === "") throw refused("missing unit in duration", text);
    const scale = UNIT_MS.get(unit);
    if (scale === undefined) throw refused(`unknown unit ${JSON.stringify(unit)} in duration`, text);
    ms += Number(amount) * scale;
  }
  if (end === 0 || end !== unsigned.length) throw refused("invalid duration", text);
  return text.startsWith("-") ? -ms : ms;
}

/**
 * A number and its unit. A part ends at the digit or dot that begins the next part, so that no two matches
 * share a character.
 */
const PART = /(\d+(?:\.\d*)?|\.\d+)([^\d.]*)/g;

function refused(why: string, text: string): ProxyError {
  return new ProxyError("bad-request", `time: ${why} ${JSON.stringify(text.slice(0, MAX_QUOTED))}`);
}

/** Most characters of an invalid duration that the error quotes. */
const MAX_QUOTED = 100;
