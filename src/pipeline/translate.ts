/** One chat request of a dialect that the provider does not speak, from neutral request to the client's text. */
import type { ChatReply } from "../chat/collect.ts";
import { estimateTokens } from "../chat/estimate.ts";
import type { ReplyContext, StreamEncoder } from "../chat/event.ts";
import type { ChatRequest } from "../chat/request.ts";
import { type Exchange, LESS_AT_ONCE } from "../providers/client.ts";
import type { Quirks, UpstreamDialect, UpstreamRequest } from "../apis/api.ts";
import { OPENAI_UPSTREAM } from "../apis/openai/upstream/request.ts";
import type { Translation } from "./event-reader.ts";
import type { Outcome, Scope } from "./services.ts";
import type { Target } from "./find-model.ts";
import { openReply } from "./open-reply.ts";
import { type Outgoing, sendRepaired } from "./attempt.ts";
import { CollectPump, type Pump, TranslatePump } from "./stream-translator.ts";

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
  scope.note({ provider: target.provider.name, lane: "translate" });
  const dialect: UpstreamDialect = OPENAI_UPSTREAM;
  const { provider } = target;
  const { id } = target.listed.model;
  const messages = gateway.memory.recall(request.messages, provider.name);
  const quirks = provider.quirksOf(id);
  let toolNames: UpstreamRequest["toolNames"] = new Map();
  const outgoing: Outgoing = {
    requestFor: (wanted) => {
      const made = dialect.encodeRequest({ ...asked(request, target, wanted), messages }, id, wanted);
      ({ toolNames } = made);
      if (made.leftOut.length > 0) scope.note({ leftOut: made.leftOut.join(" ") });
      return made;
    },
    model: request.model,
    encode: (body) => JSON.stringify(body),
  };
  const context: ReplyContext = {
    model: request.model,
    id: gateway.runtime.randomId(),
    now: gateway.runtime.now,
    startedAtMs: scope.startedAtMs,
    inputTokensEstimate: estimateTokens(request),
  };
  const createTranslation = (): Translation => ({
    framing: dialect.framing,
    decoder: dialect.createDecoder(context, quirks),
    decodeError: dialect.decodeError,
    hidesReasoning: request.reasoning === "off",
    toolNames,
    echo: quirks.echoesPrefill ? prefillOf(request) : "",
    remember: (call, made) => gateway.memory.remember(call, made, provider.name),
  });
  const createPump = (): Pump =>
    request.stream
      ? new TranslatePump(createTranslation(), front.createEncoder(context))
      : new CollectPump(createTranslation(), context.now, (reply) => front.encodeReply(reply, context));
  const send = async (): Promise<Exchange> => {
    const exchange = await sendRepaired(outgoing, target, scope);
    if (!request.stream) exchange.limitSize(provider.limits.maxReplyBytes, LESS_AT_ONCE);
    return exchange;
  };
  const reply = await openReply(send, createPump, scope);
  return request.stream ? { type: "live", reply } : { type: "whole", body: (await reply.next()) ?? "" };
}

/** What is asked of this model: how to think only if it is known to, or likely; how much to say at most where it has to be said. */
function asked(request: ChatRequest, { listed }: Target, quirks: Quirks): ChatRequest {
  const { capabilities, isGuess, outputLength } = listed.model;
  // A model that nobody knows to think is not told to stop: many hosts refuse what they have no switch for.
  const understands = capabilities.includes("thinking") || (isGuess && request.reasoning !== "off");
  const reasoning = understands ? request.reasoning : undefined;
  if (!quirks.needsMaxTokens || request.sampling.maxTokens !== undefined) return { ...request, reasoning };
  return {
    ...request,
    reasoning,
    sampling: { ...request.sampling, maxTokens: outputLength ?? USUAL_MAX_TOKENS },
  };
}

const USUAL_MAX_TOKENS = 4096;

/** The last message, when it is the assistant's and to be gone on with. */
function prefillOf({ messages }: ChatRequest): string {
  const last = messages.at(-1);
  return last?.role === "assistant" && last.toolCalls.length === 0 ? last.text : "";
}
