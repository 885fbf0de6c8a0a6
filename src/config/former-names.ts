/** Names of earlier versions in a configuration. They are still accepted, with a hint that says what they are called now. */
import { type Document, isMap, isScalar, isSeq, type YAMLMap } from "yaml";
import { OPTIONS } from "../options/catalogue.ts";
import { findPair, resolveAlias } from "./document.ts";
import type { Problem } from "./error.ts";

export interface FormerNames {
  readonly hints: readonly Problem[];
  /** Places where a former name stands beside the current one. */
  readonly conflicts: readonly Problem[];
}

/** Puts the current names in the place of former ones, so that everything after this knows only those. Edits `document`. */
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
  /** By the former value. */
  readonly values: ReadonlyMap<string, string | boolean>;
}

/** By every name whose key or value may have to change. */
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
  /** An anchored mapping is met once per use. */
  readonly #seen = new Set<YAMLMap>();

  constructor(document: Document) {
    this.#document = document;
  }

  /** The mapping, and those that are merged into it. */
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
    // Nodes keep their place in the file, for later errors.
    key.value = name;
    if (currentValue !== undefined && isScalar(scalar)) scalar.value = currentValue;
  }
}
