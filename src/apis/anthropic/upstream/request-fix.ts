/**
 * Finds a fix for a rejected request in the error response.
 *
 *     messages.1.content.0: Invalid `signature` in `thinking` block                     thinking of another model
 *     `thinking` or `redacted_thinking` blocks in the latest assistant message cannot be modified
 *     "thinking.type.enabled" is not supported for this model. Use "thinking.type.adaptive" and "output_config.effort" …
 *     adaptive thinking is not supported on this model
 *     This model does not support the effort parameter
 *     `temperature` and `top_p` cannot both be specified for this model
 *     input length and `max_tokens` exceed context limit: 190000 + 32000 > 200000
 *     output_config.format.schema: …    tools.0.custom.strict: …    system.0.cache_control: Extra inputs are not permitted
 */
import { ADAPTIVE_THINKING } from "../../../options/anthropic.ts";
import type { ProviderOptions } from "../../../options/options.ts";
import { type JsonObject, arrayAt, isObject, objectAt } from "../../../wire/json.ts";
import type { RequestFix } from "../../upstream-api.ts";
import { limitIn } from "../../shared/limit-hints.ts";
import { NO_CHANGE, isFor, withLimits } from "../../shared/request-fix.ts";
import { refusedFields, unescaped } from "../../shared/refused-fields.ts";
import { isAboutValue } from "../../shared/value-errors.ts";
import { isThinking } from "./history.ts";

/** Fields without which the reply still answers the request. */
const DROPPABLE: ReadonlySet<string> = new Set([
  "temperature",
  "top_p",
  "top_k",
  "stop_sequences",
  "thinking",
  "output_config",
  "metadata",
  "service_tier",
  "cache_control",
  "context_management",
]);

/** The thinking of the history that the provider cannot read. */
const FOREIGN_THINKING =
  /invalid [`'"]?signature|(?:thinking|redacted_thinking)[`'"]? blocks?.{0,80}cannot be modified|block is bound to a different conversation/is;

/** Undefined: the error response names no fix that applies to the body. */
export function findFix(text: string, body: JsonObject, options: ProviderOptions): RequestFix | undefined {
  const plain = unescaped(text);
  if (FOREIGN_THINKING.test(plain) && hasThinking(body))
    return { ...NO_CHANGE, dropFromMessages: ["thinking"], isOnce: true };
  const limit = limitIn(text, body, options);
  if (limit?.set !== undefined) return { ...NO_CHANGE, ...limit };
  const required = requiredOptions(plain, body, options);
  if (required !== undefined) {
    // Another schema may be accepted, and another value.
    const isContent = ("jsonSchemaMode" in required && /schema/i.test(plain)) || isAboutValue(plain);
    return { ...NO_CHANGE, options: required, ...(isContent ? { isOnce: true } : {}) };
  }
  const drop = refusedIn(text, plain).filter((field) => field in body && DROPPABLE.has(field));
  if (drop.length === 0) return undefined;
  return { ...NO_CHANGE, drop: [...new Set(drop)], isOnce: isAboutValue(plain) };
}

/** The change that requests the reply as a whole. */
export function unstream({ stream }: JsonObject): RequestFix | undefined {
  return stream === true ? { ...NO_CHANGE, set: { stream: false }, isOnce: true } : undefined;
}

/** Applies the fix to the body. Members that the fix does not change keep their identity. */
export function applyFix(body: JsonObject, fix: RequestFix): JsonObject {
  if (!isFor(fix, body)) return body;
  const { drop, dropFromMessages, set } = fix;
  const entries = Object.entries(body).filter(([field]) => !drop.includes(field));
  const kept = withLimits(Object.fromEntries(entries), set);
  return dropFromMessages.includes("thinking") && hasThinking(kept) ? withoutThinking(kept) : kept;
}

function refusedIn(text: string, plain: string): readonly string[] {
  const fields = refusedFields(text).map((name) => name.split(".")[0] ?? "");
  if (/`?temperature`? and `?top_p`? cannot both/i.test(plain)) fields.push("top_p");
  if (/`?temperature`? may only be set to 1/i.test(plain)) fields.push("temperature");
  return fields;
}

function requiredOptions(
  text: string,
  body: JsonObject,
  { thinking, jsonSchemaMode, cacheBreakpoints, supportsStrictTools }: ProviderOptions,
): Partial<ProviderOptions> | undefined {
  const current = typeof thinking === "string" ? ADAPTIVE_THINKING : thinking;
  const isSent = (field: string): boolean => field in body;
  if (/thinking\.type\.enabled\W{1,4}is not supported/.test(text) && thinking === "budget")
    return { thinking: ADAPTIVE_THINKING };
  if (/thinking\.type\.disabled\W{1,4}is not supported/.test(text) && isSent("thinking"))
    return { thinking: { ...current, off: {} } };
  if (/adaptive.{0,20} not supported|input tag 'adaptive'/i.test(text) && thinking !== "budget")
    return { thinking: "budget" };
  if (/support the effort parameter|output_config\.effort/i.test(text) && current.effort === true)
    return typeof thinking === "string" ? { thinking: "none" } : { thinking: { ...current, effort: false } };
  if (/output_config\.format|structured outputs?|output_format/i.test(text) && jsonSchemaMode !== "instruct")
    return { jsonSchemaMode: "instruct" };
  if (/cache_control/.test(text) && cacheBreakpoints) return { cacheBreakpoints: false };
  if (/tools\.\d{1,4}\.(?:custom\.)?strict/.test(text) && supportsStrictTools)
    return { supportsStrictTools: false };
  return undefined;
}

function hasThinking(body: JsonObject): boolean {
  return arrayAt(body, "messages").some((message) => thinkingIn(message));
}

function thinkingIn(message: unknown): boolean {
  return arrayAt(message, "content").some(isThinking);
}

/** A budget requires that the last calls have their thinking, so it is omitted with that. */
function withoutThinking(body: JsonObject): JsonObject {
  const messages = arrayAt(body, "messages").map((message) =>
    isObject(message) && thinkingIn(message)
      ? { ...message, content: arrayAt(message, "content").filter((block) => !isThinking(block)) }
      : message,
  );
  const said = messages.filter((message) => !isObject(message) || !isEmpty(message));
  const { thinking: _, ...others } = body;
  const hasBudget = "budget_tokens" in { ...objectAt(body, "thinking") };
  return { ...(hasBudget ? others : body), messages: said };
}

/** Only thinking was in it. */
function isEmpty({ content }: JsonObject): boolean {
  return Array.isArray(content) && content.length === 0;
}
