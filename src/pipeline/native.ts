/**
 * `/api/chat` and `/api/generate`: relayed to providers that are Ollama servers, translated for all others.
 *
 * Loading and unloading a model, which a remote service does not know, is answered here.
 */
import { ProxyError } from "../chat/error.ts";
import type { ReplyContext } from "../chat/event.ts";
import type { ChatRequest } from "../chat/request.ts";
import { packContext } from "../apis/ollama/client/context.ts";
import {
  CHAT_SHAPE,
  OllamaEncoder,
  type Shape,
  encodeLoaded,
  encodeReply,
  generateShape,
} from "../apis/ollama/client/encoder.ts";
import { strictBody } from "../apis/ollama/client/normalize.ts";
import { type NativeRequest, decodeChatRequest, decodeGenerateRequest } from "../apis/ollama/client/request.ts";
import { type Front, translateChat } from "./translate.ts";
import type { Outcome, Scope } from "./services.ts";
import { type Target, findTarget } from "./find-model.ts";
import { type JsonBody, relayStream, relayWhole } from "../apis/ollama/relay.ts";

export type NativeRoute = "chat" | "generate";

/** Throws `ProxyError` as long as the client has got nothing. */
export async function answerNative(route: NativeRoute, body: JsonBody, scope: Scope): Promise<Outcome> {
  const request = route === "chat" ? decodeChatRequest(body.value) : decodeGenerateRequest(body.value);
  const { model } = request.chat;
  scope.note({ model });
  // The two routes of the real server disagree here too.
  if (model === "" && route === "chat") throw new ProxyError("bad-request", "model is required");
  const target = await findTarget(model, scope.gateway.catalog);
  // A real server makes these checks itself, and knows better.
  if (target.provider.apiType !== "ollama") checkCapabilities(route, request, target);
  const outcome = await answerFrom(target, { route, request, body }, scope);
  // Only what the provider has answered for counts as loaded.
  scope.gateway.loaded.use(target.listed, request.keepAliveMs);
  return outcome;
}

async function answerFrom(
  target: Target,
  {
    route,
    request,
    body,
  }: { readonly route: NativeRoute; readonly request: NativeRequest; readonly body: JsonBody },
  scope: Scope,
): Promise<Outcome> {
  const { model } = request.chat;
  const unloads = request.isEmpty && request.keepAliveMs === 0;
  if (target.provider.apiType === "ollama") {
    const strict = { text: strictBody(body.text, body.value), value: body.value };
    const relayed = { path: `/api/${route}`, body: strict, model, target };
    // To load or unload is answered with one object even where a stream was asked for.
    if (request.chat.stream && !request.isEmpty)
      return { type: "live", reply: await relayStream(relayed, scope) };
    return { type: "whole", body: await relayWhole(relayed, scope) };
  }
  if (request.hasTemplate) {
    const message = "The provider applies the template of its model; the one of the request is left out";
    scope.gateway.runtime.log("warn", message, { model });
  }
  const shape = shapeOf(route, request);
  if (!request.isEmpty)
    return translate(thinkingByDefault(request.chat, target), target, frontOf(shape), scope);
  return { type: "whole", body: encodeLoaded(contextOf(model, scope), shape, unloads ? "unload" : "load") };
}

/** An Ollama lets a model that can think do so, unless it is told not to. */
function thinkingByDefault(chat: ChatRequest, { listed }: Target): ChatRequest {
  const { capabilities, isGuess } = listed.model;
  if (chat.reasoning !== undefined || isGuess || !capabilities.includes("thinking")) return chat;
  return { ...chat, reasoning: "on" };
}

/** Few hosts continue bare text; one that has no such path is told from one that lacks the model by the path's absence. */
async function translate(chat: ChatRequest, target: Target, front: Front, scope: Scope): Promise<Outcome> {
  try {
    return await translateChat(chat, target, front, scope);
  } catch (error) {
    const isMissing =
      error instanceof ProxyError && /^(?:upstream-no-path|model-not-found)$/.test(error.kind);
    if (chat.completion === undefined || !isMissing) throw error;
    throw new ProxyError(
      "unsupported",
      chat.completion.suffix === ""
        ? `${JSON.stringify(chat.model)} does not support raw prompts: its provider has no /completions`
        : `${qualified(chat.model)} does not support insert`,
      { provider: target.provider.name, cause: error },
    );
  }
}

/** The checks that Ollama makes before it generates, in its words and its order. */
function checkCapabilities(route: NativeRoute, request: NativeRequest, target: Target): void {
  const { capabilities, isGuess } = target.listed.model;
  const { model, reasoning, tools } = request.chat;
  const wantsThinking = reasoning !== undefined && reasoning !== "off";
  if (wantsThinking && !isGuess && !capabilities.includes("thinking")) {
    throw new ProxyError("bad-request", `${JSON.stringify(model)} does not support thinking`);
  }
  if (!capabilities.includes("completion")) {
    throw new ProxyError("bad-request", `${JSON.stringify(model)} does not support ${route}`);
  }
  if (tools.some(({ name }) => name === "")) {
    throw new ProxyError("bad-request", "Cannot read the tools: every tool needs a function with a name");
  }
  if (tools.length > 0 && !isGuess && !capabilities.includes("tools")) {
    throw new ProxyError("unsupported", `${qualified(model)} does not support tools`);
  }
}

/** The real server names the model in full here, and clients match on the rest. */
function qualified(model: string): string {
  return `registry.ollama.ai/library/${model.includes(":") ? model : `${model}:latest`}`;
}

function shapeOf(route: NativeRoute, request: NativeRequest): Shape {
  if (route === "chat") return CHAT_SHAPE;
  const isRaw = request.chat.completion !== undefined;
  return generateShape(isRaw ? undefined : (reply) => packContext(request.chat.messages, reply));
}

function frontOf(shape: Shape): Front {
  return {
    createEncoder: (context) => new OllamaEncoder(context, shape),
    encodeReply: (reply, context) => encodeReply(reply, context, shape),
  };
}

function contextOf(model: string, scope: Scope): ReplyContext {
  const { now, randomId } = scope.gateway.runtime;
  return { model, id: randomId(), now, startedAtMs: scope.startedAtMs, inputTokensEstimate: 0 };
}
