/** Resolves the model name of a request to candidates. */
import type { ModelErrors } from "../apis/endpoint.ts";
import { ProxyError, modelNotFound } from "../chat/error.ts";
import type { RequestDefaults } from "../chat/defaults.ts";
import { unreachable } from "../chat/event.ts";
import type { ListedModel } from "../chat/model.ts";
import type { AliasCandidate, AliasEntry } from "../models/aliases.ts";
import { describeModel } from "../models/capabilities.ts";
import type { Catalog, CatalogEntry, CatalogKeeper, Source } from "../models/catalog.ts";
import { explainDisabled } from "../models/disabled.ts";
import { findNameFault, shortName } from "../models/name.ts";
import type { ProviderOptions } from "../options/options.ts";
import { withLearned } from "../providers/learned-fixes.ts";
import { CACHE_LIMITS } from "../providers/limits.ts";
import type { Provider } from "../providers/provider.ts";

/** A provider and one of its models. */
export interface Candidate {
  readonly provider: Provider;
  readonly listed: ListedModel;
  /** Of the alias that leads to it. */
  readonly defaults?: RequestDefaults | undefined;
}

/** The options of the candidate's model, with the learned fixes. */
export function currentOptions({ provider, listed }: Candidate): ProviderOptions {
  const { id } = listed.model;
  return withLearned(provider.optionsFor(id), provider.state.fixes.get(id));
}

/** What a name of a client stands for. */
export interface ResolvedModel {
  /** As lists show it. */
  readonly listed: ListedModel;
  /** At least one; several for an alias. */
  readonly candidates: readonly [Candidate, ...Candidate[]];
  readonly alias: AliasEntry<Provider> | undefined;
}

interface ResolveErrors {
  readonly missing?: () => ProxyError;
  readonly invalid?: ModelErrors["invalid"];
}

/** Throws a `ProxyError`, with the wording of `errors`, when there is no such model. */
export async function resolveModel(
  name: string,
  keeper: CatalogKeeper<Provider>,
  { missing, invalid }: ResolveErrors = {},
): Promise<ResolvedModel> {
  requireShort(name);
  const catalog = await keeper.current();
  const found = resolve(name, catalog) ?? (await resolveAgain(name, catalog, keeper));
  if (found !== undefined) return resolvedModel(found, name);
  const disabled = explainDisabled(name, keeper.disabled);
  if (disabled !== undefined) throw disabled;
  const fault = findNameFault(name);
  if (fault !== undefined) throw new ProxyError("invalid-name", invalid?.(name) ?? fault);
  throw missing?.() ?? modelNotFound(name);
}

/** Names are cached, logged and repeated in replies, so their length is limited. Throws `bad-request`. */
function requireShort(name: string): void {
  const limit = CACHE_LIMITS.maxModelNameCharacters;
  if (name.length <= limit) return;
  throw new ProxyError("bad-request", `The model name is too long; the limit is ${limit} characters`);
}

export interface NamedProvider {
  readonly provider: Provider;
  /** The provider's name of the model. */
  readonly id: string;
  /** The client's name of the model. */
  readonly name: string;
}

/**
 * The provider that a tagged name belongs to, even if it does not have the model; undefined when the name belongs to none. Throws
 * when the provider is disabled.
 */
export async function findProvider(
  name: string,
  keeper: CatalogKeeper<Provider>,
): Promise<NamedProvider | undefined> {
  requireShort(name);
  const found = resolve(name, await keeper.current());
  if (found?.type === "listed") return { provider: found.entry.source, id: found.entry.model.id, name };
  const disabled = explainDisabled(name, keeper.disabled);
  if (disabled !== undefined) throw disabled;
  const [, tag = "", id = ""] = /^\[([^\]]+)\]-(.+)$/.exec(name.trim()) ?? [];
  const provider = keeper.sources.find((source) => source.name.toLowerCase() === tag.toLowerCase());
  return provider === undefined ? undefined : { provider, id, name };
}

type Resolution<S extends Source> =
  | { readonly type: "alias"; readonly alias: AliasEntry<S> }
  | { readonly type: "listed"; readonly entry: CatalogEntry<S> }
  /** The provider's list is unknown, so any name under its tag may exist. */
  | { readonly type: "unlisted"; readonly source: S; readonly id: string };

function resolvedModel(found: Resolution<Provider>, name: string): ResolvedModel {
  switch (found.type) {
    case "alias": {
      const { alias } = found;
      const [first, ...others] = alias.candidates;
      return { listed: alias, candidates: [candidateOf(first), ...others.map(candidateOf)], alias };
    }
    case "listed": {
      const { entry } = found;
      return { listed: entry, candidates: [{ provider: entry.source, listed: entry }], alias: undefined };
    }
    case "unlisted": {
      const model = describeModel(found.id, { host: found.source.address.host });
      const listed = { name, model, modifiedAt: new Date(0).toISOString() };
      return { listed, candidates: [{ provider: found.source, listed }], alias: undefined };
    }
    default:
      return unreachable(found);
  }
}

function candidateOf({ source, listed, defaults }: AliasCandidate<Provider>): Candidate {
  return { provider: source, listed, defaults };
}

/** Asks the providers for their lists again: one may have the model now. */
async function resolveAgain(
  name: string,
  catalog: Catalog<Provider>,
  keeper: CatalogKeeper<Provider>,
): Promise<Resolution<Provider> | undefined> {
  const renewed = await keeper.renewed();
  return renewed === catalog ? undefined : resolve(name, renewed);
}

/**
 * Accepts the listed name in any case, with or without `:latest`, and without its tag when only one provider has the model.
 * Undefined when there is no such model.
 */
function resolve<S extends Source>(name: string, catalog: Catalog<S>): Resolution<S> | undefined {
  const wanted = name.trim().toLowerCase();
  for (const spelling of spellings(wanted)) {
    const alias = catalog.aliases.get(spelling);
    if (alias !== undefined) return { type: "alias", alias };
    const entry = catalog.byName.get(spelling);
    if (entry !== undefined) return { type: "listed", entry };
  }
  for (const source of catalog.unlisted.keys()) {
    const tag = `[${source.name.toLowerCase()}]-`;
    if (wanted.startsWith(tag) && wanted.length > tag.length) {
      return { type: "unlisted", source, id: name.trim().slice(tag.length) };
    }
  }
  const bare = resolveBare(wanted, catalog);
  const short = shortName(wanted);
  return bare !== undefined || short === wanted ? bare : resolve(short, catalog);
}

function resolveBare<S extends Source>(wanted: string, catalog: Catalog<S>): Resolution<S> | undefined {
  for (const spelling of spellings(wanted)) {
    const entry = catalog.byId.get(spelling);
    if (entry !== undefined) return { type: "listed", entry };
  }
  return undefined;
}

function spellings(name: string): readonly string[] {
  return name.endsWith(":latest") ? [name, name.slice(0, -":latest".length)] : [name, `${name}:latest`];
}
