/**
 * Relays requests of OpenAI's API to a provider with the same API. An Ollama server has it under `/v1`. The
 * model's name is rewritten in both directions. Fields that the provider is known to reject are omitted.
 */
import type { RequestDefaults } from "../../chat/defaults.ts";
import { type ProxyError, emptyReply, filteredReply, truncatedReply } from "../../chat/error.ts";
import { UsageMeter } from "../../chat/usage-meter.ts";
import type { ProviderOptions } from "../../options/options.ts";
import { wellFormedJson } from "../../chat/surrogates.ts";
import { JSON_TYPE, SSE_TYPE } from "../../wire/content-types.ts";
import {
  type JsonObject,
  arrayAt,
  isObject,
  numberAt,
  objectAt,
  parseJson,
  stringAt,
} from "../../wire/json.ts";
import { replaceMember } from "../../wire/json-edit.ts";
import { SseDecoder, isEventStream, withoutEndMark } from "../../wire/sse.ts";
import type { ClientRequest, JsonBody, Relay, RelayBody, RelayContext } from "../endpoint.ts";
import { encodeRelayBody } from "../shared/relay-body.ts";
import { decodeError } from "../shared/upstream-errors.ts";
import { type ReplyKind, errorInReply, errorInTranscript } from "../shared/whole-reply.ts";
import { isWholeReply } from "./chunk.ts";
import { mergeChunks } from "./merge-chunks.ts";
import { adaptBody } from "./adapt-body.ts";
import { adaptFormat } from "./adapt-format.ts";
import { withRelayDefaults } from "./relay-defaults.ts";
import { withFinishReasons } from "./reply-fields.ts";
import { OpenAiRelayTranslator } from "./relay-translator.ts";
import { RelayRepair } from "./relay-repair.ts";
import { repairBody, wantsJson } from "./relay-request.ts";
import { ChoiceJoiner } from "./upstream/choices.ts";
import { UsageReader } from "./upstream/usage.ts";

/** `path` is the route without `/v1`, e.g. `/chat/completions`. */
export function openAiRelay(path: string, kind: ReplyKind): Relay {
  return {
    paths: { openai: path, responses: path, ollama: `/v1${path}` },
    isServed: ({ chatApi }) => chatApi === "completions",
    passesHeaders: true,
    acceptStream: SSE_TYPE,
    decodeError,
    createTranslator: (request, options, context) =>
      new OpenAiRelayTranslator(request, options, context, wantsOne(path, request)),
    readReply: ({ text: sent }, request, options, context) => {
      const text = withoutEndMark(sent);
      const reply = parseJson(text);
      const isOne = wantsOne(path, request);
      // Some models only stream.
      if (reply === undefined && isEventStream(text)) {
        return aggregated(sent, request, new OpenAiRelayTranslator(request, options, context, isOne));
      }
      const error = errorInReply(kind, reply, text);
      if (error !== undefined) throw error;
      const lack = kind === "completion" ? lackOf(reply) : undefined;
      if (lack !== undefined && context.hasOther?.(lack) === true) throw lack;
      reportUsage(reply, context);
      const joined = isOne && isObject(reply) ? new ChoiceJoiner().join(reply, false) : reply;
      const body = joined === reply ? text.trim() : JSON.stringify(joined);
      const repair = new RelayRepair({ replyId: context.id, isJson: wantsJson(request) });
      const repaired = repair.whole(joined, body);
      const finished = withFinishReasons(repaired === body ? joined : parseJson(repaired), repaired);
      return wellFormedJson(replaceMember(finished, "model", JSON.stringify(request.model)));
    },
  };
}

/** The error for a reply without content, which is passed on unless another model can answer. */
function lackOf(reply: unknown): ProxyError | undefined {
  const choices = arrayAt(reply, "choices");
  const isEmpty = choices.every((choice) => {
    const calls = arrayAt(objectAt(choice, "message"), "tool_calls");
    return lengthOf(choice) === 0 && calls.length === 0;
  });
  const reasons = choices.map((choice) => stringAt(choice, "finish_reason"));
  if (!isEmpty) return undefined;
  if (reasons.includes("content_filter")) return filteredReply();
  return reasons.every((reason) => reason === "stop") ? emptyReply() : undefined;
}

