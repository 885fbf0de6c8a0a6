/** A provider's own description of one of its models: template, licence, parameters and all. It is cached by `ShowCache`. */
import type { ShowCodec, ShowQuery } from "../apis/upstream-api.ts";
import { type ErrorKind, ProxyError } from "../chat/error.ts";
import { SIZE_ADVICE } from "../providers/exchange.ts";
import { send } from "../providers/client.ts";
import type { ProviderShow } from "../providers/show-cache.ts";
import { JSON_TYPE } from "../wire/content-types.ts";
import { type JsonObject, parseJson } from "../wire/json.ts";
import { errorOf } from "./errors.ts";
import type { Candidate } from "./resolve.ts";
import type { Services } from "./services.ts";

/** Editors request every model in sequence before they show their menu. */
const TIMEOUT_MS = 5000;

/** Errors of the whole provider. Any other error is about one model. */
const PROVIDER_ERRORS: ReadonlySet<ErrorKind> = new Set([
  "upstream-unreachable",
  "upstream-timeout",
  "upstream-no-path",
  "overloaded",
  "rate-limited",
  "unauthorized",
  "no-credit",
]);

/**
 * The provider's description, verbatim. Undefined when it gives none, or no longer has the model: the caller then uses the model
 * list, because clients show no model at all when one listed model cannot be shown.
 */
export function showModel(
  candidate: Candidate,
  query: ShowQuery,
  services: Services,
): Promise<JsonObject | undefined> {
  const { provider, listed } = candidate;
  const { show } = provider.api;
  if (show === undefined) return Promise.resolve(undefined);
  const request = (): Promise<ProviderShow | undefined> => tryRequestShow(show, candidate, query, services);
  const { verbose, system, options } = query;
  // A description with the client's own values is of use to this client alone.
  if (system !== "" || Object.keys(options).length > 0) return request().then((answer) => answer?.show);
  const key = { id: listed.model.id, digest: listed.model.local?.digest ?? "", verbose };
  return provider.state.shows.get(key, request);
}

async function tryRequestShow(
  show: ShowCodec,
  candidate: Candidate,
  query: ShowQuery,
  services: Services,
): Promise<ProviderShow | undefined> {
  const { provider, listed } = candidate;
  try {
    return await requestShow(show, candidate, query, services);
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error;
    if (error.kind === "model-not-found") services.catalog.expire(provider);
    else if (PROVIDER_ERRORS.has(error.kind)) provider.state.shows.markFailed();
    services.runtime.log(
      "warn",
      "Using the model list for /api/show: the server did not describe the model",
      {
        model: listed.name,
        cause: error.message,
      },
    );
    return undefined;
  }
}

/** Throws `ProxyError`. */
async function requestShow(
  { path, encodeRequest, decode, decodeError }: ShowCodec,
  { provider, listed }: Candidate,
  query: ShowQuery,
  { runtime }: Services,
): Promise<ProviderShow> {
  const { id } = listed.model;
  const call = {
    method: "POST",
    path,
    body: JSON.stringify(encodeRequest(id, query)),
    accept: JSON_TYPE,
    // Several clients may wait for the same answer, so none of them cancels the request. The timeouts end it.
    signal: new AbortController().signal,
    headTimeoutMs: TIMEOUT_MS,
  } as const;
  const exchange = await send(provider, call, runtime);
  exchange.setIdleTimeout(TIMEOUT_MS);
  exchange.limitSize(provider.limits.maxShowBytes, SIZE_ADVICE);
  if (!exchange.ok) throw await errorOf(exchange, decodeError, { id, name: listed.name });
  const text = await exchange.text();
  const show = decode(parseJson(text));
  if (show === undefined) throw decodeError(200, text);
  return { show, size: text.length };
}
