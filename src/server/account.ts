/** Handlers for what belongs to an account at ollama.com. Nobody is signed in there through us. */
import {
  ACCOUNT,
  NO_RECOMMENDATIONS,
  NOT_SIGNED_IN,
  UNAUTHORIZED,
  looksLikeCloudModel,
} from "../apis/ollama/client/server-info.ts";
import { ProxyError } from "../chat/error.ts";
import { readJson } from "./body.ts";
import { jsonReply } from "./reply.ts";
import type { RouteRequest } from "./routes.ts";

/** As long as a model that needs an account is listed, somebody has to be signed in, or it could not be used. */
export async function me({ services }: RouteRequest): Promise<Response> {
  const { entries } = await services.catalog.current();
  return entries.some(looksLikeCloudModel) ? jsonReply(ACCOUNT) : jsonReply(UNAUTHORIZED, 401);
}

export function signOut(): Response {
  return jsonReply(NOT_SIGNED_IN, 401);
}

export function recommendations(): Response {
  return jsonReply(NO_RECOMMENDATIONS);
}

export async function webSearch(route: RouteRequest): Promise<Response> {
  await readJson(route);
  throw new ProxyError("forbidden", "ollama cloud is disabled: web search is unavailable");
}

export async function webFetch(route: RouteRequest): Promise<Response> {
  await readJson(route);
  throw new ProxyError("forbidden", "ollama cloud is disabled: web fetch is unavailable");
}
