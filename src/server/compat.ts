/** Handlers of `/v1`: the routes of OpenAI and Anthropic, as an Ollama serves them. */
import { type ProxyError, modelNotFound } from "../chat/error.ts";
import { ANTHROPIC_FRONT, PING } from "../apis/anthropic/client/encoder.ts";
import { countTokens } from "../apis/anthropic/client/request.ts";
import type { FrontDialect } from "../apis/api.ts";
import { encodeModel, encodeModels } from "../apis/openai/client/models.ts";
import { RESPONSES_FRONT } from "../apis/responses/client/encoder.ts";
import { translateChat } from "../pipeline/translate.ts";
import { type Target, findTarget } from "../pipeline/find-model.ts";
import type { Outcome } from "../pipeline/services.ts";
import { relayOpenAi } from "../apis/openai/relay.ts";
import type { JsonBody } from "../apis/ollama/relay.ts";
import { relayResponses } from "../apis/responses/relay.ts";
import { transcribe } from "../pipeline/transcribe.ts";
import { stringAt } from "../wire/json.ts";
import { readCompatJson, readForm } from "./body.ts";
import { SSE_TYPE, bareReply, outcomeReply } from "./reply.ts";
import type { Handler, RouteRequest } from "./routes.ts";

function eventsOf({ onEnd }: RouteRequest) {
  return { contentType: SSE_TYPE, onEnd, whole: bareReply };
}

/** `path` is the route without `/v1`. */
export function openAi(path: string): Handler {
  return async (route) => {
    const outcome = await relayOpenAi(path, await readCompatJson(route), route);
    return outcomeReply(outcome, eventsOf(route));
  };
}

export async function messages(route: RouteRequest): Promise<Response> {
  const outcome = await translated(ANTHROPIC_FRONT, (await readCompatJson(route)).value, route);
  return outcomeReply(outcome, { ...eventsOf(route), isCacheable: false, ping: PING });
}

/** Relayed to a provider that has the route itself, and is known, or configured, to. */
export async function responses(route: RouteRequest): Promise<Response> {
  const body = await readCompatJson(route);
  const name = stringAt(body.value, "model") ?? "";
  // What is wrong with the request itself is told first.
  const missing = (): ProxyError => {
    RESPONSES_FRONT.decodeRequest(body.value);
    return modelNotFound(name);
  };
  const target = name === "" ? undefined : await findTarget(name, route.gateway.catalog, { missing });
  const isRelayed = target?.provider.quirksOf(target.listed.model.id).responses === "relay";
  const outcome =
    target !== undefined && isRelayed
      ? await relayed(name, body, target, route)
      : await translated(RESPONSES_FRONT, body.value, route);
  return outcomeReply(outcome, { ...eventsOf(route), isCacheable: false });
}

async function relayed(name: string, body: JsonBody, target: Target, route: RouteRequest): Promise<Outcome> {
  const outcome = await relayResponses(name, body, target, route);
  route.gateway.loaded.use(target.listed);
  return outcome;
}

async function translated(front: FrontDialect, body: unknown, route: RouteRequest): Promise<Outcome> {
  const request = front.decodeRequest(body);
  const target = await findTarget(request.chat.model, route.gateway.catalog);
  route.note({ model: request.chat.model });
  const outcome = await translateChat(request.chat, target, request, route);
  route.gateway.loaded.use(target.listed);
  return outcome;
}

export async function transcriptions(route: RouteRequest): Promise<Response> {
  const { text, contentType } = await transcribe(await readForm(route), route);
  return new Response(text, { headers: { "content-type": contentType } });
}

export async function messageTokens(route: RouteRequest): Promise<Response> {
  return bareReply(JSON.stringify(countTokens((await readCompatJson(route)).value)));
}

export async function models({ gateway }: RouteRequest): Promise<Response> {
  const { entries } = await gateway.catalog.current();
  return bareReply(JSON.stringify(encodeModels(entries)));
}

export async function model({ gateway, rest }: RouteRequest): Promise<Response> {
  const missing = rest.includes(":") ? rest : `${rest}:latest`;
  const { listed } = await findTarget(rest, gateway.catalog, { missing: () => modelNotFound(missing) });
  return bareReply(JSON.stringify(encodeModel({ ...listed, name: rest })));
}
