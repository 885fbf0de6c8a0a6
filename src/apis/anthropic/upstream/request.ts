/**
 * Requests to Anthropic's Messages API and to compatible endpoints.
 *
 *     POST {base}/messages      anthropic-version: 2023-06-01      anthropic-beta: a,b
 *     {"model":"m","max_tokens":4096,"stream":true,"system":[…],"messages":[…],"tools":[{"name":"f","input_schema":{…}}],
 *      "tool_choice":{"type":"auto"},"thinking":{"type":"adaptive"},"output_config":{"effort":"high","format":{…}}}
 *
 * https://platform.claude.com/docs/en/api/messages
 */
import type { ChatRequest, Message, OutputFormat, Reasoning, Sampling, Tool } from "../../../chat/request.ts";
import type { ProviderOptions } from "../../../options/options.ts";
import { JSON_TYPE, SSE_TYPE } from "../../../wire/content-types.ts";
import { type JsonObject, isObject, objectAt } from "../../../wire/json.ts";
import type { UpstreamRequest } from "../../upstream-api.ts";
import { inWords, withInstruction } from "../../shared/json-instruction.ts";
import { objectSchema } from "../../shared/object-schema.ts";
import { messagesOf } from "../../shared/prompt-message.ts";
import { encodeThinking } from "../../shared/thinking.ts";
import { atMost, toolNamesIn, unsentParameters, withoutFields } from "../../shared/request-parts.ts";
import { ToolNames } from "../../shared/tool-names.ts";
import { type Prompt, withBreakpoints } from "./cache-breakpoints.ts";
import { type WireMessage, encodeMessages, lacksThinking } from "./history.ts";
import { closedSchema } from "./schema.ts";

/** The API requires a limit. */
const DEFAULT_MAX_TOKENS = 4096;
/** A longer reply may take more than ten minutes, and is therefore requested as a stream, as by Anthropic's own SDKs. */
const MAX_WHOLE_TOKENS = 21_333;

/** `droppedParams` has the names that users know. Throws `unsupported` for what the API cannot carry. */
export function encodeRequest(
  request: ChatRequest,
  model: string,
  options: ProviderOptions,
): UpstreamRequest {
  const { sampling } = request;
  const { messages, format } = encodeFormat(request, options);
  const names = new ToolNames(toolNamesIn(request));
  const encoded = encodeMessages(messages.filter(isNotSystem), names, options);
  const maxTokens = sampling.maxTokens ?? DEFAULT_MAX_TOKENS;
  const thinking = thinkingFields(request, encoded, options, maxTokens);
  const prompt: Prompt = {
    system: systemBlocks(messages),
    messages: encoded,
    tools: encodeTools(request, names, options),
  };
  const { system, messages: sent, tools } = options.cacheBreakpoints ? withBreakpoints(prompt) : prompt;
  const outputConfig = { ...objectAt(thinking, "output_config"), ...format };
  const stream = request.stream || maxTokens > MAX_WHOLE_TOKENS;
  const body = withoutEmpty({
    model,
    max_tokens: maxTokens,
    system,
    messages: sent,
    stream,
    ...encodeSampling(sampling, thinking, options),
    tools,
    tool_choice: encodeToolChoice(request, tools, names),
    ...thinking,
    output_config: outputConfig,
  });
  const { unsupportedParams, betas } = options;
  return {
    path: "/messages",
    accept: stream ? SSE_TYPE : JSON_TYPE,
    ...(betas.length === 0 ? {} : { headers: { "anthropic-beta": betas.join(",") } }),
    body: withoutFields(body, unsupportedParams),
    toolNames: names.originals,
    droppedParams: droppedParams(request, body, unsupportedParams),
  };
}

function isNotSystem({ role }: Message): boolean {
  return role !== "system";
}

function systemBlocks(messages: readonly Message[]): readonly JsonObject[] {
  const texts = messages.flatMap((message) =>
    message.role === "system" ? [message.text.toWellFormed()] : [],
  );
  const text = texts.filter((each) => each.trim() !== "").join("\n\n");
  return text === "" ? [] : [{ type: "text", text }];
}

interface EncodedFormat {
  readonly messages: readonly Message[];
  /** For `output_config`. */
  readonly format: JsonObject;
}

function encodeFormat(request: ChatRequest, options: ProviderOptions): EncodedFormat {
  const { format } = request;
  const messages = messagesOf(request);
  if (format === undefined) return { messages, format: {} };
  const schema = options.jsonSchemaMode === "json-schema" ? schemaOf(format) : undefined;
  if (schema === undefined) return { messages: withInstruction(messages, inWords(format)), format: {} };
  return { messages, format: { format: { type: "json_schema", schema: closedSchema(schema) } } };
}

