/**
 * Edits JSON text and keeps every other byte. Parsing and writing again would change long numbers, escapes, order and
 * spacing.
 */
import { closingQuote } from "./nesting.ts";

/**
 * The text of a JSON object with the value of its member `key` (in any case, every occurrence) replaced by `literal`,
 * which is JSON text. Members of nested objects are not touched. `text` must be valid JSON. It is returned
 * unchanged when it is not an object or lacks the member.
 */
export function replaceMember(text: string, key: string, literal: string): string {
  return replaceValues(text, valuesOf(text, key), literal);
}

/** Where a value begins and ends. */
type Extent = readonly [start: number, end: number];

function replaceValues(text: string, values: readonly Extent[], literal: string): string {
  let edited = "";
  let copied = 0;
  for (const [start, end] of values) {
    edited += text.slice(copied, start) + literal;
    copied = end;
  }
  return edited + text.slice(copied);
}

/** The values of the member `key`, in any case. */
function valuesOf(text: string, key: string): readonly Extent[] {
  const found: Extent[] = [];
  let at = skipSpace(text, 0);
  if (text[at] !== "{") return found;
  at = skipSpace(text, at + 1);
  while (text[at] === '"') {
    const keyEnd = skipString(text, at);
    const name: unknown = JSON.parse(text.slice(at, keyEnd));
    const start = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = skipValue(text, start);
    if (typeof name === "string" && name.toLowerCase() === key) found.push([start, end]);
    at = skipSpace(text, end);
    if (text[at] !== ",") break;
    at = skipSpace(text, at + 1);
  }
  return found;
}

/** What may be the member `model` once more. A key may be written with escapes. */
const MODEL_AGAIN = /"model"|\\u/i;

/**
 * Replaces the member `model` in the events of one stream, as `replaceMember` does. The events begin with the same text, so the member is
 * first looked for at the place where it was in the last event.
 */
export class ModelReplacer {
  readonly #literal: string;
  /** The last event up to the value, and the value. An empty value matches nothing. */
  #head = "";
  #value = "";

  /** `literal` is the JSON text of the client's name. */
  constructor(literal: string) {
    this.#literal = literal;
  }

  replace(text: string): string {
    const head = this.#head;
    const value = this.#value;
    if (value !== "" && text.startsWith(value, head.length) && text.startsWith(head)) {
      const rest = text.slice(head.length + value.length);
      if (!MODEL_AGAIN.test(rest)) return head + this.#literal + rest;
    }
    return this.#search(text);
  }

  #search(text: string): string {
    const values = valuesOf(text, "model");
    const [start = 0, end = 0] = values[0] ?? [];
    // The end of a text is certain. `1` could be the beginning of `12`.
    const isKept = values.length === 1 && text[start] === '"';
    this.#head = isKept ? text.slice(0, start) : "";
    this.#value = isKept ? text.slice(start, end) : "";
    return replaceValues(text, values, this.#literal);
  }
}

export function skipSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && text.charCodeAt(at) <= 32) at += 1;
  return at;
}

/** `from` is an opening quote; returns the index after the closing one. */
export function skipString(text: string, from: number): number {
  const end = closingQuote(text, from + 1);
  return end === -1 ? text.length : end + 1;
}

export function skipValue(text: string, from: number): number {
  const first = text[from];
  if (first === '"') return skipString(text, from);
  if (first !== "{" && first !== "[") {
    let at = from;
    while (at < text.length && !/[\s,\]}]/.test(text.charAt(at))) at += 1;
    return at;
  }
  let depth = 0;
  for (let at = from; at < text.length; at += 1) {
    const character = text[at];
    if (character === '"') at = skipString(text, at) - 1;
    else if (character === "{" || character === "[") depth += 1;
    else if (character === "}" || character === "]") depth -= 1;
    if (depth === 0) return at + 1;
  }
  return text.length;
}

/** Valid JSON text without the white space between its values; every value stays as it was written. */
export function compactJson(text: string): string {
  let compact = "";
  let at = 0;
  while (at < text.length) {
    const quote = text.indexOf('"', at);
    const end = quote === -1 ? text.length : quote;
    compact += text.slice(at, end).replaceAll(/[ \t\r\n]+/g, "");
    at = quote === -1 ? end : skipString(text, quote);
    compact += text.slice(end, at);
  }
  return compact;
}
