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
  let edited = "";
  let copied = 0;
  let at = skipSpace(text, 0);
  if (text[at] !== "{") return text;
  at = skipSpace(text, at + 1);
  while (text[at] === '"') {
    const keyEnd = skipString(text, at);
    const name: unknown = JSON.parse(text.slice(at, keyEnd));
    const start = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const end = skipValue(text, start);
    if (typeof name === "string" && name.toLowerCase() === key) {
      edited += text.slice(copied, start) + literal;
      copied = end;
    }
    at = skipSpace(text, end);
    if (text[at] !== ",") break;
    at = skipSpace(text, at + 1);
  }
  return edited + text.slice(copied);
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