function schemaOf(format: OutputFormat): JsonObject | undefined {
  return format.type === "json" ? undefined : format.schema;
}

/** A conversation with calls needs tools, so those of the calls are declared when the client sends none. */
function encodeTools(
  { tools, messages }: ChatRequest,
  names: ToolNames,
  options: ProviderOptions,
): readonly JsonObject[] {
  if (tools.length > 0) return tools.map((tool) => encodeTool(tool, names, options));
  const called = messages.flatMap((message) => (message.role === "assistant" ? message.toolCalls : []));
  return [...new Set(called.map(({ name }) => name))].map((name) => encodeTool({ name }, names, options));
}

function encodeTool(tool: Tool, names: ToolNames, { supportsStrictTools }: ProviderOptions): JsonObject {
  return withoutEmpty({
    name: names.sent(tool.name),
    description: tool.description === "" ? undefined : tool.description,
    input_schema: objectSchema(tool.parameters),
    strict: tool.strict === true && supportsStrictTools ? true : undefined,
  });
}

function encodeToolChoice(
  { tools, toolChoice, parallelToolCalls }: ChatRequest,
  sent: readonly JsonObject[],
  names: ToolNames,
): JsonObject | undefined {
  if (sent.length === 0) return undefined;
  if (tools.length === 0) return { type: "none" };
  const single = parallelToolCalls === false ? { disable_parallel_tool_use: true } : {};
  switch (toolChoice) {
    case undefined:
      return parallelToolCalls === false ? { type: "auto", ...single } : undefined;
    case "none":
      return { type: "none" };
    case "auto":
      return { type: "auto", ...single };
    case "required":
      return { type: "any", ...single };
    default:
      return { type: "tool", name: names.sent(toolChoice.name), ...single };
  }
}

export function encodeEffort(effort: string): JsonObject {
  return { output_config: { effort } };
}

/** `output_config` of the result has the effort. */
function thinkingFields(
  request: ChatRequest,
  messages: readonly WireMessage[],
  options: ProviderOptions,
  maxTokens: number,
): JsonObject {
  const fields = (reasoning: Reasoning | undefined): JsonObject =>
    encodeThinking(reasoning, options, maxTokens, encodeEffort);
  const asked = fields(request.reasoning);
  const isOn = isThinkingOn(asked);
  // With a budget, a turn that called tools must begin with its thinking, which may be lost.
  const isLost = isOn && "budget_tokens" in { ...objectAt(asked, "thinking") } && lacksThinking(messages);
  const isExcluded = isForced(request) || messages.at(-1)?.role === "assistant" || isLost;
  return isOn && isExcluded ? fields("off") : asked;
}

function isThinkingOn(fields: JsonObject): boolean {
  const type = objectAt(fields, "thinking")?.["type"];
  return type === "enabled" || type === "adaptive";
}

/** A call that is required, and text that is continued, exclude thinking. */
function isForced({ toolChoice }: ChatRequest): boolean {
  return toolChoice === "required" || isObject(toolChoice);
}

/** The least `top_p` that is allowed with thinking. Temperature and `top_k` are not allowed. */
const MIN_TOP_P_THINKING = 0.95;

/** `thinking` are the fields that `encodeThinking` gives. Undefined members are not set. */
export function encodeSampling(
  { temperature, topP, topK, stop }: Sampling,
  thinking: JsonObject,
  { maxTemperature, maxStopSequences }: ProviderOptions,
): JsonObject {
  const isThinking = isThinkingOn(thinking);
  const stops = stop?.filter((text) => text.trim() !== "").slice(0, maxStopSequences);
  return {
    temperature: isThinking ? undefined : atMost(temperature, maxTemperature),
    top_p: topP !== undefined && isThinking && topP < MIN_TOP_P_THINKING ? undefined : topP,
    top_k: isThinking || topK === undefined || topK < 1 ? undefined : topK,
    stop_sequences: stops === undefined || stops.length === 0 ? undefined : stops,
  };
}

/** The fields of clients' parameters. */
const FIELDS = { temperature: "temperature", topP: "top_p", topK: "top_k", stop: "stop_sequences" } as const;

function droppedParams(
  { sampling, topLogprobs }: ChatRequest,
  body: JsonObject,
  unsupported: readonly string[],
): readonly string[] {
  const unsent = unsentParameters(sampling, body, FIELDS, unsupported);
  return topLogprobs === undefined ? unsent : [...unsent, "logprobs"];
}

/** Without members that are undefined or empty. */
function withoutEmpty(object: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(object).filter(([, value]) => {
      if (Array.isArray(value)) return value.length > 0;
      return value !== undefined && !(isObject(value) && Object.keys(value).length === 0);
    }),
  );
}
