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
import type { ChatRequest, Message, OutputFormat, Sampling, Tool, ToolChoice } from "../../chat/request.ts";
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
  const { completion } = request;
  return {
    path: completion === undefined ? "/chat/completions" : "/completions",
    body: withoutAbsent({
      model,
      messages: completion === undefined ? encodeMessages(withWordJson(request)) : undefined,
      prompt: completion?.prompt,
      suffix: completion?.suffix === "" ? undefined : completion?.suffix,
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

/** OpenAI, DashScope and others refuse to answer in JSON unless a message speaks of it. */
function withWordJson({ messages, format }: ChatRequest): readonly Message[] {
  if (format?.type !== "json" || messages.some((message) => /json/i.test(textOf(message)))) return messages;
  return [{ role: "system", text: "Answer in JSON." }, ...messages];
}

function textOf(message: Message): string {
  if (message.role === "system" || message.role === "assistant") return message.text;
  return message.parts.map((part) => (part.type === "text" ? part.text : "")).join(" ");
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
  const { name = "schema", schema, strict } = format;
  return { type: "json_schema", json_schema: withoutAbsent({ name, schema, strict }) };
}

function withoutAbsent(body: UpstreamRequest["body"]): UpstreamRequest["body"] {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined));
}
