/** The models of the gateway: which provider a name means, and which models are "loaded". */
import { ProxyError } from "../chat/error.ts";
import type { ListedModel } from "../chat/model.ts";
import { describeModel } from "../models/capabilities.ts";
import { type Catalog, CatalogKeeper } from "../models/catalog.ts";
import type { Provider } from "../providers/provider.ts";
import { type Resolution, resolve } from "./resolve.ts";

/** Where a request goes. */
export interface Target {
  readonly provider: Provider;
  readonly listed: ListedModel;
}

/** Throws `model-not-found`, in Ollama's words, when there is no such model. */
export async function findTarget(name: string, keeper: CatalogKeeper<Provider>): Promise<Target> {
  const catalog = await keeper.current();
  const found = resolve(name, catalog) ?? (await lookAgain(name, catalog, keeper));
  if (found !== undefined) return targetOf(found, name);
  throw new ProxyError("model-not-found", `model '${name}' not found`);
}

function targetOf(found: Resolution<Provider>, name: string): Target {
  if (found.type === "listed") return { provider: found.entry.source, listed: found.entry };
  const model = describeModel(found.id, {});
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
