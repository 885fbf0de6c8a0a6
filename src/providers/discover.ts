/** Finds out what only a provider can tell: which models it has, and under which path its API is. */
import type { ModelListCodec } from "../apis/api.ts";
import { ProxyError } from "../chat/error.ts";
import type { ModelInfo } from "../chat/model.ts";
import type { Runtime } from "../runtime.ts";
import { parseJson } from "../wire/json.ts";
import { send } from "./client.ts";
import type { Provider } from "./provider.ts";

const LIMIT_MS = 10_000;
/** How many models a provider is asked about at the same time. */
const MAX_CONCURRENT = 4;

/** What every step of discovery needs. */
interface Asking {
  readonly provider: Provider;
  readonly runtime: Runtime;
  readonly signal: AbortSignal;
}

/** Throws `ProxyError`, named after the provider, when it has no list to give. */
export async function listModels(
  provider: Provider,
  runtime: Runtime,
  signal: AbortSignal,
): Promise<readonly ModelInfo[]> {
  const asking = { provider, runtime, signal };
  let failure: ProxyError | undefined;
  for (const path of provider.api.modelList.paths(provider.optionsFor(""))) {
    for (const basePath of provider.address.basePaths) {
      const models = await tryList(path, basePath, asking);
      if (!(models instanceof ProxyError)) {
        settleBase(provider, basePath, runtime);
        return await completed(models, asking);
      }
      failure ??= models;
      if (models.kind !== "upstream-no-path" && models.kind !== "upstream-invalid") break;
    }
  }
  throw failure ?? new ProxyError("internal", "The provider has no path for its model list");
}

/** The API answered under this base path; the log says so where the configured URL is another. */
export function settleBase(provider: Provider, basePath: string, { log }: Pick<Runtime, "log">): void {
  const { address } = provider;
  if (address.isSettled) return;
  const isConfigured = address.isConfigured(basePath);
  address.settle(basePath);
  if (isConfigured) return;
  log("warn", `The API of the provider is at ${address.url("")}; set its "url" to this address`, {
    provider: provider.name,
  });
}

/**
 * Whether there is no API under a base path: the path is missing, or a site answers with its page, as some do for every
 * path.
 */
export function lacksApi(error: ProxyError, headers: Headers): boolean {
  const isPage = /^text\/html\b/i.test(headers.get("content-type") ?? "");
  return error.kind === "upstream-no-path" || (error.kind === "upstream-invalid" && isPage);
}

async function tryList(
  path: string,
  basePath: string,
  asking: Asking,
): Promise<readonly ModelInfo[] | ProxyError> {
  try {
    return await readList(path, basePath, asking);
  } catch (error) {
    if (error instanceof ProxyError) return error;
    throw error;
  }
}

/** All pages of one list. */
async function readList(path: string, basePath: string, asking: Asking): Promise<readonly ModelInfo[]> {
  const { provider } = asking;
  const { modelList } = provider.api;
  const { maxModelListBytes, maxModelListPages, maxModelsPerProvider } = provider.limits;
  const models = new Map<string, ModelInfo>();
  const pages = new Set<string>();
  let leftBytes = maxModelListBytes;
  let page = path;
  for (;;) {
    const { text, readBytes } = await ask("GET", page, { ...asking, basePath, limitBytes: leftBytes });
    leftBytes -= readBytes;
    const body = parseJson(text);
    const found = modelList.decode(body);
    if (found === undefined) throw noList(provider.address.url(path, basePath)).from(provider);
    for (const model of found) if (!models.has(model.id)) models.set(model.id, model);
    if (models.size > maxModelsPerProvider) throw tooMany(maxModelsPerProvider, "models").from(provider);
    const next = modelList.nextPage(body);
    // Some hosts do not know the parameter, and give the same page for ever.
    if (next === undefined || pages.has(next)) return [...models.values()];
    pages.add(next);
    if (pages.size >= maxModelListPages) {
      throw tooMany(maxModelListPages, "pages of models").from(provider);
    }
    page = `${path}?${next}`;
  }
}

/** What helps against a list that is too long. */
const NAME_THEM = 'list the models that you use under "models" in the configuration';

function tooMany(limit: number, what: string): ProxyError {
  return new ProxyError(
    "upstream-invalid",
    `The provider's list is longer than the limit of ${limit} ${what}; ${NAME_THEM}`,
  );
}

/** The list with what only single descriptions tell. What is not told is guessed. */
async function completed(models: readonly ModelInfo[], asking: Asking): Promise<readonly ModelInfo[]> {
  const { details } = asking.provider.api.modelList;
  if (details === undefined) return models;
  const done: ModelInfo[] = [];
  for (let first = 0; first < models.length; first += MAX_CONCURRENT) {
    const some = models.slice(first, first + MAX_CONCURRENT);
    done.push(...(await Promise.all(some.map((model) => describe(model, details, asking)))));
  }
  return done;
}

async function describe(
  model: ModelInfo,
  details: NonNullable<ModelListCodec["details"]>,
  asking: Asking,
): Promise<ModelInfo> {
  if (!details.isNeeded(model)) return model;
  try {
    const body = JSON.stringify(details.encodeRequest(model.id));
    const limitBytes = asking.provider.limits.maxShowBytes;
    const { text } = await ask("POST", details.path, { ...asking, body, limitBytes });
    return details.decode(model, parseJson(text));
  } catch (error) {
    if (error instanceof ProxyError) return model;
    throw error;
  }
}

interface Question extends Asking {
  readonly basePath?: string;
  readonly body?: string;
  readonly limitBytes: number;
}

/** A successful answer. Throws `ProxyError`, named after the provider. */
async function ask(
  method: "GET" | "POST",
  path: string,
  { provider, runtime, signal, basePath, body, limitBytes }: Question,
): Promise<{ readonly text: string; readonly readBytes: number }> {
  const accept = "application/json";
  const followsRedirects = method === "GET";
  const call = {
    method,
    path,
    basePath,
    body,
    accept,
    signal,
    headLimitMs: LIMIT_MS,
    followsRedirects,
  } as const;
  const exchange = await send(provider, call, runtime);
  exchange.limitSilence(LIMIT_MS);
  exchange.limitSize(limitBytes, NAME_THEM);
  const text = await exchange.text();
  if (!exchange.ok) {
    throw provider.api.modelList.decodeError(exchange.status, text).from(provider);
  }
  return { text, readBytes: exchange.readBytes };
}

function noList(url: string): ProxyError {
  return new ProxyError(
    "upstream-invalid",
    `The reply of ${new URL(url).pathname} is not a model list; list the models under "models" in the configuration`,
  );
}
