/**
 * Finds a fix for a rejected request in the error response. The error may name a field that the provider
 * rejects, its other name for the field, a value that it allows, or a format that it requires for the
 * conversation.
 *
 * Fields such as samplers may be removed, because the reply still answers the request. The tools and the
 * schema are never removed, because that would change the meaning of the request.
 */
import type { ProviderOptions } from "../../../options/options.ts";
import { type JsonObject, arrayAt, isObject } from "../../../wire/json.ts";
import type { RequestFix } from "../../upstream-api.ts";
import { largestLimit, limitIn } from "../../shared/limit-hints.ts";
import { conversationHint, nullHint } from "./conversation-hints.ts";
import { findHintedOptions } from "./option-hints.ts";
import { NO_CHANGE, isFor, withLimits } from "../../shared/request-fix.ts";
import { refusedFields, unescaped } from "../../shared/refused-fields.ts";
import { isAboutValue } from "../../shared/value-errors.ts";

/** Fields that are never removed, because the request would mean something else without them. */
const KEPT: ReadonlySet<string> = new Set([
  "model",
  "messages",
  "prompt",
  "suffix",
  "input",
  "instructions",
  "text",
  "tools",
  "functions",
  "response_format",
  "stream",
]);

/** Undefined: the error response names no fix that applies to the body. */
export function findFix(text: string, body: JsonObject, options: ProviderOptions): RequestFix | undefined {
  const limit = limitIn(text, body, options);
  if (limit !== undefined) return { ...NO_CHANGE, ...limit };
  const plain = unescaped(text);
  const conversation = conversationHint(plain, body, options);
  if (conversation !== undefined) return { ...NO_CHANGE, options: conversation };
  const hinted = findHintedOptions(plain, body, options);
  if (hinted !== undefined) return { ...NO_CHANGE, ...hinted, onlyTranslated: hinted.isOnce };
  const fix = renamed(plain, body) ?? dropped(text, body);
  if (fix !== undefined) return fix;
  const withoutNulls = nullHint(plain, body, options);
  return withoutNulls === undefined ? undefined : { ...NO_CHANGE, options: withoutNulls };
}

const KEPT_IN_MESSAGES: ReadonlySet<string> = new Set(["role", "content", "tool_calls", "tool_call_id"]);

/**
 * Whether a field may be removed. A `tool_choice` other than `auto` is kept, because the client requires it.
 */
function mayDrop(field: string, value: unknown): boolean {
  return !KEPT.has(field) && (field !== "tool_choice" || value === "auto");
}

function renamed(text: string, body: JsonObject): RequestFix | undefined {
  const [, from = "", to = ""] =
    /['"`](\w{1,64})['"`] is not supported with this model\. Use ['"`](\w{1,64})['"`] instead/.exec(text) ??
    [];
  return from in body && to !== "" ? { ...NO_CHANGE, rename: { [from]: to } } : undefined;
}

/**
 * Fields that are removed whenever the error response names them. Vectors are converted to the requested
 * format and length anyway. A vector cannot be made longer, so a limit for the length is an error of the client.
 */
function freeFields(text: string, { dimensions }: JsonObject): readonly string[] {
  const isTooLong = typeof dimensions === "number" && largestLimit(text, dimensions) !== undefined;
  return ["encoding_format", ...(isTooLong ? [] : ["dimensions"])].filter((field) => text.includes(field));
}

function dropped(text: string, body: JsonObject): RequestFix | undefined {
  const named = [...refusedFields(text), ...freeFields(text, body)];
  const drop = named
    .map((name) => name.split(".")[0] ?? "")
    .filter((name) => name in body && mayDrop(name, body[name]));
  const dropFromMessages = named
    .filter((name) => name.startsWith("messages."))
    .map((name) => name.split(".").at(-1) ?? "")
    .filter((name) => hasInMessages(body, name) && !KEPT_IN_MESSAGES.has(name));
  if (drop.length === 0 && dropFromMessages.length === 0) return undefined;
  return {
    ...NO_CHANGE,
    drop: [...new Set(drop)],
    dropFromMessages: [...new Set(dropFromMessages)],
    isOnce: isAboutValue(text),
  };
}

/**
 * The change after an empty stream. llama-cpp-python, for example, reports a prompt that is too long only in
 * a reply without streaming.
 */
export function unstream({ stream }: JsonObject): RequestFix | undefined {
  if (stream !== true) return undefined;
  return { ...NO_CHANGE, set: { stream: false }, drop: ["stream_options"], isOnce: true };
}

/** Applies the fix to the body. Members that the fix does not change keep their identity. */
export function applyFix(body: JsonObject, fix: RequestFix): JsonObject {
  if (!isFor(fix, body)) return body;
  const { drop, rename, dropFromMessages, set } = fix;
  const entries = Object.entries(body)
    .filter(([field, value]) => !drop.includes(field) || !mayDrop(field, value))
    .map(([field, value]): [string, unknown] => [
      rename[field] ?? field,
      field === "messages" ? strip(value, dropFromMessages) : value,
    ]);
  return withLimits(Object.fromEntries(entries), set);
}

function strip(messages: unknown, fields: readonly string[]): unknown {
  if (!Array.isArray(messages) || !fields.some((field) => hasInMessages({ messages }, field)))
    return messages;
  return messages.map((message: unknown) =>
    isObject(message)
      ? Object.fromEntries(Object.entries(message).filter(([field]) => !fields.includes(field)))
      : message,
  );
}

function hasInMessages(body: JsonObject, field: string): boolean {
  return arrayAt(body, "messages").some((message) => isObject(message) && field in message);
}
