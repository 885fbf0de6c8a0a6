/** Asks a provider which models it has. */
import { ProxyError } from "../chat/error.ts";
import type { ModelInfo } from "../chat/model.ts";
import { decodeError as decodeOllamaError } from "../dialects/ollama/error.ts";
import { decodeShow, decodeTags } from "../dialects/ollama/models.ts";
import { decodeError as decodeOpenAiError } from "../dialects/openai/error.ts";
import { decodeModels, nextPage } from "../dialects/openai/models.ts";
import type { Runtime } from "../runtime.ts";
import { parseJson } from "../wire/json.ts";
import { send } from "./client.ts";
import { type Provider, urlOf } from "./provider.ts";

const LIMIT_MS = 10_000;
/** A host that never stops paging is broken. */
const MOST_PAGES = 20;

const LISTS = {
  openai: { path: "/models", decode: decodeModels, decodeError: decodeOpenAiError, nextPage },
  ollama: {
    path: "/api/tags",
    decode: decodeTags,
    decodeError: decodeOllamaError,
    nextPage: () => undefined,
  },
} as const;

/** Throws `ProxyError`, named after the provider, when it has no list to give. */
export async function listModels(
  provider: Provider,
  runtime: Runtime,
  signal: AbortSignal,
): Promise<readonly ModelInfo[]> {
  const list = LISTS[provider.apiType];
  const models: ModelInfo[] = [];
  let url = urlOf(provider, list.path);
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const exchange = await send(
      provider,
      { method: "GET", url, accept: "application/json", signal, headLimitMs: LIMIT_MS },
      runtime,
    );
    exchange.limitSilence(LIMIT_MS);
    const text = await exchange.text();
    if (!exchange.ok) throw list.decodeError(exchange.status, text).from(provider.name);
    const body = parseJson(text);
    const found = list.decode(body);
    if (found === undefined) throw noList(url).from(provider.name);
    models.push(...found);
    const next = list.nextPage(body);
    if (next === undefined) break;
    url = urlOf(provider, `${list.path}?${next}`);
  }
  return provider.apiType === "ollama" ? completed(models, provider, { runtime, signal }) : models;
}

/** How many models a server is asked about at the same time. */
const MOST_AT_ONCE = 4;

/** Servers before 0.30 list neither abilities nor windows: each such model is asked for. */
async function completed(
  models: readonly ModelInfo[],
  provider: Provider,
  { runtime, signal }: { readonly runtime: Runtime; readonly signal: AbortSignal },
): Promise<readonly ModelInfo[]> {
  const ask = async (model: ModelInfo): Promise<ModelInfo> => {
    if (model.capabilities !== undefined && model.contextLength !== undefined) return model;
    const body = JSON.stringify({ model: model.id });
    const call = {
      method: "POST",
      url: urlOf(provider, "/api/show"),
      body,
      accept: "application/json",
    } as const;
    const exchange = await send(provider, { ...call, signal, headLimitMs: LIMIT_MS }, runtime);
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
