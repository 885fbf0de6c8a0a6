/**
 * OpenAI chat completions, as asked of a provider.
 *
 *     POST {base}/chat/completions
 *     {"model":"m","messages":[…],"stream":true,"stream_options":{"include_usage":true},"temperature":0.2}
 *     POST {base}/completions    for text that is to be continued as it is
 *     {"model":"m","prompt":"def f(","suffix":"return x",…}
 *
 * Only what the client set is sent: a provider's defaults are better for its models than Ollama's, and strict hosts
 * refuse what they do not know. Nothing is ever null or an empty list, which others refuse.
 */
import type { ChatRequest, Sampling, Tool, ToolChoice } from "../../../chat/request.ts";
import { JSON_TYPE, SSE_TYPE } from "../../../wire/content-types.ts";
import type { UpstreamRequest } from "../../api.ts";
import type { ProviderOptions } from "../../../options/options.ts";
import { fromBase } from "../../shared/path.ts";
import { encodeFormat } from "./format.ts";
import { encodeMessages } from "./history.ts";
import { encodeThinking } from "./thinking.ts";
import { ToolNames } from "./tool-names.ts";
import { PlainSchemas } from "./tool-schema.ts";

/** `droppedParams` are named as users know them. */
export function encodeRequest(request: ChatRequest, model: string, quirks: ProviderOptions): UpstreamRequest {
  const { completion, reasoning, toolChoice } = request;
  const { messages, responseFormat } = encodeFormat(request, quirks);
  const names = new ToolNames(namesIn(request));
  const stream = request.stream || (quirks.streams === "thinking" && reasoning !== "off");
  const body = withoutAbsent({
    model,
    messages: completion === undefined ? encodeMessages(messages, names, quirks) : undefined,
    prompt: completion?.prompt,
    suffix: completion?.suffix === "" ? undefined : completion?.suffix,
    stream,
    // Hosts that know the option refuse it on requests that do not stream.
    stream_options: stream && !quirks.sendsUsageUnasked ? { include_usage: true } : undefined,
    ...encodeSampling(request.sampling, quirks),
    tools: encodeTools(request, names, quirks),
    tool_choice: toolChoice === undefined ? undefined : encodeToolChoice(toolChoice, names),
    parallel_tool_calls: request.parallelToolCalls,
    response_format: responseFormat,
    logprobs: request.topLogprobs === undefined ? undefined : true,
    top_logprobs: request.topLogprobs === 0 ? undefined : request.topLogprobs,
    ...encodeThinking(reasoning, quirks, request.sampling.maxTokens),
    ...(messages.at(-1)?.role === "assistant" ? quirks.prefill.body : {}),
  });
  return {
    path: completion === undefined ? "/chat/completions" : fromBase(quirks.completionsPath),
    accept: stream ? SSE_TYPE : JSON_TYPE,
    body: withoutRefused(body, quirks.refuses),
    toolNames: names.originals,
    droppedParams: droppedParams(request.sampling, body, quirks),
  };
}

/** Under the names that users know them by. */
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
  { samplers, refuses }: ProviderOptions,
): readonly string[] {
  const unknown = EXTRA_SAMPLERS.filter(([knob]) => sampling[knob] !== undefined && !(knob in samplers));
  return [
    ...Object.keys(body).filter((field) => refuses.includes(field)),
    ...unknown.map(([, name]) => name),
  ];
}

function namesIn({ tools, messages }: ChatRequest): readonly string[] {
  const called = messages.flatMap((message) => (message.role === "assistant" ? message.toolCalls : []));
  return [...tools, ...called].map(({ name }) => name);
}

function encodeTools(
  { tools, messages }: ChatRequest,
  names: ToolNames,
  quirks: ProviderOptions,
): readonly object[] | undefined {
  if (tools.length > 0) {
    const schemas = quirks.toolSchemas === "plain" ? new PlainSchemas() : undefined;
    return tools.map((tool) => encodeTool(tool, names, { quirks, schemas }));
  }
  const hasCalls = messages.some((message) => message.role === "assistant" && message.toolCalls.length > 0);
  return quirks.toolsWithHistory && hasCalls ? [] : undefined;
}

function encodeSampling(sampling: Sampling, quirks: ProviderOptions): UpstreamRequest["body"] {
  const { temperature } = sampling;
  const extra = Object.entries(quirks.samplers) satisfies readonly (readonly [string, string])[];
  return {
    [quirks.maxTokensField]: sampling.maxTokens,
    temperature:
      temperature === undefined ? undefined : Math.min(temperature, quirks.largestTemperature ?? temperature),
    top_p: sampling.topP,
    [quirks.seedField]: sampling.seed,
    stop: sampling.stop?.slice(0, quirks.mostStops),
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
    ...Object.fromEntries(extra.map(([name, field]) => [field, extraSampler(sampling, name)])),
  };
}

function extraSampler(sampling: Sampling, name: string): number | undefined {
  switch (name) {
    case "topK":
      return sampling.topK;
    case "minP":
      return sampling.minP;
    case "typicalP":
      return sampling.typicalP;
    case "repeatPenalty":
      return sampling.repeatPenalty;
    default:
      return sampling.repeatLastN;
  }
}

function withoutRefused(body: UpstreamRequest["body"], refused: readonly string[]): UpstreamRequest["body"] {
  if (refused.length === 0) return body;
  return Object.fromEntries(Object.entries(body).filter(([field]) => !refused.includes(field)));
}

function encodeTool(
  tool: Tool,
  names: ToolNames,
  { quirks, schemas }: { readonly quirks: ProviderOptions; readonly schemas: PlainSchemas | undefined },
): object {
  const parameters = tool.parameters ?? { type: "object", properties: {} };
  return {
    type: "function",
    function: withoutAbsent({
      name: names.sent(tool.name),
      description: tool.description,
      parameters: schemas?.simplify(parameters) ?? parameters,
      // Not strict is what every host is unless told otherwise, and some refuse to be told.
      strict: tool.strict === true && quirks.strictTools ? true : undefined,
    }),
  };
}

function encodeToolChoice(choice: ToolChoice, names: ToolNames): unknown {
  if (typeof choice === "string") return choice;
  return { type: "function", function: { name: names.sent(choice.name) } };
}

function withoutAbsent(body: UpstreamRequest["body"]): UpstreamRequest["body"] {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}
