/**
 * Requests to a provider's chat completions API.
 *
 *     POST {base}/chat/completions
 *     {"model":"m","messages":[…],"stream":true,"stream_options":{"include_usage":true},"temperature":0.2}
 *     POST {base}/completions    for plain text that the model continues
 *     {"model":"m","prompt":"def f(","suffix":"return x",…}
 *
 * Only fields that the client set are sent. A provider's defaults suit its models better than Ollama's
 * defaults, and strict providers reject unknown fields. Null and empty lists are never sent, because some
 * providers reject them.
 */
import type { ChatRequest, Sampling, Tool, ToolChoice } from "../../../chat/request.ts";
import { JSON_TYPE, SSE_TYPE } from "../../../wire/content-types.ts";
import type { JsonObject } from "../../../wire/json.ts";
import type { UpstreamRequest } from "../../upstream-api.ts";
import type { ProviderOptions } from "../../../options/options.ts";
import { objectSchema } from "../../shared/object-schema.ts";
import { fromBase } from "../../shared/path.ts";
import { encodeFormat } from "../../shared/response-format.ts";
import { encodeMessages } from "./history.ts";
import { encodeThinking } from "../../shared/thinking.ts";
import { atMost, toolNamesIn, withoutAbsent, withoutFields } from "../../shared/request-parts.ts";
import { ToolNames } from "../../shared/tool-names.ts";
import { PlainSchemas } from "../../shared/tool-schema.ts";

/** `droppedParams` has the names that users know. */
export function encodeRequest(
  request: ChatRequest,
  model: string,
  options: ProviderOptions,
): UpstreamRequest {
  const { completion, reasoning, toolChoice } = request;
  const { messages, responseFormat } = encodeFormat(request, options);
  const names = new ToolNames(toolNamesIn(request));
  const stream = request.stream || (options.thinkingRequiresStream && reasoning !== "off");
  const body = withoutAbsent({
    model,
    messages: completion === undefined ? encodeMessages(messages, names, options) : undefined,
    prompt: completion?.prompt,
    suffix: completion?.suffix === "" ? undefined : completion?.suffix,
    stream,
    // Providers that support the option reject it in requests that do not stream.
    stream_options: stream && !options.usageAlwaysSent ? { include_usage: true } : undefined,
    ...encodeSampling(request.sampling, options),
    tools: encodeTools(request, names, options),
    tool_choice: toolChoice === undefined ? undefined : encodeToolChoice(toolChoice, names),
    parallel_tool_calls: request.parallelToolCalls,
    response_format: responseFormat,
    logprobs: request.topLogprobs === undefined ? undefined : true,
    top_logprobs: request.topLogprobs === 0 ? undefined : request.topLogprobs,
    ...encodeThinking(reasoning, options, request.sampling.maxTokens, encodeEffort),
    ...(messages.at(-1)?.role === "assistant" ? options.prefill.body : {}),
  });
  return {
    path: completion === undefined ? "/chat/completions" : fromBase(options.completionsPath),
    accept: stream ? SSE_TYPE : JSON_TYPE,
    body: withoutFields(body, options.unsupportedParams),
    toolNames: names.originals,
    droppedParams: droppedParams(request.sampling, body, options),
  };
}

/** Samplers beyond OpenAI's, with the names that users know. */
const EXTRA_SAMPLERS = [
  ["topK", "top_k"],
  ["minP", "min_p"],
  ["typicalP", "typical_p"],
  ["repeatPenalty", "repeat_penalty"],
  ["repeatLastN", "repeat_last_n"],
] as const;

function droppedParams(
  sampling: Sampling,
  body: UpstreamRequest["body"],
  { samplers, unsupportedParams }: ProviderOptions,
): readonly string[] {
  const unknown = EXTRA_SAMPLERS.filter(([key, name]) => sampling[key] !== undefined && !(name in samplers));
  return [
    ...Object.keys(body).filter((field) => unsupportedParams.includes(field)),
    ...unknown.map(([, name]) => name),
  ];
}

function encodeTools(
  { tools, messages }: ChatRequest,
  names: ToolNames,
  options: ProviderOptions,
): readonly object[] | undefined {
  if (tools.length > 0) {
    const schemas = options.toolSchemas === "simplified" ? new PlainSchemas() : undefined;
    return tools.map((tool) => encodeTool(tool, names, { options, schemas }));
  }
  const hasCalls = messages.some((message) => message.role === "assistant" && message.toolCalls.length > 0);
  return options.requiresToolsWithToolHistory && hasCalls ? [] : undefined;
}

export function encodeEffort(effort: string): JsonObject {
  return { reasoning_effort: effort };
}

/** Undefined members are not set. */
export function encodeSampling(sampling: Sampling, options: ProviderOptions): UpstreamRequest["body"] {
  const extra = EXTRA_SAMPLERS.flatMap(([key, name]) => {
    const field = options.samplers[name];
    return field === undefined ? [] : [[field, sampling[key]] as const];
  });
  return {
    [options.maxTokensField]: sampling.maxTokens,
    temperature: atMost(sampling.temperature, options.maxTemperature),
    top_p: sampling.topP,
    [options.seedField]: sampling.seed,
    stop: sampling.stop?.slice(0, options.maxStopSequences),
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    ...Object.fromEntries(extra),
  };
}

function encodeTool(
  tool: Tool,
  names: ToolNames,
  { options, schemas }: { readonly options: ProviderOptions; readonly schemas: PlainSchemas | undefined },
): object {
  const parameters = objectSchema(tool.parameters);
  return {
    type: "function",
    function: withoutAbsent({
      name: names.sent(tool.name),
      description: tool.description,
      parameters: schemas?.simplify(parameters) ?? parameters,
      // `false` is the default of every provider, and some providers reject the field.
      strict: tool.strict === true && options.supportsStrictTools ? true : undefined,
    }),
  };
}

function encodeToolChoice(choice: ToolChoice, names: ToolNames): unknown {
  if (typeof choice === "string") return choice;
  return { type: "function", function: { name: names.sent(choice.name) } };
}
