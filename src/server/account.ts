/** Handlers for accounts at ollama.com. Clients of ollama-proxy are never signed in there. */
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
import type { RouteRequest } from "./route.ts";

/** Clients use a cloud model only when the user is signed in. So a user is reported while such a model is listed. */
export async function me({ services }: RouteRequest): Promise<Response> {
  const { listed } = await services.catalog.current();
  return listed.some(looksLikeCloudModel) ? jsonReply(ACCOUNT) : jsonReply(UNAUTHORIZED, 401);
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
