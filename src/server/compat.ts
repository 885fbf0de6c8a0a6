/** Handlers of `/v1`: the routes of OpenAI and Anthropic, as an Ollama serves them. */
import { modelNotFound } from "../chat/error.ts";
import { ANTHROPIC_FRONT, PING } from "../dialects/anthropic/front.ts";
import { countTokens } from "../dialects/anthropic/request.ts";
import type { FrontDialect } from "../dialects/dialect.ts";
import { encodeModel, encodeModels } from "../dialects/openai/models-front.ts";
import { RESPONSES_FRONT } from "../dialects/responses/front.ts";
import { translateChat } from "../gateway/chat.ts";
import { findTarget } from "../gateway/models.ts";
import { relayOpenAi } from "../gateway/openai.ts";
import { readCompatJson } from "./body.ts";
import { SSE_TYPE, outcomeReply } from "./reply.ts";
import type { Handler, RouteRequest } from "./routes.ts";

/** `path` is the route without `/v1`. */
export function openAi(path: string): Handler {
  return async (route) => {
    const outcome = await relayOpenAi(path, await readCompatJson(route.request), route);
    return outcomeReply(outcome, { contentType: SSE_TYPE, onEnd: route.onEnd });
  };
}

export const messages: Handler = translated(ANTHROPIC_FRONT, { ping: PING });
export const responses: Handler = translated(RESPONSES_FRONT, {});

function translated(front: FrontDialect, options: { readonly ping?: string }): Handler {
  return async (route) => {
    const request = front.decodeRequest((await readCompatJson(route.request)).value);
    route.note({ model: request.chat.model });
    const target = await findTarget(request.chat.model, route.gateway.catalog);
    route.gateway.loaded.use(target.listed);
    const outcome = await translateChat(request.chat, target, request, route);
    return outcomeReply(outcome, { contentType: SSE_TYPE, onEnd: route.onEnd, ...options });
  };
}

export async function messageTokens({ request }: RouteRequest): Promise<Response> {
  return Response.json(countTokens((await readCompatJson(request)).value));
}

export async function models({ gateway }: RouteRequest): Promise<Response> {
  const { entries } = await gateway.catalog.current();
  return Response.json(encodeModels(entries));
}

export async function model({ gateway, rest }: RouteRequest): Promise<Response> {
  const missing = rest.includes(":") ? rest : `${rest}:latest`;
  const { listed } = await findTarget(rest, gateway.catalog, { missing: () => modelNotFound(missing) });
  return Response.json(encodeModel({ ...listed, name: rest }));
}
