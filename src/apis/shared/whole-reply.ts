/**
 * What makes the whole reply of a provider a reply, for routes that relay it as it is.
 *
 *     {"choices":[{"message":{…}}]}  {"choices":[{"text":"…"}]}      chat completions, completions
 *     {"data":[{"embedding":[0.1,…]}]}                               embeddings; a vector may be base64 text
 *     {"object":"response","output":[…]}                             responses
 *     {"text":"…"}  or any other text                                transcriptions
 *
 * Hosts were seen to answer 200 with `{}`, `[]`, `{"choices":null}`, `{"data":null}` and with errors: clients would read those as
 * a success without content, or fail where they look for the content.
 */
import type { ProxyError } from "../../chat/error.ts";
import { arrayAt, isObject, objectAt, parseJson, stringAt } from "../../wire/json.ts";
import { errorInFrame } from "./frame-errors.ts";
import { decodeError } from "./upstream-errors.ts";

/** The kinds of whole replies. */
export type ReplyKind = "completion" | "embeddings" | "response";

/** The error that the reply is, or undefined when it is a reply. `value` is what `text`, a body with status 200, parses to. Never throws. */
export function errorInReply(kind: ReplyKind, value: unknown, text: string): ProxyError | undefined {
  if (value === undefined) return decodeError(200, text);
  const hasContent = isObject(value) && HAS_CONTENT[kind](value);
  // A response that failed says so itself, and one with vectors is one whatever else it says.
  if (hasContent && kind !== "completion") return undefined;
  return errorInFrame(value, undefined) ?? (hasContent ? undefined : decodeError(200, text));
}

/** The same for a transcript, which is any text where the client asked for something else than JSON. Never throws. */
export function errorInTranscript(text: string, contentType: string): ProxyError | undefined {
  const value = parseJson(text);
  if (isObject(value)) {
    const hasText = stringAt(value, "text") !== undefined;
    return hasText ? undefined : (errorInFrame(value, undefined) ?? decodeError(200, text));
  }
  return /\bjson\b|^text\/html\b/i.test(contentType) ? decodeError(200, text) : undefined;
}

const HAS_CONTENT = {
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
} as const satisfies Record<ReplyKind, (value: unknown) => boolean>;

function isChoice(choice: unknown): boolean {
  // Some hosts send the delta of a stream where the message belongs.
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

/** llama.cpp sends a list of one list; some hosts send one of each data type, by name. */
function isNumberOrList(value: unknown): boolean {
  return typeof value === "number" || Array.isArray(value);
}
