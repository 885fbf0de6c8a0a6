/**
 * JSON whose integers beyond 2^53 keep their digits: each is read as an object that `JSON.stringify` writes as the number it was.
 * Only for values that are passed on unread. https://tc39.es/proposal-json-parse-with-source
 */
import { isObject } from "./json.ts";

declare global {
  // What TypeScript's library lacks.
  interface JSON {
    parse(
      text: string,
      reviver: (key: string, value: unknown, context: { readonly source?: string }) => unknown,
    ): unknown;
    rawJSON(text: string): object;
    isRawJSON(value: unknown): boolean;
  }
}

/** Only a text with such a number can hold an integer that a double cannot. */
const LONG_NUMBER = /\d{16}/;

/** The text parsed with every digit, or `value`, which it parses to, when that has them all. Never throws. */
export function exactJson(text: string, value: unknown): unknown {
  if (value === undefined || !LONG_NUMBER.test(text)) return value;
  try {
    return JSON.parse(text, (_key, read, { source }) =>
      typeof read === "number" && source !== undefined && isRounded(read, source)
        ? JSON.rawJSON(source)
        : read,
    );
  } catch {
    // With a reviver the parser is recursive: it takes fewer levels than without. The digits of such a text are lost.
    return value;
  }
}

/** Arguments of a tool that are an object. Within a string the quotes are escaped. */
const ARGUMENTS = /"(?:arguments|input)"\s*:\s*\{/;

/** The frame of a reply whose text is `text`, with every digit in the arguments of tools. */
export function exactFrame(text: string, frame: unknown): unknown {
  return ARGUMENTS.test(text) ? exactJson(text, frame) : frame;
}

function isRounded(value: number, source: string): boolean {
  return !Number.isSafeInteger(value) && /^-?\d+$/.test(source) && String(value) !== source;
}

/** Keys of one value, as deep as `levels`, are looked through. */
const LEVELS = 8;

/** `value` with what is under one of the keys taken from `exact`, which is the same value with every digit. */
function withExact(value: unknown, exact: unknown, keys: ReadonlySet<string>, levels = LEVELS): unknown {
  if (value === exact || levels === 0) return value;
  if (Array.isArray(value) && Array.isArray(exact)) {
    return value.map((entry: unknown, index) => withExact(entry, exact[index], keys, levels - 1));
  }
  if (!isObject(value) || !isObject(exact) || JSON.isRawJSON(exact)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [
      key,
      keys.has(key) ? exact[key] : withExact(member, exact[key], keys, levels - 1),
    ]),
  );
}

/** Keys of requests whose values are passed on unread: schemas, and arguments of tools. */
const UNREAD: ReadonlySet<string> = new Set([
  "arguments",
  "format",
  "input",
  "input_schema",
  "parameters",
  "schema",
]);

/** The value of a request's text, with every digit in what is passed on unread. */
export function exactBody(body: { readonly text: string; readonly value: unknown }): unknown {
  return withExact(body.value, exactJson(body.text, body.value), UNREAD);
}
