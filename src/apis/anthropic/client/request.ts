/** Requests to `/v1/messages` and `/v1/messages/count_tokens`. `schema.ts` shows their format. */
import { ProxyError } from "../../../chat/error.ts";
import { estimateTokens } from "../../../chat/estimate.ts";
import type { ChatRequest, OutputFormat, Reasoning, Tool, ToolChoice } from "../../../chat/request.ts";
import { type JsonObject, arrayAt, objectAt, stringAt } from "../../../wire/json.ts";
import { parseBody } from "../../shared/body.ts";
import { Fields } from "../../shared/go-fields.ts";
import { decodeMessage, decodeSystem } from "./message.ts";
import { type RequestFields, type WireTool, requestSchema } from "./schema.ts";

/** What must be known of a request before its model is. A provider with this API checks the rest itself. */
export interface RequestHead {
  readonly model: string;
  readonly stream: boolean;
  /** Whether it has tools that the client runs. */
  readonly hasTools: boolean;
}

/** Throws `bad-request`, with Ollama's exact message. */
export function decodeHead(body: unknown): RequestHead {
  const { model, maxTokens, messages, stream } = checkedHead(body);
  requireModel(model);
  if (maxTokens <= 0) {
    throw new ProxyError("bad-request", "max_tokens is required and must be positive");
  }
  if (messages.length === 0) throw noMessages();
  const hasTools = arrayAt(body, "tools").some(
    (tool) => !RUN_BY_ANTHROPIC.test(stringAt(tool, "type") ?? ""),
  );
  return { model, stream, hasTools };
}

/** The model of a request to `/v1/messages/count_tokens`. Throws `bad-request`, with Ollama's exact message. */
export function decodeCountModel(body: unknown): string {
  const { model, messages } = checkedHead(body);
  requireModel(model);
  if (messages.length === 0) throw noMessages();
  return model;
}

/** The whole request, whose head is valid. Throws `bad-request` or `unsupported`. */
export function decodeMessagesRequest(body: unknown): ChatRequest {
  return decodeFields(parseBody(requestSchema, body ?? {}));
}

/** The reply to `/v1/messages/count_tokens`, an estimate. Throws as `decodeMessagesRequest` does. */
export function countTokens(body: unknown): { readonly input_tokens: number } {
  return { input_tokens: estimateTokens(decodeMessagesRequest(body)) };
}

/** The types that a real Ollama checks are checked first, with its exact messages. */
function checkedHead(body: unknown) {
  const fields = Fields.of("MessagesRequest", body, "anthropic");
  return {
    model: fields.string("model") ?? "",
    maxTokens: fields.integer("max_tokens") ?? 0,
    messages: fields.array("messages", "[]anthropic.MessageParam") ?? [],
    stream: fields.boolean("stream") ?? false,
  };
}

function requireModel(model: string): void {
  if (model === "") throw new ProxyError("bad-request", "model is required");
  if (model.trim() === "") throw new ProxyError("invalid-name", "model is required");
}

function noMessages(): ProxyError {
  return new ProxyError("bad-request", "messages is required");
}

function decodeFields(fields: RequestFields): ChatRequest {
  const messages = fields.messages ?? [];
  if (fields.mcp_servers !== undefined && fields.mcp_servers.length > 0) {
    throw new ProxyError(
      "unsupported",
      'Cannot forward "mcp_servers": only Anthropic can connect to them; send their tools as "tools"',
    );
  }
  const system = decodeSystem(fields.system);
  const tools = (fields.tools ?? []).flatMap(decodeTool);
  const stop = (fields.stop_sequences ?? []).filter((text) => text !== "");
  return {
    model: fields.model ?? "",
    messages: [
      ...(system === "" ? [] : [{ role: "system", text: system } as const]),
      ...messages.flatMap(({ role, content }) => decodeMessage(role, content)),
    ],
    stream: fields.stream ?? false,
    tools,
    toolChoice: decodeToolChoice(fields.tool_choice, tools),
    parallelToolCalls: fields.tool_choice?.disable_parallel_tool_use === true ? false : undefined,
    sampling: {
      maxTokens: fields.max_tokens,
      temperature: fields.temperature,
      topP: fields.top_p,
      topK: fields.top_k,
      stop: stop.length === 0 ? undefined : stop,
    },
    format: decodeFormat(fields.output_config?.format ?? fields.output_format),
    reasoning: decodeReasoning(fields),
  };
}

/** Tools that Anthropic itself runs. No other provider can run them, so they are omitted. */
const RUN_BY_ANTHROPIC = /^(?:web_search|web_fetch|code_execution|tool_search|mcp_toolset)/;

function decodeTool(tool: WireTool): readonly Tool[] {
  const { type = "custom", name } = tool;
  if (RUN_BY_ANTHROPIC.test(type)) return [];
  if (name === undefined || name === "") {
    throw new ProxyError("bad-request", "Cannot read the tools: every tool needs a name");
  }
  if (type !== "custom") {
    throw new ProxyError(
      "unsupported",
      `Cannot forward the tool "${name}" of type "${type}": only Anthropic's models support it; give it an "input_schema"`,
    );
  }
  return [{ name, description: tool.description, parameters: tool.input_schema, strict: tool.strict }];
}

/** A choice of an omitted tool is omitted too. */
function decodeToolChoice(
  choice: RequestFields["tool_choice"],
  tools: readonly Tool[],
): ToolChoice | undefined {
  if (choice === undefined || tools.length === 0) return undefined;
  switch (choice.type) {
    case "auto":
      return "auto";
    case "any":
      return "required";
    case "none":
      return "none";
    case "tool": {
      const tool = tools.find(({ name }) => name === choice.name);
      return tool === undefined ? undefined : { name: tool.name };
    }
    default:
      throw new ProxyError(
        "bad-request",
        `Cannot read the request: "tool_choice.type" must be "auto", "any", "tool" or "none", got ${JSON.stringify(choice.type)}`,
      );
  }
}

function decodeFormat(format: JsonObject | undefined): OutputFormat | undefined {
  const schema = stringAt(format, "type") === "json_schema" ? objectAt(format, "schema") : undefined;
  return schema === undefined ? undefined : { type: "json-schema", schema };
}

const EFFORTS: ReadonlyMap<string, Reasoning> = new Map<string, Reasoning>([
  ["low", "low"],
  ["medium", "medium"],
  ["high", "high"],
  ["xhigh", "high"],
  ["max", "max"],
]);

function decodeReasoning({ thinking, output_config }: RequestFields): Reasoning | undefined {
  if (thinking?.type === "enabled") return "on";
  if (thinking?.type === "disabled") return "off";
  return EFFORTS.get(output_config?.effort ?? "");
}
