/** Reads untrusted JSON without throwing. A missing or mistyped field is absent. */

import { tooDeepAt } from "./nesting.ts";

export type JsonObject = { readonly [key: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function objectAt(value: unknown, key: string): JsonObject | undefined {
  const found = isObject(value) ? value[key] : undefined;
  return isObject(found) ? found : undefined;
}

const NOTHING: readonly unknown[] = [];

export function arrayAt(value: unknown, key: string): readonly unknown[] {
  const found = isObject(value) ? value[key] : undefined;
  return Array.isArray(found) ? found : NOTHING;
}

export function stringAt(value: unknown, key: string): string | undefined {
  const found = isObject(value) ? value[key] : undefined;
  return typeof found === "string" ? found : undefined;
}

export function numberAt(value: unknown, key: string): number | undefined {
  const found = isObject(value) ? value[key] : undefined;
  return typeof found === "number" && Number.isFinite(found) ? found : undefined;
}

/** The value of a JSON text. Undefined when the text is not JSON or is nested too deeply. */
export function parseJson(text: string): unknown {
  if (tooDeepAt(text) !== -1) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Whether two objects have the same members, by identity. */
export function isSame(a: JsonObject, b: JsonObject): boolean {
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => a[key] === b[key]);
}

/** The object with the member set; the same object when it is set already. */
export function withMember(object: JsonObject, key: string, value: unknown): JsonObject {
  return object[key] === value ? object : { ...object, [key]: value };
}

/** The changed list; the same list when no entry changes. */
export function mapped(
  list: readonly unknown[],
  change: (entry: unknown, index: number) => unknown,
): readonly unknown[] {
  const changed = list.map(change);
  return changed.every((entry, index) => entry === list[index]) ? list : changed;
}

/** Whether a text is a JSON value that shows where it ends, as a number does not. */
export function isJsonDocument(text: string): boolean {
  return /^\s*[[{]/.test(text) && parseJson(text) !== undefined;
}
