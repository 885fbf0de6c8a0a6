/**
 * One entry of `messages` in a client's request to chat completions.
 *
 *     {"role":"user","content":"hi"}
 *     {"role":"user","content":[{"type":"text","text":"what is this?"},
 *       {"type":"image_url","image_url":{"url":"data:image/png;base64,…"}},
 *       {"type":"input_audio","input_audio":{"data":"…","format":"wav"}}]}
 *     {"role":"assistant","content":null,"reasoning":"hm","tool_calls":[
 *       {"id":"call_1","type":"function","function":{"name":"f","arguments":"{\"a\":1}"}}]}
 *     {"role":"tool","tool_call_id":"call_1","content":"42"}
 *
 * Content may be omitted, null, a string or a list. Arguments may be an object, which is Ollama's own format.
 * Unknown roles are read as `user`, because LangChain lets users define roles.
 */
import * as v from "valibot";
import { ProxyError } from "../../../chat/error.ts";
import type { Message, Part, ToolCall } from "../../../chat/request.ts";
import { objectAt, stringAt } from "../../../wire/json.ts";
import { optional } from "../../shared/body.ts";
import { decodeFile, decodeImageUrl } from "../../shared/media.ts";
import { argumentsText, refuseFile } from "../../shared/openai-message.ts";

export const messageSchema = v.object({
  role: optional(v.string()),
  content: optional(v.union([v.string(), v.array(v.unknown())])),
  name: optional(v.string()),
  reasoning: optional(v.string()),
  reasoning_content: optional(v.string()),
  tool_calls: optional(
    v.array(
      v.object({
        id: optional(v.string()),
        type: optional(v.string()),
        function: optional(
          v.object({
            name: optional(v.string()),
            arguments: optional(v.union([v.string(), v.record(v.string(), v.unknown())])),
          }),
        ),
      }),
    ),
  ),
  tool_call_id: optional(v.string()),
});

type WireMessage = v.InferOutput<typeof messageSchema>;
type WireToolCall = NonNullable<WireMessage["tool_calls"]>[number];

export function decodeMessage(message: WireMessage): Message {
  const parts = decodeContent(message.content);
  switch (message.role?.toLowerCase() ?? "user") {
    case "system":
    case "developer":
      return { role: "system", text: textOf(parts) };
    case "assistant":
      return {
        role: "assistant",
        text: textOf(parts),
        reasoning: nonEmpty(message.reasoning) ?? nonEmpty(message.reasoning_content),
        toolCalls: (message.tool_calls ?? []).map(decodeToolCall),
      };
    case "tool":
    case "function":
      return {
        role: "tool",
        toolCallId: nonEmpty(message.tool_call_id),
        toolName: nonEmpty(message.name),
        parts,
      };
    default:
      return { role: "user", parts };
  }
}

function decodeContent(content: WireMessage["content"]): readonly Part[] {
  if (content === undefined || content === "") return [];
  if (typeof content === "string") return [{ type: "text", text: content }];
  return content.map(decodePart);
}

function decodePart(part: unknown): Part {
  if (typeof part === "string") return { type: "text", text: part };
  switch (stringAt(part, "type") ?? "text") {
    case "image_url": {
      const url = stringAt(objectAt(part, "image_url"), "url") ?? stringAt(part, "image_url");
      return decodeImageUrl(url ?? "");
    }
    case "input_audio":
      return decodeAudio(objectAt(part, "input_audio"));
    case "file": {
      const file = objectAt(part, "file");
      return decodeFile(stringAt(file, "file_data"), undefined, stringAt(file, "filename")) ?? refuseFile();
    }
    default: {
      const text = stringAt(part, "text") ?? stringAt(part, "refusal");
      if (text === undefined) throw new ProxyError("bad-request", "invalid message format");
      return { type: "text", text };
    }
  }
}

const AUDIO_TYPES: ReadonlyMap<string | undefined, string> = new Map([
  ["wav", "audio/wav"],
  ["mp3", "audio/mpeg"],
]);

function decodeAudio(audio: unknown): Part {
  const data = stringAt(audio, "data");
  const mediaType = AUDIO_TYPES.get(stringAt(audio, "format"));
  if (data === undefined || mediaType === undefined) {
    throw new ProxyError("bad-request", "invalid input_audio format");
  }
  return { type: "audio", mediaType, data: data.replace(/^data:[^,]*,/i, "") };
}

function decodeToolCall(call: WireToolCall): ToolCall {
  const name = call.function?.name;
  if (name === undefined || name === "") {
    throw new ProxyError(
      "bad-request",
      "Cannot read the messages: every tool call needs a function with a name",
    );
  }
  return { id: nonEmpty(call.id), name, arguments: argumentsText(call.function?.arguments) };
}

function textOf(parts: readonly Part[]): string {
  return parts.map((part) => (part.type === "text" ? part.text : "")).join("");
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}
