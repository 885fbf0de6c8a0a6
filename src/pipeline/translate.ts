/** Translations: the neutral request is encoded for the provider's API, and its reply is decoded. */
import type { ChatCodec } from "../apis/upstream-api.ts";
import type { RelayContext, Translatable } from "../apis/endpoint.ts";
import type { StreamTranslator } from "../apis/stream-translator.ts";
import { withoutFence } from "../chat/fence.ts";
import type { ChatRequest } from "../chat/request.ts";
import type { ProviderOptions } from "../options/options.ts";
import type { Plan } from "./attempt.ts";
import { adaptToModel } from "./checks.ts";
import { AggregateTranslator, EventTranslator } from "./event-translator.ts";
import type { HistoryStore, Translation } from "./event-reader.ts";
import type { Reply } from "./reply.ts";
import { readAggregated, readStream } from "./read-reply.ts";
import type { Candidate } from "./resolve.ts";
import type { ToolCallCache } from "./tool-call-cache.ts";

type TranslatedChat = Extract<Translatable, { readonly type: "chat" }>;

export function chatPlan(
  translated: TranslatedChat,
  candidate: Candidate,
  context: RelayContext,
  toolCalls: ToolCallCache,
): Plan<Reply> {
  const { provider, listed } = candidate;
  const { chat: codec } = provider.api;
  const { chat, droppedParams = [] } = translated;
  const origin = `[${provider.name}]-${listed.model.id}`;
  const messages = toolCalls.complete(chat.messages, origin);
  const history = toolCalls.storeOf(origin);
  return {
    mode: "translate",
    passesHeaders: false,
    decodeError: codec.decodeError,
    encode: (options) => {
      const adapted = { ...adaptToModel(chat, candidate, options), messages };
      const wantsThinking = chat.reasoning !== undefined && chat.reasoning !== "off";
      const losesThinking = wantsThinking && adapted.reasoning === undefined;
      const encoded = codec.encodeRequest(adapted, listed.model.id, options);
      const { toolNames } = encoded;
      const read = chat.stream ? readStream : readAggregated;
      return {
        path: encoded.path,
        accept: encoded.accept,
        ...(encoded.headers === undefined ? {} : { headers: encoded.headers }),
        body: { type: "json", value: encoded.body, encode: (body) => JSON.stringify(body) },
        droppedParams: [...droppedParams, ...encoded.droppedParams, ...(losesThinking ? ["think"] : [])],
        read: (exchange) =>
          read(exchange, chatTranslator(translated, codec, context, { options, toolNames, history })),
      };
    },
  };
}

export interface TranslatorOptions {
  readonly options: ProviderOptions;
  /** The client's names of the tools that were renamed for the provider. */
  readonly toolNames: ReadonlyMap<string, string>;
  readonly history: HistoryStore;
}

/** The translator of one reply: streamed if the client asked for a stream, else aggregated. */
export function chatTranslator(
  { chat, createEncoder, encodeReply }: TranslatedChat,
  codec: ChatCodec,
  context: RelayContext,
  { options, toolNames, history }: TranslatorOptions,
): StreamTranslator {
  const translation: Translation = {
    decoder: codec.createDecoder(context, options),
    decodeError: codec.decodeError,
    hidesReasoning: chat.reasoning === "off",
    toolNames,
    removesFence: chat.stream && chat.format !== undefined,
    echo: options.echoesPrefill ? prefillOf(chat) : "",
    history,
    reportUsage: context.reportUsage,
    hasOther: context.hasOther ?? (() => false),
  };
  return chat.stream
    ? new EventTranslator(translation, createEncoder(context))
    : new AggregateTranslator(translation, context.now, (reply) =>
        encodeReply(
          chat.format === undefined ? reply : { ...reply, text: withoutFence(reply.text) },
          context,
        ),
      );
}

/** The text of a last message of the assistant, which the reply continues; else empty. */
function prefillOf({ messages }: ChatRequest): string {
  const last = messages.at(-1);
  return last?.role === "assistant" && last.toolCalls.length === 0 ? last.text : "";
}
