/** The models of the gateway: which provider a name means, and which models are "loaded". */
import { ProxyError, modelNotFound } from "../chat/error.ts";
import type { ListedModel } from "../chat/model.ts";
import { findNameFault } from "../apis/ollama/client/name.ts";
import { describeModel } from "../models/capabilities.ts";
import { type Catalog, CatalogKeeper } from "../models/catalog.ts";
import { explainDisabled } from "../models/disabled.ts";
import type { Provider } from "../providers/provider.ts";
import { CACHE_LIMITS } from "./limits.ts";
import { type Resolution, resolve } from "./resolve.ts";

/** Where a request goes. */
export interface Target {
  readonly provider: Provider;
  readonly listed: ListedModel;
}

/** How a route words that a name means nothing. */
interface UnknownWords {
  readonly missing: (name: string) => ProxyError;
  /** Of a name that no model can have. */
  readonly invalid?: (name: string) => string;
}

/** Throws, in the words of the route, when there is no such model. */
export async function findTarget(
  name: string,
  keeper: CatalogKeeper<Provider>,
  words: UnknownWords = { missing: modelNotFound },
): Promise<Target> {
  mustBeShort(name);
  const catalog = await keeper.current();
  const found = resolve(name, catalog) ?? (await lookAgain(name, catalog, keeper));
  if (found !== undefined) return targetOf(found, name);
  const disabled = explainDisabled(name, keeper.disabled);
  if (disabled !== undefined) throw disabled;
  const fault = findNameFault(name);
  throw fault === undefined
    ? words.missing(name)
    : new ProxyError("bad-request", words.invalid?.(name) ?? fault);
}

/** Names are kept, logged and said back. Throws `bad-request`. */
function mustBeShort(name: string): void {
  const limit = CACHE_LIMITS.maxModelNameCharacters;
  if (name.length <= limit) return;
  throw new ProxyError("bad-request", `The name of the model is too long; the limit is ${limit} characters`);
}

export interface NamedProvider {
  readonly provider: Provider;
  /** The provider's name of the model. */
  readonly id: string;
  /** The name as the client gave it. */
  readonly name: string;
}

/**
 * The provider that a tagged name belongs to, whether it has such a model or not; undefined when it names none.
 * Throws when that provider is disabled.
 */
export async function findProvider(
  name: string,
  keeper: CatalogKeeper<Provider>,
): Promise<NamedProvider | undefined> {
  mustBeShort(name);
  const found = resolve(name, await keeper.current());
  if (found?.type === "listed") return { provider: found.entry.source, id: found.entry.model.id, name };
  const disabled = explainDisabled(name, keeper.disabled);
  if (disabled !== undefined) throw disabled;
  const [, tag = "", id = ""] = /^\[([^\]]+)\]-(.+)$/.exec(name.trim()) ?? [];
  const provider = keeper.sources.find((source) => source.name.toLowerCase() === tag.toLowerCase());
  return provider === undefined ? undefined : { provider, id, name };
}

function targetOf(found: Resolution<Provider>, name: string): Target {
  if (found.type === "listed") return { provider: found.entry.source, listed: found.entry };
  const model = describeModel(found.id, { host: found.source.address.host });
  return { provider: found.source, listed: { name, model, modifiedAt: new Date(0).toISOString() } };
}

/** The provider may have got the model since it was asked. */
async function lookAgain(
  name: string,
  catalog: Catalog<Provider>,
  keeper: CatalogKeeper<Provider>,
): Promise<Resolution<Provider> | undefined> {
  const renewed = await keeper.renewed();
  return renewed === catalog ? undefined : resolve(name, renewed);
}
