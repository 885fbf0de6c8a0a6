/**
 * Clients' requests to `/v1/chat/completions`.
 *
 *     {"model":"m","messages":[…],"stream":true,"stream_options":{"include_usage":true},"temperature":0.2,
 *      "tools":[{"type":"function","function":{"name":"f","description":"…","parameters":{…}}}],"tool_choice":"auto",
 *      "response_format":{"type":"json_schema","json_schema":{"name":"x","schema":{…}}},"reasoning_effort":"low"}
 *
 * Fields that only concern OpenAI's own service (`user`, `metadata`, `store`, `service_tier`, …) are ignored.
 * Fields that request another kind of output than the model gives are rejected.
 */
import * as v from "valibot";
import { ProxyError } from "../../../chat/error.ts";
import type { ChatRequest, OutputFormat, Tool, ToolChoice } from "../../../chat/request.ts";
import { type JsonObject, objectAt, stringAt } from "../../../wire/json.ts";
import { jsonObject, optional, parseBody } from "../../shared/body.ts";
import { decodeEffort } from "../../shared/effort.ts";
import { decodeMessage, messageSchema } from "./message.ts";
import { decodeSampling, refuse, requireModel, samplingFields } from "../../shared/openai-sampling.ts";

const toolSchema = v.object({
  type: optional(v.string()),
  function: optional(
    v.object({
      name: v.string(),
      description: optional(v.string()),
      parameters: optional(jsonObject),
      strict: optional(v.boolean()),
    }),
  ),
});

const requestSchema = v.object({
  ...samplingFields,
  messages: optional(v.array(messageSchema)),
  max_completion_tokens: optional(v.number()),
  tools: optional(v.array(toolSchema)),
  tool_choice: optional(v.union([v.string(), jsonObject])),
  parallel_tool_calls: optional(v.boolean()),
  response_format: optional(jsonObject),
  reasoning: optional(v.object({ effort: optional(v.string()) })),
  reasoning_effort: optional(v.string()),
  logprobs: optional(v.boolean()),
  top_logprobs: optional(v.number()),
  modalities: optional(v.array(v.string())),
  audio: optional(v.unknown()),
  web_search_options: optional(v.unknown()),
  functions: optional(v.array(v.unknown())),
});

type Body = v.InferOutput<typeof requestSchema>;

export interface DecodedCompletion {
  readonly chat: ChatRequest;
  readonly includesUsage: boolean;
}

/** Throws `bad-request` or `unsupported`. */
export function decodeChatCompletion(body: unknown): DecodedCompletion {
  const fields = parseBody(requestSchema, body);
  refuseUntranslatable(fields);
  const messages = fields.messages ?? [];
  if (messages.length === 0) throw new ProxyError("bad-request", "[] is too short - 'messages'");
  const chat: ChatRequest = {
    model: requireModel(fields.model),
    messages: messages.map(decodeMessage),
    stream: fields.stream ?? false,
    tools: (fields.tools ?? []).map(decodeTool),
    toolChoice: decodeToolChoice(fields.tool_choice),
    parallelToolCalls: fields.parallel_tool_calls,
    sampling: decodeSampling({ ...fields, max_tokens: fields.max_completion_tokens ?? fields.max_tokens }),
    format: decodeFormat(fields.response_format),
    reasoning: decodeEffort(fields.reasoning?.effort ?? fields.reasoning_effort),
    topLogprobs: decodeTopLogprobs(fields),
  };
  return { chat, includesUsage: fields.stream_options?.include_usage ?? false };
}

function refuseUntranslatable(fields: Body): void {
  if (fields.audio !== undefined || fields.modalities?.some((modality) => modality !== "text") === true) {
    refuse("modalities", "only text replies");
  }
  if (fields.web_search_options !== undefined)
    refuse("web_search_options", 'web search only as one of the "tools"');
  if (fields.functions !== undefined && fields.functions.length > 0) refuse("functions", '"tools" instead');
}

function decodeTool(tool: v.InferOutput<typeof toolSchema>): Tool {
  if (tool.function !== undefined) return tool.function;
  return refuse(`tools of type ${tool.type ?? "(none)"}`, 'tools of type "function"');
}

function decodeToolChoice(choice: string | JsonObject | undefined): ToolChoice | undefined {
  if (choice === undefined) return undefined;
  if (choice === "auto" || choice === "none" || choice === "required") return choice;
  const name = stringAt(objectAt(choice, "function"), "name");
  if (name !== undefined) return { name };
  return refuse("tool_choice", '"auto", "none", "required" or the name of a function');
}

function decodeFormat(format: JsonObject | undefined): OutputFormat | undefined {
  const type = stringAt(format, "type");
  if (type === "json_object") return { type: "json" };
  if (type !== "json_schema") return undefined;
  const wrapped = objectAt(format, "json_schema");
  const schema = objectAt(wrapped, "schema");
  if (schema === undefined) {
    throw new ProxyError(
      "bad-request",
      'Cannot read the request: "response_format.json_schema" needs a "schema"',
    );
  }
  const strict = wrapped?.["strict"] === true ? true : undefined;
  return { type: "json-schema", schema, name: stringAt(wrapped, "name"), strict };
}

function decodeTopLogprobs(fields: Body): number | undefined {
  const top = fields.top_logprobs ?? 0;
  if (top < 0 || top > 20) throw new ProxyError("bad-request", "top_logprobs must be between 0 and 20");
  return fields.logprobs === true ? top : undefined;
}
