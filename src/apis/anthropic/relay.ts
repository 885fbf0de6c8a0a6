/**
 * Relays `/v1/messages` and `/v1/messages/count_tokens` to a provider that serves them. Everything that the client sends passes,
 * with its beta features: signed thinking, cache breakpoints, and tools that the provider runs. Only the model's name is
 * rewritten, in both directions.
 */
import { UsageMeter } from "../../chat/usage-meter.ts";
import { wellFormedJson } from "../../chat/surrogates.ts";
import { JSON_TYPE, SSE_TYPE } from "../../wire/content-types.ts";
import { arrayAt, numberAt, parseJson, stringAt } from "../../wire/json.ts";
import { replaceMember } from "../../wire/json-edit.ts";
import { isEventStream } from "../../wire/sse.ts";
import type { Relay, RelayContext } from "../endpoint.ts";
import { decodeError } from "../shared/upstream-errors.ts";
import { errorInFrame } from "../shared/frame-errors.ts";
import { errorInReply } from "../shared/whole-reply.ts";
import { EventMerger } from "./message-events.ts";
import { AnthropicRelayTranslator, emptinessOf } from "./relay-translator.ts";
import { UsageReader } from "./usage.ts";

const REQUEST_HEADERS = ["anthropic-beta"];

export const MESSAGES_RELAY: Relay = {
  paths: { anthropic: "/messages", ollama: "/v1/messages" },
  requestHeaders: REQUEST_HEADERS,
  passesHeaders: true,
  acceptStream: SSE_TYPE,
  decodeError,
  createTranslator: (_request, _options, context) => new AnthropicRelayTranslator(context),
  readReply: ({ text }, request, _options, context) => {
    const reply = parseJson(text);
    // Some models only stream.
    if (reply === undefined && isEventStream(text)) return merged(text, context);
    const error = errorInReply("message", reply, text);
    if (error !== undefined) throw error;
    const isEmpty = arrayAt(reply, "content").length === 0;
    const emptiness = isEmpty ? emptinessOf(stringAt(reply, "stop_reason")) : undefined;
    if (emptiness !== undefined && context.hasOther?.(emptiness) === true) throw emptiness;
    reportUsage(reply, context);
    return wellFormedJson(replaceMember(text.trim(), "model", JSON.stringify(request.model)));
  },
};

/** The count of the provider. The reply is one number, so there is nothing to stream. */
export const COUNT_RELAY: Relay = {
  paths: { anthropic: "/messages/count_tokens" },
  isServed: (options) => options.countTokens === "relay",
  requestHeaders: REQUEST_HEADERS,
  passesHeaders: true,
  acceptStream: JSON_TYPE,
  decodeError,
  createTranslator: (_request, _options, context) => new AnthropicRelayTranslator(context),
  readReply: ({ text }) => {
    const reply = parseJson(text);
    if (numberAt(reply, "input_tokens") !== undefined) return text.trim();
    throw errorInFrame(reply, undefined) ?? decodeError(200, text);
  },
};

/** Throws `ProxyError` when the stream is incomplete. */
function merged(text: string, context: RelayContext): string {
  const merger = new EventMerger();
  const translator = new AnthropicRelayTranslator(context, merger.push);
  translator.push(new TextEncoder().encode(text));
  translator.end();
  translator.close();
  return wellFormedJson(JSON.stringify({ ...merger.message, model: context.model }));
}

function reportUsage(reply: unknown, context: RelayContext): void {
  const meter = new UsageMeter(context.reportUsage);
  const reader = new UsageReader();
  reader.push(reply);
  for (const block of arrayAt(reply, "content")) {
    meter.count((stringAt(block, "text") ?? stringAt(block, "thinking") ?? "").length);
  }
  const usage = reader.read();
  if (usage !== undefined) meter.read(usage);
  meter.close();
}
