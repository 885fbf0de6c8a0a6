/** Accepts names of earlier versions in a configuration, and gives a hint with the current name. */
import { type Document, isMap, isScalar, isSeq, type YAMLMap } from "yaml";
import { OPTIONS } from "../options/catalogue.ts";
import { findPair, resolveAlias } from "./document.ts";
import type { Problem } from "./error.ts";

export interface FormerNames {
  readonly hints: readonly Problem[];
  /** Mappings that have both the former and the current name. */
  readonly conflicts: readonly Problem[];
}

/** Replaces former names by the current ones, so that later steps know only the current ones. Edits `document`. */
export function replaceFormerNames(document: Document): FormerNames {
  const replacement = new Replacement(document);
  const root = document.contents;
  const providers = resolveAlias(document, isMap(root) ? root.get("providers", true) : undefined);
  for (const item of isSeq(providers) ? providers.items : []) {
    for (const provider of replacement.replaceIn(item, PROVIDER_KEYS))
      replacement.replaceIn(findPair(provider, "options")?.value, OPTION_KEYS);
  }
  return replacement;
}

interface Current {
  readonly name: string;
  /** Current values by former values. */
  readonly values: ReadonlyMap<string, string | boolean>;
}

/** By current and former name, because a current name may have a former value. */
type Renames = ReadonlyMap<string, Current>;

const PROVIDER_KEYS: Renames = new Map([["quirks", { name: "options", values: new Map() }]]);

const OPTION_KEYS: Renames = new Map(
  Object.entries(OPTIONS).flatMap(([name, { former }]) => {
    const current = { name, values: new Map(Object.entries(former.values ?? {})) };
    return [former.name ?? name, name].map((known) => [known, current] as const);
  }),
);

class Replacement {
  readonly hints: Problem[] = [];
  readonly conflicts: Problem[] = [];
  readonly #document: Document;
  /** An anchored mapping is visited once per use, but must be replaced once. */
  readonly #seen = new Set<YAMLMap>();

  constructor(document: Document) {
    this.#document = document;
  }

  /** Returns the mapping and the mappings that are merged into it. */
  replaceIn(node: unknown, renames: Renames): readonly YAMLMap[] {
    const map = resolveAlias(this.#document, node);
    if (isSeq(map)) return map.items.flatMap((item) => this.replaceIn(item, renames));
    if (!isMap(map) || this.#seen.has(map)) return [];
    this.#seen.add(map);
    for (const pair of map.items) {
      const current = isScalar(pair.key) ? renames.get(String(pair.key.value)) : undefined;
      if (current !== undefined) this.#replace(map, pair, current);
    }
    return [map, ...this.replaceIn(findPair(map, "<<")?.value, renames)];
  }

  #replace(map: YAMLMap, pair: YAMLMap["items"][number], { name, values }: Current): void {
    const { key, value } = pair;
    if (!isScalar(key)) return;
    const formerName = String(key.value);
    const scalar = resolveAlias(this.#document, value);
    const formerValue = isScalar(scalar) ? String(scalar.value) : "";
    const currentValue = values.get(formerValue);
    if (formerName === name && currentValue === undefined) return;
    const offset = key.range?.[0] ?? 0;
    if (formerName !== name && findPair(map, name) !== undefined) {
      const message = `Expected either \`${name}\` or \`${formerName}\`, its former name, got both`;
      this.conflicts.push({ offset, message });
    } else {
      const [former, current] =
        currentValue === undefined
          ? [formerName, name]
          : [`${formerName}: ${formerValue}`, `${name}: ${currentValue}`];
      this.hints.push({ offset, message: `\`${former}\` is now called \`${current}\`` });
    }
    // The nodes are edited, not replaced: they keep their position in the file for later errors.
    key.value = name;
    if (currentValue !== undefined && isScalar(scalar)) scalar.value = currentValue;
  }
}
