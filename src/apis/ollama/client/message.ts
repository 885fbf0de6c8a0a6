/** One entry of `messages`, in all forms that clients are known to send. */
import { ProxyError } from "../../../chat/error.ts";
import type { Message, Part, ToolCall } from "../../../chat/request.ts";
import { wellFormedJson } from "../../../chat/surrogates.ts";
import { objectText } from "../../../chat/tool-arguments.ts";
import { type JsonObject, arrayAt, isObject, objectAt, stringAt } from "../../../wire/json.ts";
import { decodeMedia } from "../../shared/media.ts";
import { Fields, typeName } from "../../shared/go-fields.ts";

export function decodeMessage(message: unknown): Message {
  if (!isObject(message) && message !== null) throw mistyped(message, "ChatRequest.messages", "api.Alias");
  const fields = Fields.of("ChatRequest.messages", message);
  const content = decodeContent(fields.unknown("content"));
  const images = decodeImages(fields.array("images", "[]api.ImageData"), "ChatRequest.messages.images");
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

/** `field` is the name of the images' field in errors of Go's decoder. */
export function decodeImages(images: readonly unknown[], field: string): readonly Part[] {
  return images.map((image) => {
    // A byte array after `JSON.stringify`: {"0":137,"1":80,…}
    const text = isObject(image) ? base64OfBytes(image) : image;
    if (typeof text !== "string") throw mistyped(image, field, "api.ImageData");
    const illegal = /^https?:/i.test(text) ? -1 : text.replace(DATA_PREFIX, "").search(/[^\w+/=\s-]/);
    if (illegal < 0) return decodeMedia(text);
    throw new ProxyError("bad-request", `illegal base64 data at input byte ${illegal}`);
  });
}

const DATA_PREFIX = /^data:[^,]*,/i;

function mistyped(value: unknown, field: string, type: string): ProxyError {
  return new ProxyError(
    "bad-request",
    `json: cannot unmarshal ${typeName(value)} into Go struct field ${field} of type ${type}`,
  );
}

function decodeContent(content: unknown): readonly Part[] {
  if (content === undefined || content === "") return [];
  if (typeof content === "string") return [{ type: "text", text: content }];
  if (!Array.isArray(content)) throw mistyped(content, "ChatRequest.messages.content", "string");
  return content.map(decodePart);
}

/** A part in the format of OpenAI, Anthropic or the AI SDK. */
function decodePart(part: unknown): Part {
  if (typeof part === "string") return { type: "text", text: part };
  const text = stringAt(part, "text");
  if (text !== undefined) return { type: "text", text };
  const media =
    stringAt(objectAt(part, "image_url"), "url") ??
    stringAt(part, "image_url") ??
    stringAt(objectAt(part, "source"), "data") ??
    stringAt(objectAt(part, "source"), "url") ??
    stringAt(objectAt(part, "input_audio"), "data") ??
    stringAt(part, "image");
  if (media !== undefined) return decodeMedia(media);
  throw new ProxyError(
    "bad-request",
    `Cannot read the messages: the type ${JSON.stringify(stringAt(part, "type") ?? "")} of a part is not supported; expected text, an image or audio`,
  );
}

function decodeToolCall(call: unknown): ToolCall {
  const fn = objectAt(call, "function");
  const name = stringAt(fn, "name") ?? "";
  const text = argumentsText(fn?.["arguments"] ?? {});
  if (text !== undefined) return { id: nonEmpty(stringAt(call, "id")), name, arguments: text };
  throw new ProxyError(
    "bad-request",
    `Cannot read the messages: the arguments of the call of the tool "${name}" are not a JSON object`,
  );
}

/** Undefined when the value is neither an object nor the JSON text of one. */
export function argumentsText(value: unknown): string | undefined {
  if (typeof value === "string") return objectText(value);
  return isObject(value) ? wellFormedJson(JSON.stringify(value)) : undefined;
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
