/** Requests the model list of a provider, and finds the base path of its API. */
import type { ModelListCodec } from "../apis/upstream-api.ts";
import { ProxyError } from "../chat/error.ts";
import type { ModelInfo } from "../chat/model.ts";
import { isKnownHost, recognizeServer } from "../options/resolve.ts";
import type { Runtime } from "../runtime.ts";
import { JSON_TYPE } from "../wire/content-types.ts";
import { parseJson } from "../wire/json.ts";
import { headersOfKey, send } from "./client.ts";
import type { ProviderKey } from "./keys.ts";
import type { Provider } from "./provider.ts";

const TIMEOUT_MS = 10_000;
/** Descriptions of models that are requested at the same time. */
const MAX_CONCURRENT = 4;

interface DiscoveryContext {
  readonly provider: Provider;
  readonly runtime: Runtime;
  readonly signal: AbortSignal;
}

/** Throws a `ProxyError` that names the provider when it returns no list. */
export async function listModels(
  provider: Provider,
  runtime: Runtime,
  signal: AbortSignal,
): Promise<readonly ModelInfo[]> {
  const context = { provider, runtime, signal };
  const paths = listPaths(provider);
  const found = await firstList(paths, context);
  if (found instanceof ProxyError) throw found;
  const newPaths = listPaths(provider).filter((path) => !paths.includes(path));
  // The list has shown which program the provider runs, and that program has a better list.
  const better = newPaths.length === 0 ? undefined : await firstList(newPaths, context);
  return await withDetails(better === undefined || better instanceof ProxyError ? found : better, context);
}

/** The longest time that a request waits for the recognition of the provider's program. */
const RECOGNITION_MS = 2000;

/**
 * Requests the list once, for a provider whose list is not needed otherwise, to recognize the program that it runs. Returns whether it has
 * been recognized. A provider that gives no list stays unknown.
 */
export async function recognize(provider: Provider, runtime: Runtime): Promise<boolean> {
  const { address, api, selection, state } = provider;
  const isKnown = state.server !== undefined || isKnownHost(api.optionSource, address.host);
  if (isKnown || selection.needsList || api.modelList.signs === undefined) return false;
  state.recognition ??= firstList(listPaths(provider), {
    provider,
    runtime,
    // Other requests wait for it too, so no client cancels it.
    signal: AbortSignal.timeout(RECOGNITION_MS),
  });
  await state.recognition;
  return state.server !== undefined;
}

function listPaths({ api, optionsFor }: Provider): readonly string[] {
  return api.modelList.paths(optionsFor(""));
}

/** The list under the first path that has one; else the first error. */
async function firstList(
  paths: readonly string[],
  context: DiscoveryContext,
): Promise<readonly ModelInfo[] | ProxyError> {
  const { provider, runtime } = context;
  let failure: ProxyError | undefined;
  for (const path of paths) {
    for (const basePath of provider.address.basePaths) {
      const models = await tryList(path, basePath, context);
      if (!(models instanceof ProxyError)) {
        settleBase(provider, basePath, runtime);
        return models;
      }
      failure ??= models;
      if (models.kind !== "upstream-no-path" && models.kind !== "upstream-invalid") break;
    }
  }
  return failure ?? new ProxyError("internal", "The provider has no path for its model list");
}

/** Stores the base path under which the API answered. Logs a warning if the configured URL means another one. */
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

/** Whether there is no API under a base path: the path does not exist, or the response is a web page, as some sites send for every path. */
export function lacksApi(error: ProxyError, headers: Headers): boolean {
  const isPage = /^text\/html\b/i.test(headers.get("content-type") ?? "");
  return error.kind === "upstream-no-path" || (error.kind === "upstream-invalid" && isPage);
}

async function tryList(
  path: string,
  basePath: string,
  context: DiscoveryContext,
): Promise<readonly ModelInfo[] | ProxyError> {
  try {
    return await readList(path, basePath, context);
  } catch (error) {
    if (error instanceof ProxyError) return error;
    throw error;
  }
}

