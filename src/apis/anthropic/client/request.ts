/** Requests to `/v1/messages` and `/v1/messages/count_tokens`. `schema.ts` shows their format. */
import { ProxyError } from "../../../chat/error.ts";
import { estimateTokens } from "../../../chat/estimate.ts";
import type { ChatRequest, OutputFormat, Reasoning, Tool, ToolChoice } from "../../../chat/request.ts";
import { type JsonObject, objectAt, stringAt } from "../../../wire/json.ts";
import { parseBody } from "../../shared/body.ts";
import { Fields } from "../../shared/go-fields.ts";
import { decodeMessage, decodeSystem } from "./message.ts";
import { type RequestFields, type WireTool, requestSchema } from "./schema.ts";

/** Throws `bad-request` or `unsupported`, with Ollama's exact message where Ollama has one. */
export function decodeMessagesRequest(body: unknown): ChatRequest {
  const fields = readFields(body);
  requireModel(fields);
  if (fields.max_tokens === undefined || fields.max_tokens <= 0) {
    throw new ProxyError("bad-request", "max_tokens is required and must be positive");
  }
  return decodeFields(fields);
}

/**
 * The reply to `/v1/messages/count_tokens`, an estimate. Throws the same errors as `decodeMessagesRequest`.
 */
export function countTokens(body: unknown): { readonly input_tokens: number } {
  const fields = readFields(body);
  requireModel(fields);
  return { input_tokens: estimateTokens(decodeFields(fields)) };
}

/** The types that a real Ollama checks are checked first, with its exact messages. */
function readFields(body: unknown): RequestFields {
  const fields = Fields.of("MessagesRequest", body, "anthropic");
  fields.string("model");
  fields.integer("max_tokens");
  fields.array("messages", "[]anthropic.MessageParam");
  fields.boolean("stream");
  return parseBody(requestSchema, body ?? {});
}

function requireModel(fields: RequestFields): void {
  const { model = "" } = fields;
  if (model === "") throw new ProxyError("bad-request", "model is required");
  if (model.trim() === "") throw new ProxyError("invalid-name", "model is required");
}

function decodeFields(fields: RequestFields): ChatRequest {
  const messages = fields.messages ?? [];
  if (messages.length === 0) throw new ProxyError("bad-request", "messages is required");
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
