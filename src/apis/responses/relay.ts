/**
 * Relays `/v1/responses` to a provider that serves it. Features that the provider keeps between turns then
 * work: encrypted reasoning, stored conversations, and tools that it runs. Only the model's name is
 * rewritten, in both directions.
 */
import { UsageMeter } from "../../chat/usage-meter.ts";
import { wellFormedJson } from "../../chat/surrogates.ts";
import { SSE_TYPE } from "../../wire/content-types.ts";
import { isObject, parseJson } from "../../wire/json.ts";
import { replaceMember } from "../../wire/json-edit.ts";
import { isEventStream } from "../../wire/sse.ts";
import type { Relay, RelayContext } from "../endpoint.ts";
import { decodeError } from "../shared/upstream-errors.ts";
import { errorInReply } from "../shared/whole-reply.ts";
import { ResponsesRelayTranslator, lackOf } from "./relay-translator.ts";
import { outputLength, usageOf } from "./usage.ts";

export const RESPONSES_RELAY: Relay = {
  paths: { openai: "/responses", responses: "/responses", ollama: "/v1/responses" },
  isServed: ({ responses, chatApi }) => responses === "relay" || chatApi === "responses",
  passesHeaders: true,
  acceptStream: SSE_TYPE,
  decodeError,
  createTranslator: (_request, _options, context) => new ResponsesRelayTranslator(context),
  readReply: ({ text }, request, _options, context) => {
    const reply = parseJson(text);
    // Some models only stream.
    if (reply === undefined && isEventStream(text)) return aggregated(text, context);
    const error = errorInReply("response", reply, text);
    if (error !== undefined) throw error;
    const lack = isObject(reply) ? lackOf(reply) : undefined;
    if (lack !== undefined && context.hasOther?.(lack) === true) throw lack;
    const meter = new UsageMeter(context.reportUsage);
    meter.count(outputLength(reply));
    const usage = usageOf(reply);
    if (usage !== undefined) meter.read(usage);
    meter.close();
    return wellFormedJson(replaceMember(text.trim(), "model", JSON.stringify(request.model)));
  },
};

/** The response at the end of a stream, as JSON text. Throws `ProxyError` when the stream is incomplete. */
function aggregated(text: string, context: RelayContext): string {
  const translator = new ResponsesRelayTranslator(context);
  translator.push(new TextEncoder().encode(text));
  translator.end();
  translator.close();
  return wellFormedJson(JSON.stringify(translator.response));
}
