/** Asks a provider which models it has. */
import { ProxyError } from "../chat/error.ts";
import type { ModelInfo } from "../chat/model.ts";
import { fromBase } from "../apis/api.ts";
import { decodeError as decodeOllamaError } from "../apis/ollama/upstream/errors.ts";
import { decodeShow, decodeTags } from "../apis/ollama/client/models.ts";
import { decodeError as decodeOpenAiError } from "../apis/shared/upstream-errors.ts";
import { decodeModels, nextPage } from "../apis/openai/upstream/models.ts";
import type { Runtime } from "../runtime.ts";
import { parseJson } from "../wire/json.ts";
import { LESS_AT_ONCE, send } from "./client.ts";
import type { Provider } from "./provider.ts";

const LIMIT_MS = 10_000;

/** Throws `ProxyError`, named after the provider, when it has no list to give. */
export async function listModels(
  provider: Provider,
  runtime: Runtime,
  signal: AbortSignal,
): Promise<readonly ModelInfo[]> {
  const scope = { provider, runtime, signal };
  if (provider.apiType === "ollama") return completed(await readList(OLLAMA_LIST, "/api/tags", scope), scope);
  const [first = "models", ...others] = provider.quirksOf("").modelLists;
  let answer = await attempt(first, scope);
  for (const path of others) {
    if (!(answer instanceof ProxyError)) break;
    answer = await attempt(path, scope);
  }
  if (answer instanceof ProxyError) throw answer;
  return answer;
}

interface Scope {
  readonly provider: Provider;
  readonly runtime: Runtime;
  readonly signal: AbortSignal;
}

interface ListDialect {
  readonly decode: (body: unknown) => readonly ModelInfo[] | undefined;
  readonly decodeError: (status: number, text: string) => ProxyError;
  readonly nextPage: (body: unknown) => string | undefined;
}

const OPENAI_LIST: ListDialect = { decode: decodeModels, decodeError: decodeOpenAiError, nextPage };
const OLLAMA_LIST: ListDialect = {
  decode: decodeTags,
  decodeError: decodeOllamaError,
  nextPage: () => undefined,
};

async function attempt(path: string, scope: Scope): Promise<readonly ModelInfo[] | ProxyError> {
  try {
    return await readList(OPENAI_LIST, fromBase(path), scope);
  } catch (error) {
    if (error instanceof ProxyError) return error;
    throw error;
  }
}

/** All pages of one list. */
async function readList(
  list: ListDialect,
  path: string,
  { provider, runtime, signal }: Scope,
): Promise<readonly ModelInfo[]> {
  const { maxModelListBytes, maxModelListPages, maxModelsPerProvider } = provider.limits;
  const models = new Map<string, ModelInfo>();
  const pages = new Set<string>();
  let leftBytes = maxModelListBytes;
  let page = path;
  for (;;) {
    const call = {
      method: "GET",
      path: page,
      accept: "application/json",
      signal,
      headLimitMs: LIMIT_MS,
    } as const;
    const exchange = await send(provider, call, runtime);
    exchange.limitSilence(LIMIT_MS);
    exchange.limitSize(leftBytes, NAME_THEM);
    const text = await exchange.text();
    leftBytes -= exchange.readBytes;
    if (!exchange.ok) throw list.decodeError(exchange.status, text).from(provider);
    const body = parseJson(text);
    const found = list.decode(body);
    if (found === undefined) throw noList(provider.address.url(path)).from(provider);
    for (const model of found) if (!models.has(model.id)) models.set(model.id, model);
    if (models.size > maxModelsPerProvider) throw tooMany(maxModelsPerProvider, "models").from(provider);
    const next = list.nextPage(body);
    // Some hosts do not know the parameter, and give the same page for ever.
    if (next === undefined || pages.has(next)) return [...models.values()];
    pages.add(next);
    if (pages.size >= maxModelListPages) throw tooMany(maxModelListPages, "pages of models").from(provider);
    page = `${path}?${next}`;
  }
}

/** What helps against a list that is too long. */
const NAME_THEM = 'name the models that you use under "models" in the configuration';

function tooMany(limit: number, what: string): ProxyError {
  return new ProxyError(
    "upstream-invalid",
    `The provider lists more than ${limit} ${what}, which is the limit; ${NAME_THEM}`,
  );
}

/** How many models a server is asked about at the same time. */
const MOST_AT_ONCE = 4;

/** Servers before 0.30 list neither abilities nor windows: each such model is asked for. */
async function completed(
  models: readonly ModelInfo[],
  { provider, runtime, signal }: Scope,
): Promise<readonly ModelInfo[]> {
  const ask = async (model: ModelInfo): Promise<ModelInfo> => {
    if (model.capabilities !== undefined && model.contextLength !== undefined) return model;
    const body = JSON.stringify({ model: model.id });
    const call = {
      method: "POST",
      path: "/api/show",
      body,
      accept: "application/json",
    } as const;
    const exchange = await send(provider, { ...call, signal, headLimitMs: LIMIT_MS }, runtime);
    exchange.limitSilence(LIMIT_MS);
    exchange.limitSize(provider.limits.maxShowBytes, LESS_AT_ONCE);
    return decodeShow(model, parseJson(await exchange.text()));
  };
  const done: ModelInfo[] = [];
  for (let first = 0; first < models.length; first += MOST_AT_ONCE) {
    const some = models.slice(first, first + MOST_AT_ONCE);
    const asked = await Promise.allSettled(some.map(ask));
    // What is not told is guessed, as for every other provider.
    done.push(
      ...asked
        .map((result, index) => (result.status === "fulfilled" ? result.value : some[index]))
        .filter((model) => model !== undefined),
    );
  }
  return done;
}

function noList(url: string): ProxyError {
  return new ProxyError(
    "upstream-invalid",
    `The answer of ${new URL(url).pathname} is no list of models; name them under "models" in the configuration`,
  );
}
