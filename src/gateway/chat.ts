/** One chat request of a dialect that the provider does not speak, from neutral request to the client's text. */
import type { ChatReply } from "../chat/collect.ts";
import type { ReplyContext, StreamEncoder } from "../chat/event.ts";
import type { ChatRequest, Message } from "../chat/request.ts";
import type { UpstreamDialect } from "../dialects/dialect.ts";
import { OPENAI_UPSTREAM } from "../dialects/openai/upstream.ts";
import type { JsonObject } from "../wire/json.ts";
import type { Outcome, Scope } from "./gateway.ts";
import { LiveReply } from "./live-reply.ts";
import type { Target } from "./models.ts";
import { CollectPump, TranslatePump, type Translation } from "./pump.ts";
import { adjusted, sendRepaired } from "./outgoing.ts";

/** How one client dialect says a reply. */
export interface Front {
  createEncoder(context: ReplyContext): StreamEncoder;
  /** JSON text. Throws `ProxyError` when the reply cannot be said. */
  encodeReply(reply: ChatReply, context: ReplyContext): string;
}

/** Throws `ProxyError` as long as the client has got nothing. */
export async function translateChat(
  request: ChatRequest,
  target: Target,
  front: Front,
  scope: Scope,
): Promise<Outcome> {
  const { gateway } = scope;
  const { provider, listed } = target;
  scope.note({ provider: provider.name, lane: "translate" });
  const dialect: UpstreamDialect = OPENAI_UPSTREAM;
  const quirks = provider.quirksOf(listed.model.id);
  const { path, body } = dialect.encodeRequest(
    { ...asked(request, target), messages: gateway.memory.recall(request.messages) },
    listed.model.id,
    quirks,
  );
  const outgoing = {
    path,
    body: adjusted(body, provider),
    model: request.model,
    encode: (final: JsonObject) => JSON.stringify(final),
  };
  const exchange = await sendRepaired(outgoing, target, scope);
  const context: ReplyContext = {
    model: request.model,
    id: gateway.runtime.randomId(),
    now: gateway.runtime.now,
    startedAtMs: scope.startedAtMs,
    inputTokensEstimate: estimateTokens(request.messages),
  };
  const translation: Translation = {
    framing: dialect.framing,
    decoder: dialect.createDecoder(context, quirks),
    decodeError: dialect.decodeError,
    hidesReasoning: request.reasoning === "off",
    memory: gateway.memory,
  };
  if (request.stream) {
    const pump = new TranslatePump(translation, front.createEncoder(context));
    return { type: "live", reply: await LiveReply.open(exchange, pump) };
  }
  const pump = new CollectPump(translation, context.now, (reply) => front.encodeReply(reply, context));
  const reply = await LiveReply.open(exchange, pump);
  return { type: "whole", body: (await reply.next()) ?? "" };
}

/** A model that nobody knows to think is not told to stop: many hosts refuse what they have no switch for. */
function asked(request: ChatRequest, { listed }: Target): ChatRequest {
  const { capabilities, isGuess } = listed.model;
  const understands = capabilities.includes("thinking") || (isGuess && request.reasoning !== "off");
  return understands ? request : { ...request, reasoning: undefined };
}

/** A token is about four characters. */
function estimateTokens(messages: readonly Message[]): number {
  let characters = 0;
  for (const message of messages) {
    if (message.role === "system" || message.role === "assistant") characters += message.text.length;
    else for (const part of message.parts) characters += part.type === "text" ? part.text.length : 0;
  }
  return Math.max(1, Math.ceil(characters / 4));
}
