/**
 * Checks that a body is a valid non-streamed reply, for routes that relay it unchanged.
 *
 *     {"choices":[{"message":{…}}]}  {"choices":[{"text":"…"}]}      chat completions, completions
 *     {"data":[{"embedding":[0.1,…]}]}                               embeddings; a vector may be base64 text
 *     {"object":"response","output":[…]}                             responses
 *     {"type":"message","content":[…]}                               messages
 *     {"text":"…"}  or any other text                                transcriptions
 *
 * Some providers answer 200 with `{}`, `[]`, `{"choices":null}`, `{"data":null}` or an error. Clients would
 * read those as a success without content, or fail when they read the content.
 */
import type { ProxyError } from "../../chat/error.ts";
import { arrayAt, isObject, objectAt, parseJson, stringAt } from "../../wire/json.ts";
import { errorInFrame } from "./frame-errors.ts";
import { decodeError } from "./upstream-errors.ts";

/** The kinds of non-streamed replies. */
export type ReplyKind = "completion" | "embeddings" | "response" | "message";

/**
 * The error that the body reports, or undefined when it is a valid reply. `text` is a body with status 200
 * and `value` its parsed value. Never throws.
 */
export function errorInReply(kind: ReplyKind, value: unknown, text: string): ProxyError | undefined {
  if (value === undefined) return decodeError(200, text);
  const hasContent = isObject(value) && HAS_CONTENT[kind](value);
  // A failed response reports that itself. A body with vectors is a reply, whatever other fields it has.
  if (hasContent && kind !== "completion") return undefined;
  return errorInFrame(value, undefined) ?? (hasContent ? undefined : decodeError(200, text));
}

/**
 * The same for a transcript, which is any text when the client asked for a format other than JSON. Never
 * throws.
 */
export function errorInTranscript(text: string, contentType: string): ProxyError | undefined {
  const value = parseJson(text);
  if (isObject(value)) {
    const hasText = stringAt(value, "text") !== undefined;
    return hasText ? undefined : (errorInFrame(value, undefined) ?? decodeError(200, text));
  }
  return /\bjson\b|^text\/html\b/i.test(contentType) ? decodeError(200, text) : undefined;
}

/** Whether an object is a reply of its kind. */
export const HAS_CONTENT = {
  completion: (value) => {
    const choices = arrayAt(value, "choices");
    return choices.length > 0 && choices.every(isChoice);
  },
  embeddings: (value) => {
    const data = arrayAt(value, "data");
    return data.length > 0 && data.every((entry) => isObject(entry) && isVector(entry["embedding"]));
  },
  response: (value) => {
    const { output, status = "completed" } = isObject(value) ? value : {};
    return stringAt(value, "object") === "response" && Array.isArray(output) && typeof status === "string";
  },
  message: (value) =>
    stringAt(value, "type") === "message" &&
    stringAt(value, "stop_reason") !== undefined &&
    isObject(value) &&
    Array.isArray(value["content"]) &&
    value["content"].every((block) => stringAt(block, "type") !== undefined),
} as const satisfies Record<ReplyKind, (value: unknown) => boolean>;

function isChoice(choice: unknown): boolean {
  // Some providers send the delta of a stream instead of the message.
  const message = objectAt(choice, "message") ?? objectAt(choice, "delta");
  if (message === undefined) return stringAt(choice, "text") !== undefined;
  const { content = null } = message;
  return content === null || typeof content === "string" || Array.isArray(content);
}

function isVector(value: unknown): boolean {
  if (typeof value === "string") return value !== "";
  if (isObject(value)) return Object.keys(value).length > 0;
  return Array.isArray(value) && value.length > 0 && value.every(isNumberOrList);
}

/** llama.cpp sends a list in a list. Some providers send one list per data type, by its name. */
function isNumberOrList(value: unknown): boolean {
  return typeof value === "number" || Array.isArray(value);
}
