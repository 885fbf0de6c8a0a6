/** One chat request of a dialect that the provider does not speak, from neutral request to the client's text. */
import { ReplyCollector, type ChatReply } from "../chat/collect.ts";
import type { ReplyContext, StreamEncoder } from "../chat/event.ts";
import type { ChatRequest, Message } from "../chat/request.ts";
import type { UpstreamDialect } from "../dialects/dialect.ts";
import { repairFor, repaired } from "../dialects/openai/repair.ts";
import { OPENAI_UPSTREAM } from "../dialects/openai/upstream.ts";
import type { Exchange } from "../providers/client.ts";
import { openAiUrlOf } from "../providers/provider.ts";
import type { JsonObject } from "../wire/json.ts";
import type { Outcome, Scope } from "./gateway.ts";
import { LiveReply } from "./live-reply.ts";
import type { Target } from "./models.ts";
import { EventReader, TranslatePump, type Translation } from "./pump.ts";
import { MOST_REPAIRS } from "./lessons.ts";
import { refused } from "./refusal.ts";
import { sendWithRetry } from "./retry.ts";

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
  const { path, body } = dialect.encodeRequest(asked(request, target), listed.model.id, quirks);
  const exchange = await sendRepaired(
    { path, body: adjusted(body, provider), model: request.model },
    target,
    scope,
  );
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
  };
  if (!request.stream) return { type: "whole", body: await collect(exchange, translation, context, front) };
  const pump = new TranslatePump(translation, front.createEncoder(context));
  return { type: "live", reply: await LiveReply.open(exchange, pump) };
}

async function collect(
  exchange: Exchange,
  translation: Translation,
  context: ReplyContext,
  front: Front,
): Promise<string> {
  const collector = new ReplyCollector(context.now);
  const reader = new EventReader(
    translation,
    (event) => collector.push(event),
    () => undefined,
  );
  try {
    for (let bytes = await exchange.read(); bytes !== undefined; bytes = await exchange.read())
      reader.push(bytes);
    reader.end();
    return front.encodeReply(collector.reply(), context);
  } catch (error) {
    exchange.cancel();
    throw exchange.toError(error);
  }
}

interface Outgoing {
  readonly path: string;
  readonly body: JsonObject;
  /** The name by which the client asked. */
  readonly model: string;
}

/** Sends the body as the provider has taught us to; where it teaches something new, once more. */
async function sendRepaired(
  outgoing: Outgoing,
  { provider, listed }: Target,
  scope: Scope,
): Promise<Exchange> {
  const { lessons, runtime } = scope.gateway;
  const { id } = listed.model;
  for (let round = 0; ; round += 1) {
    const body = repaired(outgoing.body, lessons.recall(provider.name, id));
    const exchange = await sendWithRetry(
      provider,
      {
        method: "POST",
        url: openAiUrlOf(provider, outgoing.path),
        body: JSON.stringify(body),
        accept: body["stream"] === true ? "text/event-stream" : "application/json",
        signal: scope.signal,
      },
      runtime,
    );
    if (exchange.ok) return exchange;
    const text = await exchange.text();
    const repair = TEACHING.has(exchange.status) && round < MOST_REPAIRS ? repairFor(text, body) : undefined;
    if (repair === undefined)
      throw refused(OPENAI_UPSTREAM.decodeError(exchange.status, text), exchange, outgoing.model);
    lessons.learn(provider.name, id, repair);
    runtime.log("warn", "The provider refused part of a request; sending it without from now on", {
      provider: provider.name,
      model: id,
      change: JSON.stringify(repair),
    });
  }
}

/** Statuses by which hosts say that they do not know a field. */
const TEACHING: ReadonlySet<number> = new Set([400, 413, 422]);

/** A model that nobody knows to think is not told to stop: many hosts refuse what they have no switch for. */
function asked(request: ChatRequest, { listed }: Target): ChatRequest {
  const { capabilities, isGuess } = listed.model;
  const understands = capabilities.includes("thinking") || (isGuess && request.reasoning !== "off");
  return understands ? request : { ...request, reasoning: undefined };
}

/** The user's own additions and omissions win over everything else. */
function adjusted(body: JsonObject, provider: Target["provider"]): JsonObject {
  const merged = { ...body, ...provider.extraBody };
  return Object.fromEntries(Object.entries(merged).filter(([key]) => !provider.dropParams.includes(key)));
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
