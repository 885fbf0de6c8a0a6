/** One entry of `messages`, in every form that clients were seen to send. */
import { ProxyError } from "../../chat/error.ts";
import type { Message, Part, ToolCall } from "../../chat/request.ts";
import { type JsonObject, arrayAt, isObject, objectAt, stringAt } from "../../wire/json.ts";
import { decodeMedia } from "../media.ts";
import { Fields } from "./field.ts";

export function decodeMessage(message: unknown): Message {
  const fields = Fields.of("Message", message);
  const content = decodeContent(fields.unknown("content"));
  const images = decodeImages(fields.array("images", "[]api.ImageData"));
  const role = (fields.string("role") ?? "").toLowerCase();
  switch (role) {
    case "system":
    case "developer":
      return { role: "system", text: textOf(content) };
    case "assistant":
      return {
        role: "assistant",
        text: textOf(content),
        reasoning: fields.string("thinking"),
        toolCalls: fields.array("tool_calls", "[]api.ToolCall").map(decodeToolCall),
      };
    case "tool":
    case "function":
      return {
        role: "tool",
        toolCallId: nonEmpty(fields.string("tool_call_id")),
        toolName: nonEmpty(fields.string("tool_name") ?? fields.string("name")),
        parts: [...content, ...images],
      };
    default:
      return { role: "user", parts: [...content, ...images] };
  }
}

export function decodeImages(images: readonly unknown[]): readonly Part[] {
  return images.map((image) => {
    if (typeof image === "string") return decodeMedia(image);
    // A byte array that went through JSON.stringify: {"0":137,"1":80,…}
    if (isObject(image)) return decodeMedia(base64OfBytes(image));
    throw new ProxyError("bad-request", "json: cannot unmarshal images: every image must be a base64 string");
  });
}

function decodeContent(content: unknown): readonly Part[] {
  if (content === undefined || content === "") return [];
  if (typeof content === "string") return [{ type: "text", text: content }];
  if (!Array.isArray(content)) {
    throw new ProxyError(
      "bad-request",
      "json: cannot unmarshal object into Go struct field ChatRequest.messages.content of type string",
    );
  }
  return content.flatMap((part: unknown): readonly Part[] => {
    if (typeof part === "string") return [{ type: "text", text: part }];
    const url = stringAt(objectAt(part, "image_url"), "url") ?? stringAt(part, "image_url");
    if (url !== undefined) return [decodeMedia(url)];
    const text = stringAt(part, "text");
    return text === undefined ? [] : [{ type: "text", text }];
  });
}

function decodeToolCall(call: unknown): ToolCall {
  const fn = objectAt(call, "function");
  const name = stringAt(fn, "name") ?? "";
  const value = fn?.["arguments"] ?? {};
  return {
    id: nonEmpty(stringAt(call, "id")),
    name,
    arguments: typeof value === "string" ? (value === "" ? "{}" : value) : JSON.stringify(value),
  };
}

function textOf(parts: readonly Part[]): string {
  return parts.map((part) => (part.type === "text" ? part.text : "")).join("");
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === "" ? undefined : text;
}

function base64OfBytes(bytes: JsonObject): string {
  const values = arrayAt(bytes, "data");
  const list = values.length > 0 ? values : Object.values(bytes);
  return btoa(list.map((byte) => String.fromCharCode(Number(byte) & 255)).join(""));
}
