/** Handlers for what belongs to an account at ollama.com. Nobody is signed in there through us. */
import { ProxyError } from "../chat/error.ts";
import { readJson } from "./body.ts";
import { jsonReply } from "./reply.ts";
import type { RouteRequest } from "./routes.ts";

/**
 * The command line asks who is signed in before it runs a model whose name looks like one of Ollama's cloud; as long as such a
 * model is listed somebody has to be, or it could not be used.
 */
export async function me({ gateway }: RouteRequest): Promise<Response> {
  const { entries } = await gateway.catalog.current();
  if (!entries.some(({ name }) => /:(?:cloud|[^/:]*-cloud)$/i.test(name))) {
    const body = { error: "unauthorized", signin_url: "https://ollama.com/connect" };
    return jsonReply(JSON.stringify(body), 401);
  }
  return jsonReply(
    '{"id":"00000000-0000-4000-8000-000000000000","email":"","name":"ollama-proxy","plan":"free"}',
  );
}

export function signOut(): Response {
  return jsonReply('{"error":"you are not currently signed in"}', 401);
}

export function recommendations(): Response {
  return jsonReply('{"recommendations":[]}');
}

export async function webSearch(route: RouteRequest): Promise<Response> {
  await readJson(route);
  throw new ProxyError("forbidden", "ollama cloud is disabled: web search is unavailable");
}

export async function webFetch(route: RouteRequest): Promise<Response> {
  await readJson(route);
  throw new ProxyError("forbidden", "ollama cloud is disabled: web fetch is unavailable");
}