/** All pages of one list. */
async function readList(
  path: string,
  basePath: string,
  context: DiscoveryContext,
): Promise<readonly ModelInfo[]> {
  const { provider } = context;
  const { modelList } = provider.api;
  const { maxModelListBytes, maxModelListPages, maxModelsPerProvider } = provider.limits;
  const models = new Map<string, ModelInfo>();
  const pages = new Set<string>();
  let leftBytes = maxModelListBytes;
  let page = path;
  for (;;) {
    const { text, readBytes, headers } = await request("GET", page, {
      ...context,
      basePath,
      limitBytes: leftBytes,
    });
    leftBytes -= readBytes;
    const body = parseJson(text);
    const found = modelList.decode(body);
    if (found === undefined) throw noList(provider.address.url(path, basePath)).from(provider);
    if (modelList.signs !== undefined) {
      const { api, state } = provider;
      state.server = recognizeServer(api.optionSource, modelList.signs(body), headers, state.server);
    }
    for (const model of found) if (!models.has(model.id)) models.set(model.id, model);
    if (models.size > maxModelsPerProvider) throw tooMany(maxModelsPerProvider, "models").from(provider);
    const next = modelList.nextPage(body);
    // Some providers ignore the parameter and return the same page again.
    if (next === undefined || pages.has(next)) return [...models.values()];
    pages.add(next);
    if (pages.size >= maxModelListPages) {
      throw tooMany(maxModelListPages, "pages of models").from(provider);
    }
    page = `${path}?${next}`;
  }
}

/** What the user can do when a list is too long or missing. */
const CONFIGURE_ADVICE = 'list the models that you use under "models" in the configuration';

function tooMany(limit: number, what: string): ProxyError {
  return new ProxyError(
    "upstream-invalid",
    `The provider's list is longer than the limit of ${limit} ${what}; ${CONFIGURE_ADVICE}`,
  );
}

/** Adds to the list what only the descriptions of single models contain. A model without a description stays as it is. */
async function withDetails(
  models: readonly ModelInfo[],
  context: DiscoveryContext,
): Promise<readonly ModelInfo[]> {
  const { details } = context.provider.api.modelList;
  if (details === undefined) return models;
  const done: ModelInfo[] = [];
  for (let first = 0; first < models.length; first += MAX_CONCURRENT) {
    const some = models.slice(first, first + MAX_CONCURRENT);
    done.push(...(await Promise.all(some.map((model) => describe(model, details, context)))));
  }
  return done;
}

async function describe(
  model: ModelInfo,
  details: NonNullable<ModelListCodec["details"]>,
  context: DiscoveryContext,
): Promise<ModelInfo> {
  if (!details.isNeeded(model) || !context.provider.selection.shows(model.id)) return model;
  try {
    const body = JSON.stringify(details.encodeRequest(model.id));
    const limitBytes = context.provider.limits.maxShowBytes;
    const { text } = await request("POST", details.path, { ...context, body, limitBytes });
    return details.decode(model, parseJson(text));
  } catch (error) {
    if (error instanceof ProxyError) return model;
    throw error;
  }
}

interface DiscoveryRequest extends DiscoveryContext {
  readonly basePath?: string;
  readonly body?: string;
  readonly limitBytes: number;
}

interface Read {
  readonly text: string;
  readonly readBytes: number;
  readonly headers: Headers;
}

/** The body of a successful response to the first key that is accepted. Throws a `ProxyError` that names the provider. */
async function request(method: "GET" | "POST", path: string, discovery: DiscoveryRequest): Promise<Read> {
  const { keys, state } = discovery.provider;
  const [first, ...others] = keys.all.toSorted(
    (a, b) => Number(state.health.isKeyResting(a.id)) - Number(state.health.isKeyResting(b.id)),
  );
  for (const [index, key] of [first ?? keys.all[0], ...others].entries()) {
    try {
      return await requestWith(key, method, path, discovery);
    } catch (error) {
      const isRejected = error instanceof ProxyError && error.kind === "unauthorized";
      if (!isRejected || index === others.length) throw error;
      state.health.rejectKey(key.id, error);
    }
  }
  throw new ProxyError("internal", "The provider has no key");
}

async function requestWith(
  key: ProviderKey,
  method: "GET" | "POST",
  path: string,
  { provider, runtime, signal, basePath, body, limitBytes }: DiscoveryRequest,
): Promise<Read> {
  const accept = JSON_TYPE;
  const followsRedirects = method === "GET";
  const call = {
    method,
    path,
    basePath,
    body,
    accept,
    signal,
    headTimeoutMs: TIMEOUT_MS,
    followsRedirects,
    keyHeaders: await headersOfKey(key, provider),
  } as const;
  const exchange = await send(provider, call, runtime);
  exchange.setIdleTimeout(TIMEOUT_MS);
  exchange.limitSize(limitBytes, CONFIGURE_ADVICE);
  const text = await exchange.text();
  if (!exchange.ok) {
    throw provider.api.modelList.decodeError(exchange.status, text).from(provider);
  }
  return { text, readBytes: exchange.readBytes, headers: exchange.headers };
}

function noList(url: string): ProxyError {
  return new ProxyError(
    "upstream-invalid",
    `The reply of ${new URL(url).pathname} is not a model list; list the models under "models" in the configuration`,
  );
}
