/** Finds entries of a list that repeat a value of an earlier entry. */
import type * as v from "valibot";
import { isMapping } from "./fields.ts";

/** The indices of entries whose `key` has the value of an earlier entry, ignoring case. The list may contain invalid entries. */
export function findDuplicates(entries: unknown, key: string): readonly number[] {
  const seen = new Set<string>();
  const duplicates: number[] = [];
  if (!Array.isArray(entries)) return duplicates;
  for (const [index, entry] of entries.entries()) {
    const value = isMapping(entry) ? entry[key] : undefined;
    if (typeof value !== "string") continue;
    const folded = value.toLowerCase();
    if (seen.has(folded)) duplicates.push(index);
    seen.add(folded);
  }
  return duplicates;
}

/** The path of an issue with one value of one entry. */
export function entryPath(index: number, key: string): [v.ArrayPathItem, v.ObjectPathItem] {
  return [
    { type: "array", origin: "value", input: [], key: index, value: undefined },
    { type: "object", origin: "value", input: {}, key, value: undefined },
  ];
}
