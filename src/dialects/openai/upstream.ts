/**
 * OpenAI chat completions, as asked of a provider.
 *
 *     POST {base}/chat/completions
 *     {"model":"m","messages":[…],"stream":true,"stream_options":{"include_usage":true},"temperature":0.2}
 *
 * Only what the client set is sent: a provider's defaults are better for its models than Ollama's, and strict hosts
 * refuse what they do not know. Nothing is ever null or an empty list, which others refuse.
 */
import type { ChatRequest, OutputFormat, Sampling, Tool, ToolChoice } from "../../chat/request.ts";
import type { Quirks, UpstreamDialect, UpstreamRequest } from "../dialect.ts";
import { OpenAiDecoder } from "./decoder.ts";
import { decodeError } from "./error.ts";
import { encodeMessages } from "./history.ts";

export const OPENAI_UPSTREAM: UpstreamDialect = {
  framing: "sse",
  encodeRequest,
  createDecoder: (context, quirks) => new OpenAiDecoder(context, quirks),
  decodeError,
};

function encodeRequest(request: ChatRequest, model: string, quirks: Quirks): UpstreamRequest {
  return {
    path: "/chat/completions",
    body: withoutAbsent({
      model,
      messages: encodeMessages(request.messages),
      stream: request.stream,
      // Hosts that know the option refuse it on requests that do not stream.
      stream_options: request.stream ? { include_usage: true } : undefined,
      ...encodeSampling(request.sampling, quirks),
      tools: request.tools.length === 0 ? undefined : request.tools.map(encodeTool),
      tool_choice: request.toolChoice === undefined ? undefined : encodeToolChoice(request.toolChoice),
      parallel_tool_calls: request.parallelToolCalls,
      response_format: request.format === undefined ? undefined : encodeFormat(request.format),
      logprobs: request.topLogprobs === undefined ? undefined : true,
      top_logprobs: request.topLogprobs === 0 ? undefined : request.topLogprobs,
    }),
  };
}

function encodeSampling(sampling: Sampling, quirks: Quirks): UpstreamRequest["body"] {
  return {
    [quirks.maxTokensField]: sampling.maxTokens,
    temperature: sampling.temperature,
    top_p: sampling.topP,
    seed: sampling.seed,
    stop: sampling.stop,
    presence_penalty: sampling.presencePenalty,
    frequency_penalty: sampling.frequencyPenalty,
  };
}

function encodeTool(tool: Tool): object {
  return {
    type: "function",
    function: withoutAbsent({
      name: tool.name,
      description: tool.description,
      parameters: tool.parameters ?? { type: "object", properties: {} },
      strict: tool.strict,
    }),
  };
}

function encodeToolChoice(choice: ToolChoice): unknown {
  return typeof choice === "string" ? choice : { type: "function", function: { name: choice.name } };
}

function encodeFormat(format: OutputFormat): object {
  if (format.type === "json") return { type: "json_object" };
  return { type: "json_schema", json_schema: { name: "schema", schema: format.schema } };
}

function withoutAbsent(body: UpstreamRequest["body"]): UpstreamRequest["body"] {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}