/** Whether the client wants one choice. A completion has one choice for each prompt. */
function wantsOne(path: string, { body }: ClientRequest): boolean {
  return path === "/chat/completions" && (numberAt(body, "n") ?? 1) <= 1;
}

/**
 * `/audio/transcriptions`. The reply stays as the provider wrote it: JSON, plain text, subtitles or events.
 */
export const TRANSCRIPTION_RELAY: Relay = {
  ...openAiRelay("/audio/transcriptions", "completion"),
  isServed: () => true,
  readReply: ({ text, contentType = JSON_TYPE, isCut }) => {
    // Plain text has no end marker, so only the connection shows that it was cut.
    if (isCut) throw truncatedReply();
    const error = errorInTranscript(text, contentType);
    if (error !== undefined) throw error;
    return text;
  },
};

/**
 * The client's body with the provider's name of the model. Other text changes only where the provider is
 * known to reject it.
 */
export function encodeRelay(
  body: JsonBody,
  model: string,
  options: ProviderOptions,
  defaults: RequestDefaults | undefined,
): RelayBody {
  const dropped = options.unsupportedParams.filter((field) => isObject(body.value) && field in body.value);
  const edit = (members: JsonObject): JsonObject => {
    const whole = defaults === undefined ? members : withRelayDefaults(members, defaults, options);
    return adaptBody(adaptFormat(repairBody(whole, options), options), options);
  };
  return encodeRelayBody(body, model, edit, dropped);
}

/**
 * Merges the events of a stream into a whole reply, as JSON text. Throws `ProxyError` when the stream is
 * incomplete.
 */
function aggregated(text: string, request: ClientRequest, translator: OpenAiRelayTranslator): string {
  const relayed = translator.push(new TextEncoder().encode(text)) + translator.end();
  translator.close();
  const sent = framesIn(text);
  // Frames in the format of a whole reply are merged as sent: relayed chunks have token counts only on
  // request.
  const chunks = sent.some(isWholeReply) && !sent.some(hasDelta) ? sent : framesIn(relayed);
  return JSON.stringify({ ...mergeChunks(chunks), model: request.model });
}

function framesIn(text: string): readonly unknown[] {
  const found: unknown[] = [];
  const frames = new SseDecoder((frame) => void found.push(frame));
  frames.push(text);
  frames.end();
  return found;
}

function hasDelta(frame: unknown): boolean {
  return arrayAt(frame, "choices").some((choice) => objectAt(choice, "delta") !== undefined);
}

/** Reports the tokens of a whole reply. Vectors do not count as output. */
export function reportUsage(reply: unknown, context: RelayContext): void {
  const meter = new UsageMeter(context.reportUsage);
  const reader = new UsageReader();
  reader.push(reply, undefined);
  const usage = reader.read();
  const isEmbeddings = arrayAt(reply, "data").length > 0;
  for (const choice of arrayAt(reply, "choices")) meter.count(lengthOf(choice));
  if (isEmbeddings) context.reportUsage({ ...usage, type: "usage", outputTokens: 0 });
  else if (usage !== undefined) meter.read(usage);
  meter.close();
}

/** Length of the model's output, in characters. */
function lengthOf(choice: unknown): number {
  const message = objectAt(choice, "message");
  const texts = [
    stringAt(choice, "text"),
    stringAt(message, "content"),
    stringAt(message, "reasoning_content"),
  ];
  const calls = arrayAt(message, "tool_calls").map((call) =>
    stringAt(objectAt(call, "function"), "arguments"),
  );
  return [...texts, ...calls].reduce((sum, text) => sum + (text?.length ?? 0), 0);
}
