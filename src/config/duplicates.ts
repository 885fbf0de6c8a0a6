/** Entries of a list that say what an entry above them says already. */
import type * as v from "valibot";
import { isMapping } from "./fields.ts";

/** The places of entries whose `key` an earlier one has, in any case; other faults may have left anything in the list. */
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

/** Of an issue with one value of one entry. */
export function entryPath(index: number, key: string): [v.ArrayPathItem, v.ObjectPathItem] {
  return [
    { type: "array", origin: "value", input: [], key: index, value: undefined },
    { type: "object", origin: "value", input: {}, key, value: undefined },
  ];
}
