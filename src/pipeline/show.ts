/**
 * What a provider itself says about one of its models: template, licence, parameters and all. Asked for once, and kept
 * for as long as the model stays the same.
 */
import type { ShowCodec } from "../apis/api.ts";
import { ProxyError } from "../chat/error.ts";
import { LESS_AT_ONCE, send } from "../providers/client.ts";
import type { Shown } from "../providers/show-cache.ts";
import { type JsonObject, parseJson } from "../wire/json.ts";
import { errorOf } from "./errors.ts";
import type { Candidate } from "./resolve.ts";
import type { RequestContext } from "./services.ts";

/** Editors ask for every model one after the other before they show their menu. */
const LIMIT_MS = 5000;

/**
 * The provider's description, verbatim; undefined when it gives none, or no longer has the model. Then the list has to
 * do, because clients show no model at all when a single listed one cannot be shown.
 */
export function showModel(
  candidate: Candidate,
  verbose: boolean,
  context: RequestContext,
): Promise<JsonObject | undefined> {
  const { provider, listed } = candidate;
  const { show } = provider.api;
  if (show === undefined) return Promise.resolve(undefined);
  const key = { id: listed.model.id, digest: listed.model.local?.digest ?? "", verbose };
  return provider.state.shows.get(key, () => tryAsk(show, candidate, verbose, context));
}

async function tryAsk(
  show: ShowCodec,
  candidate: Candidate,
  verbose: boolean,
  context: RequestContext,
): Promise<Shown | undefined> {
  const { catalog, runtime } = context.services;
  const { provider, listed } = candidate;
  try {
    return await ask(show, candidate, verbose, context);
  } catch (error) {
    if (!(error instanceof ProxyError) || context.signal.aborted) return undefined;
    if (error.kind === "model-not-found") catalog.expire(provider);
    else provider.state.shows.markFailed();
    runtime.log("warn", "Using the model list for /api/show: the server did not describe the model", {
      model: listed.name,
      cause: error.message,
    });
    return undefined;
  }
}

/** Throws `ProxyError`. */
async function ask(
  { path, encodeRequest, decode, decodeError }: ShowCodec,
  { provider, listed }: Candidate,
  verbose: boolean,
  { services, signal }: RequestContext,
): Promise<Shown> {
  const { id } = listed.model;
  const body = JSON.stringify(encodeRequest(id, verbose));
  const call = {
    method: "POST",
    path,
    body,
    accept: "application/json",
    signal,
    headLimitMs: LIMIT_MS,
  } as const;
  const exchange = await send(provider, call, services.runtime);
  exchange.limitSilence(LIMIT_MS);
  exchange.limitSize(provider.limits.maxShowBytes, LESS_AT_ONCE);
  if (!exchange.ok) throw await errorOf(exchange, decodeError, { id, name: listed.name });
  const text = await exchange.text();
  const described = decode(parseJson(text));
  if (described === undefined) throw decodeError(200, text);
  return { show: described, size: text.length };
}
