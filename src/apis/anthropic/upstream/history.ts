/**
 * A conversation in the form of Anthropic's Messages API.
 *
 *     {"role":"user","content":[{"type":"text","text":"hi"},{"type":"image","source":{…}}]}
 *     {"role":"assistant","content":[{"type":"thinking","thinking":"…","signature":"…"},{"type":"tool_use","id":"toolu_1",…}]}
 *     {"role":"user","content":[{"type":"tool_result","tool_use_id":"toolu_1","content":[…]}]}
 *
 * The first message is the user's. Messages of the same role are joined, because the results of all calls must be in the
 * message after them. Text is never blank. https://platform.claude.com/docs/en/api/messages
 */
import { ProxyError } from "../../../chat/error.ts";
import { unreachable } from "../../../chat/event.ts";
import type { Message, Part } from "../../../chat/request.ts";
import type { ProviderOptions } from "../../../options/options.ts";
import { exactJson } from "../../../wire/exact-json.ts";
import { type JsonObject, isObject, parseJson } from "../../../wire/json.ts";
import {
  NO_OUTPUT,
  type PairedAssistantMessage,
  type PairedMessage,
  pairCalls,
} from "../../shared/paired-calls.ts";
import { refuseAudio } from "../../shared/prompt-message.ts";
import { type Piece, piecesOf } from "../../shared/reply-layout.ts";
import type { ToolNames } from "../../shared/tool-names.ts";

export interface WireMessage {
  readonly role: "user" | "assistant";
  readonly content: readonly JsonObject[];
}

const START: WireMessage = { role: "user", content: [{ type: "text", text: "Continue" }] };

/** Throws `unsupported` for content that the API cannot carry. */
export function encodeMessages(
  messages: readonly Message[],
  names: ToolNames,
  options: ProviderOptions,
): readonly WireMessage[] {
  const encoded: { readonly role: WireMessage["role"]; readonly content: JsonObject[] }[] = [];
  for (const message of pairCalls(messages, options.toolCallIdFormat)) {
    const next = encodeMessage(message, names, options);
    const last = encoded.at(-1);
    if (next.content.length === 0) continue;
    if (last?.role === next.role) last.content.push(...next.content);
    else encoded.push({ role: next.role, content: [...next.content] });
  }
  const started = encoded[0]?.role === "user" ? encoded : [START, ...encoded];
  return withoutFinalSpace(started);
}

/** Whether the conversation ends with results of calls whose message does not begin with thinking. */
export function lacksThinking(messages: readonly WireMessage[]): boolean {
  const [before, last] = messages.slice(-2);
  const isInLoop = last?.content[0]?.["type"] === "tool_result";
  return isInLoop && before !== undefined && !isThinking(before.content[0]);
}

export function isThinking(block: unknown): boolean {
  return isObject(block) && (block["type"] === "thinking" || block["type"] === "redacted_thinking");
}

function encodeMessage(message: PairedMessage, names: ToolNames, options: ProviderOptions): WireMessage {
  switch (message.role) {
    case "system":
      // `request.ts` moves these to `system`, so none is left.
      return { role: "user", content: encodeText(message.text) };
    case "user":
      return { role: "user", content: message.parts.flatMap(encodePart) };
    case "assistant":
      return { role: "assistant", content: encodeAssistant(message, names, options) };
    case "tool": {
      const content = message.parts.flatMap(encodePart);
      const result = content.length === 0 ? encodeText(NO_OUTPUT) : content;
      return {
        role: "user",
        content: [{ type: "tool_result", tool_use_id: message.toolCallId, content: result }],
      };
    }
    default:
      return unreachable(message);
  }
}

function encodeAssistant(
  message: PairedAssistantMessage,
  names: ToolNames,
  options: ProviderOptions,
): readonly JsonObject[] {
  const thinking = message.attached === undefined ? encodeThinking(message, options) : [];
  return [...thinking, ...piecesOf(message).flatMap((piece) => encodePiece(piece, names))];
}

/** Thinking whose blocks are not known: as the client sent it, or as the provider accepts it without a signature. */
function encodeThinking(
  { reasoning, signature, toolCalls }: PairedAssistantMessage,
  { reasoningHistoryField, reasoningHistoryPlaceholder }: ProviderOptions,
): readonly JsonObject[] {
  if (signature !== undefined && signature !== "")
    return [{ type: "thinking", thinking: reasoning ?? "", signature }];
  const isSaid = reasoning !== undefined && reasoning !== "";
  const text = isSaid ? reasoning : toolCalls.length > 0 ? reasoningHistoryPlaceholder : undefined;
  if (reasoningHistoryField === undefined || text === undefined) return [];
  return [{ type: "thinking", [reasoningHistoryField]: text.toWellFormed(), signature: "" }];
}

function encodePiece(piece: Piece, names: ToolNames): readonly JsonObject[] {
  switch (piece.type) {
    case "thinking":
      return [piece.block];
    case "text":
      return encodeText(piece.text);
    case "call": {
      const { id, name, arguments: text } = piece.call;
      const input = exactJson(text, parseJson(text));
      return [{ type: "tool_use", id, name: names.sent(name), input: isObject(input) ? input : {} }];
    }
    default:
      return unreachable(piece);
  }
}

/** The API rejects blank text. */
function encodeText(text: string): readonly JsonObject[] {
  return text.trim() === "" ? [] : [{ type: "text", text: text.toWellFormed() }];
}

function encodePart(part: Part): readonly JsonObject[] {
  switch (part.type) {
    case "text":
      return encodeText(part.text);
    case "image":
      return [{ type: "image", source: { type: "base64", media_type: part.mediaType, data: part.data } }];
    case "image-url":
      return [{ type: "image", source: { type: "url", url: part.url } }];
    case "file":
      return [encodeFile(part)];
    case "audio":
      return refuseAudio();
    default:
      return unreachable(part);
  }
}

/** Types of documents that are text. */
const TEXT_TYPE = /^text\/|^application\/(?:json|xml|yaml|x-yaml|javascript|toml)$|\+(?:json|xml)$/;

function encodeFile({ mediaType, data, name }: Extract<Part, { readonly type: "file" }>): JsonObject {
  const source = TEXT_TYPE.test(mediaType)
    ? { type: "text", media_type: "text/plain", data: textIn(data) }
    : { type: "base64", media_type: mediaType, data };
  return { type: "document", source, title: name };
}

function textIn(base64: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.fromBase64(base64));
  } catch {
    throw new ProxyError(
      "bad-request",
      "Cannot read a document of the request: its data is not valid base64",
    );
  }
}

/** The API rejects a last message of the assistant that ends with white space or contains thinking. */
function withoutFinalSpace(messages: readonly WireMessage[]): readonly WireMessage[] {
  const last = messages.at(-1);
  if (last?.role !== "assistant") return messages;
  const content = last.content
    .filter((block) => !isThinking(block))
    .map((block, index, blocks): JsonObject =>
      index === blocks.length - 1 && typeof block["text"] === "string"
        ? { ...block, text: block["text"].trimEnd() }
        : block,
    );
  return content.length === 0 ? messages.slice(0, -1) : [...messages.slice(0, -1), { ...last, content }];
}
