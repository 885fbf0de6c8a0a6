/**
 * Requests to OpenAI's Responses API.
 *
 *     POST {base}/responses
 *     {"model":"m","instructions":"…","input":[…],"stream":true,"store":false,"include":["reasoning.encrypted_content"],
 *      "tools":[{"type":"function","name":"f","parameters":{…},"strict":false}],"tool_choice":"auto","max_output_tokens":64,
 *      "reasoning":{"effort":"high","summary":"auto"},"text":{"format":{"type":"json_schema","name":"schema","schema":{…}}}}
 *
 * Nothing is stored at the provider. Its reasoning is therefore sent with the reply, encrypted, and comes back with the history.
 * https://platform.openai.com/docs/api-reference/responses
 */
import type { ChatRequest, Sampling, Tool, ToolChoice } from "../../../chat/request.ts";
import type { ProviderOptions } from "../../../options/options.ts";
import { JSON_TYPE, SSE_TYPE } from "../../../wire/content-types.ts";
import { type JsonObject, isObject, objectAt } from "../../../wire/json.ts";
import type { UpstreamRequest } from "../../upstream-api.ts";
import { objectSchema } from "../../shared/object-schema.ts";
import { messagesOf } from "../../shared/prompt-message.ts";
import { encodeFormat } from "../../shared/response-format.ts";
import { encodeThinking } from "../../shared/thinking.ts";
import {
  atMost,
  toolNamesIn,
  unsentParameters,
  withoutAbsent,
  withoutFields,
} from "../../shared/request-parts.ts";
import { ToolNames } from "../../shared/tool-names.ts";
import { PlainSchemas } from "../../shared/tool-schema.ts";
import { encodeInput } from "./input.ts";

/** `droppedParams` has the names that users know. Throws `unsupported` for what the API cannot carry. */
export function encodeRequest(
  request: ChatRequest,
  model: string,
  options: ProviderOptions,
): UpstreamRequest {
  const { sampling, toolChoice, topLogprobs } = request;
  const { messages, responseFormat } = encodeFormat({ ...request, messages: messagesOf(request) }, options);
  const names = new ToolNames(toolNamesIn(request));
  const { instructions, input } = encodeInput(messages, names, options);
  const { unsupportedParams } = options;
  const hasLogprobs = topLogprobs !== undefined && !unsupportedParams.includes("logprobs");
  const tools = encodeTools(request, names, options);
  const body = withoutAbsent({
    model,
    instructions,
    input,
    stream: request.stream,
    store: false,
    include: ["reasoning.encrypted_content", ...(hasLogprobs ? ["message.output_text.logprobs"] : [])],
    ...encodeSampling(sampling, options),
    top_logprobs: hasLogprobs && topLogprobs > 0 ? topLogprobs : undefined,
    tools,
    tool_choice: toolChoice === undefined ? undefined : encodeToolChoice(toolChoice, names),
    parallel_tool_calls: request.parallelToolCalls,
    text: responseFormat === undefined ? undefined : { format: flat(responseFormat) },
    ...reasoningFields(request, options),
  });
  return {
    path: "/responses",
    accept: request.stream ? SSE_TYPE : JSON_TYPE,
    body: withoutFields(body, unsupportedParams),
    toolNames: names.originals,
    droppedParams: droppedParams(request, body, unsupportedParams),
  };
}

/** OpenAI rejects a lower limit. */
const MIN_OUTPUT_TOKENS = 16;

/** Undefined members are not set. */
export function encodeSampling(
  { maxTokens, temperature, topP }: Sampling,
  { maxTemperature }: ProviderOptions,
): JsonObject {
  return {
    max_output_tokens: maxTokens === undefined ? undefined : Math.max(maxTokens, MIN_OUTPUT_TOKENS),
    temperature: atMost(temperature, maxTemperature),
    top_p: topP,
  };
}

function encodeTools(
  { tools }: ChatRequest,
  names: ToolNames,
  options: ProviderOptions,
): readonly JsonObject[] | undefined {
  if (tools.length === 0) return undefined;
  const schemas = options.toolSchemas === "simplified" ? new PlainSchemas() : undefined;
  return tools.map((tool) => encodeTool(tool, names, options, schemas));
}

function encodeTool(
  tool: Tool,
  names: ToolNames,
  { supportsStrictTools }: ProviderOptions,
  schemas: PlainSchemas | undefined,
): JsonObject {
  const parameters = objectSchema(tool.parameters);
  return withoutAbsent({
    type: "function",
    name: names.sent(tool.name),
    description: tool.description,
    parameters: schemas?.simplify(parameters) ?? parameters,
    // The default is `true`, which would reject most schemas.
    strict: tool.strict === true && supportsStrictTools,
  });
}

function encodeToolChoice(choice: ToolChoice, names: ToolNames): unknown {
  if (typeof choice === "string") return choice;
  return { type: "function", name: names.sent(choice.name) };
}

/** A format of chat completions, without the object around its schema. */
function flat(format: object): JsonObject {
  const { json_schema, ...others } = { json_schema: undefined, ...format };
  return { ...others, ...(isObject(json_schema) ? json_schema : {}) };
}

/** The effort, and a summary of the reasoning, which is all that the provider shows of it. */
function reasoningFields({ reasoning, sampling }: ChatRequest, options: ProviderOptions): JsonObject {
  // The provider's default effort is better than a guess.
  const effort = reasoning === "on" && options.thinking === "effort" ? undefined : reasoning;
  const fields: JsonObject = encodeThinking(effort, options, sampling.maxTokens, (word) => ({
    reasoning: { effort: word },
  }));
  const isShown =
    reasoning !== undefined &&
    reasoning !== "off" &&
    (options.thinking === "effort" || options.thinking === "reasoning-object") &&
    options.reasoningSummary !== "none";
  if (!isShown) return fields;
  return { ...fields, reasoning: { ...objectAt(fields, "reasoning"), summary: options.reasoningSummary } };
}

function droppedParams(
  { sampling, topLogprobs }: ChatRequest,
  body: JsonObject,
  unsupported: readonly string[],
): readonly string[] {
  const unsent = unsentParameters(sampling, body, { temperature: "temperature", topP: "top_p" }, unsupported);
  const hasNoLogprobs = topLogprobs !== undefined && unsupported.includes("logprobs");
  return hasNoLogprobs ? [...unsent, "logprobs"] : unsent;
}
