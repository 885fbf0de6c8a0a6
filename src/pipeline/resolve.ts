/** From the name that a client sends to the provider and model it means. Pure. */
import type { Catalog, CatalogEntry, Source } from "../models/catalog.ts";

export type Resolution<S extends Source> =
  | { readonly type: "listed"; readonly entry: CatalogEntry<S> }
  /** The provider's list is not known; under its tag the name may exist. */
  | { readonly type: "unlisted"; readonly source: S; readonly id: string };

/**
 * A model may be named as it is shown, with `:latest` added or left off, in any case; without its tag when only one
 * provider has it. Undefined when there is no such model.
 */
export function resolve<S extends Source>(name: string, catalog: Catalog<S>): Resolution<S> | undefined {
  const wanted = name.trim().toLowerCase();
  for (const spelling of spellings(wanted)) {
    const entry = catalog.byName.get(spelling);
    if (entry !== undefined) return { type: "listed", entry };
  }
  for (const source of catalog.unlisted.keys()) {
    const tag = `[${source.name.toLowerCase()}]-`;
    if (wanted.startsWith(tag) && wanted.length > tag.length) {
      return { type: "unlisted", source, id: name.trim().slice(tag.length) };
    }
  }
  return resolveBare(wanted, catalog);
}

function resolveBare<S extends Source>(wanted: string, catalog: Catalog<S>): Resolution<S> | undefined {
  for (const spelling of spellings(wanted)) {
    const named = catalog.entries.filter((entry) => entry.model.id.toLowerCase() === spelling);
    const [entry] = named;
    if (entry !== undefined && named.length === 1) return { type: "listed", entry };
  }
  return undefined;
}

function spellings(name: string): readonly string[] {
  return name.endsWith(":latest") ? [name, name.slice(0, -":latest".length)] : [name, `${name}:latest`];
}
