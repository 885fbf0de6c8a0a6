/**
 * A conversation as the `input` of OpenAI's Responses API.
 *
 *     {"role":"user","content":[{"type":"input_text","text":"hi"},{"type":"input_image","image_url":"data:…","detail":"auto"}]}
 *     {"type":"reasoning","id":"rs_1","summary":[…],"encrypted_content":"…"}
 *     {"role":"assistant","content":"Let me see","phase":"commentary"}
 *     {"type":"function_call","call_id":"call_1","name":"f","arguments":"{}"}
 *     {"type":"function_call_output","call_id":"call_1","output":"42"}
 *
 * Reasoning is followed by what it led to. https://platform.openai.com/docs/guides/reasoning
 */
import { unreachable } from "../../../chat/event.ts";
import type { Message, Part } from "../../../chat/request.ts";
import type { ProviderOptions } from "../../../options/options.ts";
import type { JsonObject } from "../../../wire/json.ts";
import {
  NO_OUTPUT,
  type PairedAssistantMessage,
  type PairedMessage,
  pairCalls,
  textOf,
} from "../../shared/paired-calls.ts";
import { refuseAudio } from "../../shared/prompt-message.ts";
import { type Piece, piecesOf } from "../../shared/reply-layout.ts";
import type { ToolNames } from "../../shared/tool-names.ts";

export interface EncodedInput {
  /** The system messages at the beginning. */
  readonly instructions: string | undefined;
  readonly input: readonly JsonObject[];
}

/** Throws `unsupported` for content that the API cannot carry. */
export function encodeInput(
  messages: readonly Message[],
  names: ToolNames,
  options: ProviderOptions,
): EncodedInput {
  const firstOther = messages.findIndex((message) => !isSystem(message));
  const end = firstOther === -1 ? messages.length : firstOther;
  const [leading, rest] = options.singleLeadingSystemMessage
    ? [messages.filter(isSystem), messages.filter((message) => !isSystem(message))]
    : [messages.slice(0, end), messages.slice(end)];
  const texts = leading.flatMap((message) =>
    message.role === "system" ? [message.text.toWellFormed()] : [],
  );
  const input = pairCalls(rest, options.toolCallIdFormat).flatMap((message) =>
    encodeMessage(message, names, options),
  );
  return {
    instructions: texts.length === 0 ? undefined : texts.join("\n\n"),
    // The API requires a message.
    input: input.length === 0 ? [{ role: "user", content: "Continue" }] : input,
  };
}

function isSystem({ role }: Message): boolean {
  return role === "system";
}

function encodeMessage(
  message: PairedMessage,
  names: ToolNames,
  options: ProviderOptions,
): readonly JsonObject[] {
  switch (message.role) {
    case "system":
      return [{ role: options.roleNames["system"] ?? "system", content: message.text.toWellFormed() }];
    case "user": {
      const content = encodeContent(message.parts);
      return content === "" ? [] : [{ role: "user", content }];
    }
    case "assistant":
      return encodeAssistant(message, names);
    case "tool": {
      const output = encodeContent(message.parts);
      return [
        {
          type: "function_call_output",
          call_id: message.toolCallId,
          output: output === "" ? NO_OUTPUT : output,
        },
      ];
    }
    default:
      return unreachable(message);
  }
}

function encodeAssistant(message: PairedAssistantMessage, names: ToolNames): readonly JsonObject[] {
  // Reasoning that led to nothing is rejected.
  if (message.text === "" && message.toolCalls.length === 0) return [];
  const reasoning = message.attached === undefined ? encodeReasoning(message) : [];
  return [...reasoning, ...piecesOf(message).map((piece) => encodePiece(piece, names))];
}

/** Reasoning as the client sent it. Without its encrypted content it would not be read. */
function encodeReasoning({ reasoning, signature }: PairedAssistantMessage): readonly JsonObject[] {
  if (signature === undefined || signature === "") return [];
  const summary =
    reasoning === undefined || reasoning === "" ? [] : [{ type: "summary_text", text: reasoning }];
  return [{ type: "reasoning", summary, encrypted_content: signature }];
}

function encodePiece(piece: Piece, names: ToolNames): JsonObject {
  switch (piece.type) {
    case "thinking":
      return piece.block;
    case "text":
      return { role: "assistant", content: piece.text.toWellFormed(), ...piece.attributes };
    case "call": {
      const { id, name, arguments: text } = piece.call;
      return { type: "function_call", call_id: id, name: names.sent(name), arguments: text };
    }
    default:
      return unreachable(piece);
  }
}

/** Text if there is nothing else. */
function encodeContent(parts: readonly Part[]): string | readonly JsonObject[] {
  if (parts.every((part) => part.type === "text")) return textOf(parts);
  return parts.flatMap(encodePart);
}

function encodePart(part: Part): readonly JsonObject[] {
  switch (part.type) {
    case "text":
      return part.text === "" ? [] : [{ type: "input_text", text: part.text.toWellFormed() }];
    case "image":
      return [image(`data:${part.mediaType};base64,${part.data}`)];
    case "image-url":
      return [image(part.url)];
    case "file":
      return [
        {
          type: "input_file",
          filename: part.name,
          file_data: `data:${part.mediaType};base64,${part.data}`,
        },
      ];
    case "audio":
      return refuseAudio();
    default:
      return unreachable(part);
  }
}

function image(url: string): JsonObject {
  return { type: "input_image", image_url: url, detail: "auto" };
}
