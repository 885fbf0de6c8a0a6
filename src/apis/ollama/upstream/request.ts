/**
 * Requests to the own API of an Ollama server. It carries what its routes under `/v1` cannot: the exact setting of thinking, and
 * samplers. What is absent gets the default of the model.
 *
 *     POST /api/chat       {"model":"m","messages":[…],"stream":true,"think":"high","options":{"top_k":40},"tools":[…]}
 *     POST /api/generate   {"model":"m","prompt":"def f(","suffix":"return x","stream":true}     for plain text
 */
import { ProxyError } from "../../../chat/error.ts";
import { unreachable } from "../../../chat/event.ts";
import type { ChatRequest, OutputFormat, Part, Sampling, Tool } from "../../../chat/request.ts";
import type { ProviderOptions } from "../../../options/options.ts";
import { JSON_TYPE, NDJSON_TYPE } from "../../../wire/content-types.ts";
import { exactJson } from "../../../wire/exact-json.ts";
import { type JsonObject, parseJson } from "../../../wire/json.ts";
import type { UpstreamRequest } from "../../upstream-api.ts";
import { objectSchema } from "../../shared/object-schema.ts";
import { withoutAbsent } from "../../shared/request-parts.ts";
import { THINK } from "../think.ts";
import { NO_OUTPUT, type PairedMessage, pairCalls, textOf } from "../../shared/paired-calls.ts";

/** Throws `bad-request` for a part that an Ollama server cannot read. */
export function encodeRequest(
  request: ChatRequest,
  model: string,
  options: ProviderOptions,
): UpstreamRequest {
  const { completion, reasoning, stream, toolChoice, topLogprobs } = request;
  const tools = toolChoice === "none" ? [] : request.tools;
  const body = withoutAbsent({
    model,
    ...(completion === undefined
      ? { messages: encodeMessages(request, options) }
      : { prompt: completion.prompt, ...encodeGap(completion.suffix) }),
    stream,
    tools: tools.length === 0 ? undefined : tools.map(encodeTool),
    format: request.format === undefined ? undefined : encodeFormat(request.format),
    think: reasoning === undefined ? undefined : THINK[reasoning],
    options: encodeOptions(request),
    logprobs: topLogprobs === undefined ? undefined : true,
    top_logprobs: topLogprobs === 0 ? undefined : topLogprobs,
  });
  const isChosen = toolChoice !== undefined && toolChoice !== "auto" && toolChoice !== "none";
  return {
    path: completion === undefined ? "/api/chat" : "/api/generate",
    accept: stream ? NDJSON_TYPE : JSON_TYPE,
    body,
    toolNames: new Map(),
    droppedParams: isChosen ? ["tool_choice"] : [],
  };
}

/** Plain text without a gap is continued as it is, without the template of the model. */
function encodeGap(suffix: string): JsonObject {
  return suffix === "" ? { raw: true } : { suffix };
}

function encodeFormat(format: OutputFormat): unknown {
  return format.type === "json" ? "json" : format.schema;
}

function encodeTool({ name, description, parameters }: Tool): object {
  const fn = withoutAbsent({ name, description, parameters: objectSchema(parameters) });
  return { type: "function", function: fn };
}

function encodeOptions({ ollamaOptions, sampling }: ChatRequest): JsonObject | undefined {
  const options = { ...ollamaOptions, ...encodeSampling(sampling) };
  return Object.keys(options).length === 0 ? undefined : options;
}

function encodeSampling(sampling: Sampling): JsonObject {
  return withoutAbsent({
    num_predict: sampling.maxTokens,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    top_k: sampling.topK,
    min_p: sampling.minP,
    typical_p: sampling.typicalP,
    seed: sampling.seed,
    stop: sampling.stop,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    repeat_penalty: sampling.repeatPenalty,
    repeat_last_n: sampling.repeatLastN,
  });
}

function encodeMessages({ messages }: ChatRequest, options: ProviderOptions): readonly object[] {
  const names = new Map<string, string>();
  return pairCalls(messages, options.toolCallIdFormat).map((message) => encodeMessage(message, names));
}

/** `names` are the tools of the calls so far, by the id of the call. */
function encodeMessage(message: PairedMessage, names: Map<string, string>): object {
  switch (message.role) {
    case "system":
      return { role: "system", content: message.text.toWellFormed() };
    case "user":
      return { role: "user", content: textOf(message.parts), ...encodeMedia(message.parts) };
    case "assistant": {
      const calls = message.toolCalls.map(({ id, name, arguments: text }, index) => {
        names.set(id, name);
        return { id, function: { index, name, arguments: exactJson(text, parseJson(text)) } };
      });
      return withoutAbsent({
        role: "assistant",
        content: message.text.toWellFormed(),
        thinking: message.reasoning?.toWellFormed(),
        tool_calls: calls.length === 0 ? undefined : calls,
      });
    }
    case "tool":
      return withoutAbsent({
        role: "tool",
        content: message.parts.length === 0 ? NO_OUTPUT : textOf(message.parts),
        tool_name: names.get(message.toolCallId),
        tool_call_id: message.toolCallId,
        ...encodeMedia(message.parts),
      });
    default:
      return unreachable(message);
  }
}

/** Images and sounds have the same field. The server recognizes them by their first bytes. */
function encodeMedia(parts: readonly Part[]): JsonObject {
  const images = parts.filter((part) => part.type !== "text").map(dataOf);
  return images.length === 0 ? {} : { images };
}

function dataOf(part: Exclude<Part, { readonly type: "text" }>): string {
  switch (part.type) {
    case "image":
    case "audio":
      return part.data;
    case "image-url":
      throw new ProxyError(
        "bad-request",
        "image URLs are not currently supported, please use base64 encoded data instead",
      );
    case "file":
      throw new ProxyError("unsupported", "file inputs are not currently supported");
    default:
      return unreachable(part);
  }
}
