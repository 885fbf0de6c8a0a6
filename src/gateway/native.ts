/**
 * `/api/chat` and `/api/generate`: relayed to providers that are Ollama servers, translated for all others.
 *
 * Loading and unloading a model, which a remote service does not know, is answered here.
 */
import { ProxyError } from "../chat/error.ts";
import type { ReplyContext } from "../chat/event.ts";
import { decodeError } from "../dialects/ollama/error.ts";
import { packContext } from "../dialects/ollama/context.ts";
import {
  CHAT_SHAPE,
  OllamaEncoder,
  type Shape,
  encodeLoaded,
  encodeReply,
  generateShape,
} from "../dialects/ollama/front.ts";
import { type NativeRequest, decodeChatRequest, decodeGenerateRequest } from "../dialects/ollama/request.ts";
import { replaceMember } from "../wire/json-edit.ts";
import { urlOf } from "../providers/provider.ts";
import { type Front, translateChat } from "./chat.ts";
import type { Gateway, Incoming, Outcome } from "./gateway.ts";
import { LiveReply } from "./live-reply.ts";
import { type Target, findTarget } from "./models.ts";
import { RelayPump } from "./relay.ts";
import { sendWithRetry } from "./retry.ts";

/** A request body as text, which is relayed, and as the value that it parses to. */
export interface JsonBody {
  readonly text: string;
  readonly value: unknown;
}

export type NativeRoute = "chat" | "generate";

type Scope = Incoming & { readonly gateway: Gateway };

/** Throws `ProxyError` as long as the client has got nothing. */
export async function answerNative(route: NativeRoute, body: JsonBody, scope: Scope): Promise<Outcome> {
  const request = route === "chat" ? decodeChatRequest(body.value) : decodeGenerateRequest(body.value);
  const { model } = request.chat;
  scope.note({ model });
  // The two routes of the real server disagree here too.
  if (model === "" && route === "chat") throw new ProxyError("bad-request", "model is required");
  const target = await findTarget(model, scope.gateway.catalog);
  checkCapabilities(route, request, target);
  const unloads = request.isEmpty && request.keepAliveMs === 0;
  scope.gateway.loaded.use(target.listed, request.keepAliveMs);
  if (request.isEmpty)
    return {
      type: "whole",
      body: encodeLoaded(contextOf(model, scope), shapeOf(route, request), unloads ? "unload" : "load"),
    };
  if (target.provider.apiType === "ollama") return relay(`/api/${route}`, body, request, { target, scope });
  const shape = shapeOf(route, request);
  return translateChat(request.chat, target, frontOf(shape), scope);
}

/** The checks that Ollama makes before it generates, in its words and its order. */
function checkCapabilities(route: NativeRoute, request: NativeRequest, target: Target): void {
  const { capabilities } = target.listed.model;
  const { model, reasoning, tools } = request.chat;
  const wantsThinking = reasoning !== undefined && reasoning !== "off";
  if (wantsThinking && !capabilities.includes("thinking") && capabilities.includes("embedding")) {
    throw new ProxyError("bad-request", `${JSON.stringify(model)} does not support thinking`);
  }
  if (!capabilities.includes("completion")) {
    throw new ProxyError("bad-request", `${JSON.stringify(model)} does not support ${route}`);
  }
  if (tools.length > 0 && !capabilities.includes("tools")) {
    throw new ProxyError("unsupported", `${qualified(model)} does not support tools`);
  }
}

/** The real server names the model in full here, and clients match on the rest. */
function qualified(model: string): string {
  return `registry.ollama.ai/library/${model.includes(":") ? model : `${model}:latest`}`;
}

function shapeOf(route: NativeRoute, request: NativeRequest): Shape {
  if (route === "chat") return CHAT_SHAPE;
  const isRaw = request.completion !== undefined;
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

async function relay(
  path: string,
  body: JsonBody,
  request: NativeRequest,
  { target, scope }: { readonly target: Target; readonly scope: Scope },
): Promise<Outcome> {
  const { provider, listed } = target;
  const { model, stream } = request.chat;
  scope.note({ provider: provider.name, lane: "relay" });
  const exchange = await sendWithRetry(
    provider,
    {
      method: "POST",
      url: urlOf(provider, path),
      body: replaceMember(body.text, "model", JSON.stringify(listed.model.id)),
      accept: stream ? "application/x-ndjson" : "application/json",
      signal: scope.signal,
    },
    scope.gateway.runtime,
  );
  if (!exchange.ok)
    throw renamed(decodeError(exchange.status, await exchange.text()), model).from(provider.name);
  if (stream) return { type: "live", reply: await LiveReply.open(exchange, new RelayPump(model)) };
  const text = await exchange.text();
  return {
    type: "whole",
    body: replaceMember(wholeReply(text, provider.name), "model", JSON.stringify(model)),
  };
}

/** A provider knows the model by its own name; the client asked by another. */
function renamed(error: ProxyError, model: string): ProxyError {
  if (error.kind !== "model-not-found") return error;
  return new ProxyError("model-not-found", `model '${model}' not found`);
}

function wholeReply(text: string, provider: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !("error" in value)) return text.trim();
  } catch (cause) {
    throw new ProxyError("upstream-invalid", "The provider sent something that is no JSON", { cause }).from(
      provider,
    );
  }
  throw decodeError(200, text).from(provider);
}
