/**
 * Adapts a relayed request to a provider: omits and renames fields, renames roles, and orders the
 * conversation as the provider requires. A value that needs no change keeps its identity.
 */
import type { ProviderOptions } from "../../options/options.ts";
import { type JsonObject, isObject } from "../../wire/json.ts";
import { isSilent } from "./upstream/conversation-hints.ts";

/** The body, adapted to the options. */
export function adaptBody(body: JsonObject, options: ProviderOptions): JsonObject {
  const { unsupportedParams, rejectsNullFields } = options;
  const adapted = Object.entries(body)
    .filter(([field, value]) => !unsupportedParams.includes(field) && !(rejectsNullFields && value === null))
    .map(([field, value]) => adaptField(field, value, options));
  return Object.fromEntries(adapted);
}

function adaptField(
  field: string,
  value: unknown,
  options: ProviderOptions,
): readonly [field: string, value: unknown] {
  if (field === "max_tokens") return [options.maxTokensField, value];
  const { maxStopSequences = Infinity } = options;
  if (field === "stop" && Array.isArray(value) && value.length > maxStopSequences) {
    return [field, value.slice(0, maxStopSequences)];
  }
  return [field, field === "messages" && Array.isArray(value) ? adaptMessages(value, options) : value];
}

function adaptMessages(messages: readonly unknown[], options: ProviderOptions): readonly unknown[] {
  const told = messages
    .filter((message) => !(options.rejectsEmptyAssistantMessages && isObject(message) && isSilent(message)))
    .map((message) => (isObject(message) ? adaptMessage(message, options) : message));
  const ordered = options.singleLeadingSystemMessage ? systemFirst(told) : told;
  const adapted = withUser(separated(ordered, options), options);
  const isSame =
    adapted.length === messages.length && adapted.every((message, index) => message === messages[index]);
  return isSame ? messages : adapted;
}

function adaptMessage(message: JsonObject, options: ProviderOptions): JsonObject {
  const { role, content } = message;
  const name = typeof role === "string" ? options.roleNames[role] : undefined;
  const renamed = name === undefined ? message : { ...message, role: name };
  const said = content === null || content === "" ? withContent(renamed, options) : renamed;
  if (!options.rejectsNullFields || !hasNull(said)) return said;
  return Object.fromEntries(
    Object.entries(said).filter(([field, value]) => value !== null || field === "content"),
  );
}

function hasNull(message: JsonObject): boolean {
  return Object.entries(message).some(([field, value]) => value === null && field !== "content");
}

/** A message without text, with the empty content that the provider accepts. */
function withContent(message: JsonObject, { emptyContent }: ProviderOptions): JsonObject {
  const { content, ...others } = message;
  if (emptyContent === "text") return content === "" ? message : { ...message, content: "" };
  const onlyCalls = Array.isArray(message["tool_calls"]) && message["tool_calls"].length > 0;
  if (!onlyCalls || emptyContent === "as-sent") return message;
  if (emptyContent === "absent") return others;
  return content === null ? message : { ...message, content: null };
}

/** Moves the system messages to the front, and joins them into one when nothing is lost. */
function systemFirst(messages: readonly unknown[]): readonly unknown[] {
  const system = messages.filter(isSystem);
  const [first] = system;
  if (first === undefined || (system.length === 1 && messages[0] === first)) return messages;
  const others = messages.filter((message) => !isSystem(message));
  const joined = system.reduce((before, message) => joinedMessage(before, message) ?? before);
  const isJoined = system.every((message) => hasText(message) && isPlain(message));
  return isJoined ? [joined, ...others] : [...system, ...others];
}

function isSystem(message: unknown): message is JsonObject {
  return isObject(message) && (message["role"] === "system" || message["role"] === "developer");
}

function hasText({ content }: JsonObject): boolean {
  return typeof content === "string" || Array.isArray(content);
}

/** Makes the roles alternate where the provider requires it. */
function separated(messages: readonly unknown[], options: ProviderOptions): readonly unknown[] {
  const { requiresAlternatingRoles, requiresAssistantAfterToolResult } = options;
  if (!requiresAlternatingRoles && !requiresAssistantAfterToolResult) return messages;
  const result: unknown[] = [];
  for (const message of messages) {
    const last = result.at(-1);
    const joined = requiresAlternatingRoles ? joinedMessage(last, message) : undefined;
    if (joined !== undefined) result[result.length - 1] = joined;
    else if (requiresAssistantAfterToolResult && roleOf(last) === "tool" && roleOf(message) === "user") {
      result.push({ role: "assistant", content: "Done." }, message);
    } else result.push(message);
  }
  return result;
}

function withUser(
  messages: readonly unknown[],
  { requiresUserMessage }: ProviderOptions,
): readonly unknown[] {
  if (!requiresUserMessage || messages.some((message) => roleOf(message) === "user")) return messages;
  return [...messages, { role: "user", content: "Continue" }];
}

function roleOf(message: unknown): unknown {
  return isObject(message) ? message["role"] : undefined;
}

/** Joins two messages of the same role; undefined: joining them would lose something. */
function joinedMessage(before: unknown, message: unknown): JsonObject | undefined {
  if (!isObject(before) || !isObject(message)) return undefined;
  const isSpeech = isPlain(before) && isPlain(message);
  const isSame = before["role"] === message["role"] || (isSystem(before) && isSystem(message));
  if (!isSpeech || !isSame || message["role"] === "tool") return undefined;
  const [first, second] = [before["content"], message["content"]];
  if (typeof first === "string" && typeof second === "string") {
    return { ...before, content: `${first}\n\n${second}` };
  }
  const isText = hasText(before) && hasText(message);
  return isText ? { ...before, content: [...partsOf(first), ...partsOf(second)] } : undefined;
}

function isPlain(message: JsonObject): boolean {
  return Object.keys(message).every((field) => field === "role" || field === "content");
}

function partsOf(content: unknown): readonly unknown[] {
  return Array.isArray(content) ? content : [{ type: "text", text: content }];
}
