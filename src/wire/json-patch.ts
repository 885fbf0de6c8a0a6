/** Changes a JSON text and keeps every byte of the unchanged parts: long numbers, escapes, order and spacing. */
import { skipSpace, skipString, skipValue } from "./json-edit.ts";
import { isObject, isSame } from "./json.ts";

/**
 * The JSON text of `after`, where `text` is the JSON text of `before`. Values that both share, by identity, keep their
 * text. `after` may replace, add and omit members and elements of `before`.
 */
export function patchJson(text: string, before: unknown, after: unknown): string {
  if (before === after) return text;
  if (isObject(before) && isObject(after)) return patchObject(text, before, after);
  if (Array.isArray(before) && Array.isArray(after)) return patchArray(text, before, after);
  return JSON.stringify(after);
}

interface Member {
  readonly key: string;
  /** With the space around it. */
  readonly text: string;
  /** Where the value begins and ends in that text. */
  readonly start: number;
  readonly end: number;
}

function patchObject(
  text: string,
  before: { readonly [key: string]: unknown },
  after: { readonly [key: string]: unknown },
): string {
  if (isSame(before, after)) return text;
  const members = membersOf(text);
  // When a key occurs twice, JSON.parse keeps the last member.
  const last = new Map(members.map(({ key }, index) => [key, index]));
  const kept = members.flatMap((member, index) => {
    const { key, start, end } = member;
    if (!Object.hasOwn(after, key)) return [];
    if (before[key] === after[key]) return [member.text];
    if (last.get(key) !== index) return [];
    const value = patchJson(member.text.slice(start, end), before[key], after[key]);
    return [member.text.slice(0, start) + value + member.text.slice(end)];
  });
  const added = Object.entries(after)
    .filter(([key, value]) => !last.has(key) && value !== undefined)
    .map(([key, value]) => `${JSON.stringify(key)}:${JSON.stringify(value)}`);
  return `{${[...kept, ...added].join(",")}}`;
}

function patchArray(text: string, before: readonly unknown[], after: readonly unknown[]): string {
  const texts = elementsOf(text);
  const indexes = new Map(before.map((element, index) => [element, index]));
  const isAligned = before.length === after.length;
  const patched = after.map((element, position) => {
    const index = indexes.get(element);
    if (index !== undefined) return texts[index] ?? JSON.stringify(element);
    const old = isAligned ? texts[position] : undefined;
    return old === undefined ? JSON.stringify(element) : patchJson(old, before[position], element);
  });
  return `[${patched.join(",")}]`;
}

function membersOf(text: string): readonly Member[] {
  return partsOf(text).map(([from, to]) => {
    const keyStart = skipSpace(text, from);
    const keyEnd = skipString(text, keyStart);
    const start = skipSpace(text, skipSpace(text, keyEnd) + 1);
    const key: unknown = JSON.parse(text.slice(keyStart, keyEnd));
    return {
      key: typeof key === "string" ? key : "",
      text: text.slice(from, to),
      start: start - from,
      end: skipValue(text, start) - from,
    };
  });
}

function elementsOf(text: string): readonly string[] {
  return partsOf(text).map(([from, to]) => text.slice(from, to).trim());
}

/** Where each member of an object, or element of an array, begins and ends, with the space around it. */
function partsOf(text: string): readonly (readonly [from: number, to: number])[] {
  const parts: (readonly [number, number])[] = [];
  const isList = text[skipSpace(text, 0)] === "[";
  let from = skipSpace(text, 0) + 1;
  for (;;) {
    const start = skipSpace(text, from);
    if (start >= text.length || text[start] === "]" || text[start] === "}") return parts;
    const value = isList ? start : skipSpace(text, skipSpace(text, skipString(text, start)) + 1);
    const to = skipSpace(text, skipValue(text, value));
    parts.push([from, to]);
    if (text[to] !== ",") return parts;
    from = to + 1;
  }
}
