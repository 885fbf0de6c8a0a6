/** Decodes Anthropic's messages and blocks to neutral messages. `schema.ts` shows the blocks. */
import { ProxyError } from "../../../chat/error.ts";
import type { Message, Part, ToolCall } from "../../../chat/request.ts";
import { type JsonObject, arrayAt, isObject, objectAt, stringAt } from "../../../wire/json.ts";
import { decodeFile, decodeImageUrl, decodeMedia } from "../../shared/media.ts";
import { argumentsText } from "../../shared/openai-message.ts";
import type { WireContent } from "./schema.ts";

/**
 * A message with tool results becomes several messages. The results come first, the user's content follows.
 */
export function decodeMessage(
  role: string | undefined,
  content: WireContent | undefined,
): readonly Message[] {
  const blocks = blocksOf(content);
  if (role === "assistant") return [decodeAssistant(blocks)];
  if (role === "system") return [{ role: "system", text: textOf(blocks) }];
  const results = blocks.filter((block) => block["type"] === "tool_result");
  const parts = blocks.flatMap(decodePart);
  const said: readonly Message[] = parts.length > 0 || results.length === 0 ? [{ role: "user", parts }] : [];
  return [...results.map(decodeToolResult), ...said];
}

/**
 * The text of `system`. Claude Code puts a line for Anthropic's billing first. It is omitted, because it
 * changes with every request and would prevent providers from using their prompt cache.
 */
export function decodeSystem(content: WireContent | undefined): string {
  return blocksOf(content)
    .map((block) => stringAt(block, "text") ?? "")
    .filter((text) => text !== "" && !text.startsWith("x-anthropic-billing-header:"))
    .join("\n\n");
}

function blocksOf(content: unknown): readonly JsonObject[] {
  if (typeof content === "string") return content === "" ? [] : [{ type: "text", text: content }];
  return Array.isArray(content) ? content.filter(isObject) : [];
}

/** Other kinds belong to services that only Anthropic runs. */
function decodePart(block: JsonObject): readonly Part[] {
  switch (block["type"]) {
    case "text": {
      const text = stringAt(block, "text") ?? "";
      return text === "" ? [] : [{ type: "text", text }];
    }
    case "image":
      return [decodeImage(objectAt(block, "source"))];
    case "document":
      return [decodeDocument(block)];
    case "search_result":
      return [{ type: "text", text: describeSearchResult(block) }];
    default:
      return [];
  }
}

function decodeImage(source: JsonObject | undefined): Part {
  const data = stringAt(source, "data");
  if (data !== undefined && data !== "") return decodeMedia(data);
  const url = stringAt(source, "url");
  if (url !== undefined) return decodeImageUrl(url);
  const type = stringAt(source, "type");
  if (type === undefined || type === "base64" || type === "url") {
    throw new ProxyError("bad-request", "invalid image source");
  }
  throw new ProxyError(
    "unsupported",
    `invalid image source type: ${type}. Only base64 images and URLs are supported.`,
  );
}

function decodeDocument(block: JsonObject): Part {
  const source = objectAt(block, "source");
  const text = stringAt(source, "type") === "text" ? stringAt(source, "data") : undefined;
  const content =
    text ?? (source?.["content"] === undefined ? undefined : textOf(blocksOf(source["content"])));
  const title = stringAt(block, "title");
  if (content === undefined) {
    const file = decodeFile(stringAt(source, "data"), stringAt(source, "media_type"), title);
    if (file !== undefined) return file;
    const kind = stringAt(source, "type") ?? "unknown";
    throw new ProxyError(
      "unsupported",
      `Cannot forward a document by its "${kind}": only Anthropic can load it; send its content`,
    );
  }
  return { type: "text", text: title === undefined ? content : `${title}\n\n${content}` };
}

function describeSearchResult(block: JsonObject): string {
  const heading = [stringAt(block, "title"), stringAt(block, "source")].filter((line) => line !== undefined);
  return [...heading, textOf(arrayAt(block, "content").filter(isObject))].join("\n");
}

function decodeToolResult(block: JsonObject): Message {
  const parts = blocksOf(block["content"]).flatMap(decodePart);
  // No other API has a field for a failed tool call.
  const failed: readonly Part[] = block["is_error"] === true ? [{ type: "text", text: "Error: " }] : [];
  return { role: "tool", toolCallId: stringAt(block, "tool_use_id"), parts: [...failed, ...parts] };
}

function decodeAssistant(blocks: readonly JsonObject[]): Message {
  const thinking = blocks.filter((block) => block["type"] === "thinking");
  const reasoning = thinking.map((block) => stringAt(block, "thinking") ?? "").join("");
  const signature = thinking
    .map((block) => stringAt(block, "signature") ?? "")
    .findLast((text) => text !== "");
  return {
    role: "assistant",
    text: textOf(blocks),
    reasoning: reasoning === "" ? undefined : reasoning,
    signature,
    toolCalls: blocks.filter((block) => block["type"] === "tool_use").map(decodeToolUse),
  };
}

function decodeToolUse(block: JsonObject): ToolCall {
  const id = stringAt(block, "id") ?? "";
  const name = stringAt(block, "name") ?? "";
  if (id === "") throw new ProxyError("bad-request", "tool_use block missing required 'id' field");
  if (name === "") throw new ProxyError("bad-request", "tool_use block missing required 'name' field");
  return { id, name, arguments: argumentsText(stringAt(block, "input") ?? objectAt(block, "input")) };
}

function textOf(blocks: readonly JsonObject[]): string {
  return blocks.map((block) => (block["type"] === "text" ? (stringAt(block, "text") ?? "") : "")).join("");
}
