/**
 * Finds a fix for a request to a provider with the Responses API, where the error differs from those of chat completions.
 *
 *     This model is only supported in v1/responses and not in v1/chat/completions.    OpenAI
 *     This is not a chat model and thus not supported in the v1/chat/completions endpoint. Did you mean to use v1/completions?
 *     model "m" is not accessible via the /chat/completions endpoint                  GitHub
 *     The chatCompletion operation does not work with the specified model, m.         Azure
 *     The encrypted content gAAA… could not be verified.                              reasoning of another model or account
 *     Item 'rs_1' of type 'reasoning' was provided without its required following item.
 *     Item with id 'rs_1' not found. Items are not persisted when `store` is set to false.
 *     Encrypted content is not supported with this model.
 *     Your organization must be verified to generate reasoning summaries.
 */
import type { ProviderOptions } from "../../../options/options.ts";
import { type JsonObject, arrayAt, isObject } from "../../../wire/json.ts";
import { NO_CHANGE } from "../../shared/request-fix.ts";
import type { RequestFix } from "../../upstream-api.ts";

const ONLY_HERE =
  /(?:only|use|try|available|supported).{0,60}\bv1\/responses\b|(?:only|use|try) .{0,40}responses api|not a chat model\b|not accessible via the \/chat\/completions|chatCompletion operation does not work with the specified model/i;

const FOREIGN_REASONING =
  /invalid_encrypted_content|encrypted content .{0,200}could not be|without its required following item|item with id ['"`]?rs_\w{1,200}['"`]? not found/is;

const NO_ENCRYPTION = /encrypted content is not supported|reasoning\.encrypted_content.{0,80}not supported/is;

const NO_SUMMARIES = /verified to generate reasoning summar|['"`]reasoning\.summary['"`]/i;

/** Reasoning has this member, and no other item does. */
const ENCRYPTED = "encrypted_content";

/** Undefined: the error response names no fix that applies to the body. */
export function findFix(
  text: string,
  body: JsonObject,
  { chatApi, reasoningSummary }: ProviderOptions,
): RequestFix | undefined {
  const isElsewhere = chatApi !== "responses" && !("input" in body);
  if (isElsewhere && ONLY_HERE.test(text)) return { ...NO_CHANGE, options: { chatApi: "responses" } };
  if (FOREIGN_REASONING.test(text) && hasReasoning(body))
    return { ...NO_CHANGE, dropFromMessages: [ENCRYPTED], isOnce: true };
  if (NO_ENCRYPTION.test(text) && "include" in body) return { ...NO_CHANGE, drop: ["include"] };
  if (NO_SUMMARIES.test(text) && "input" in body && reasoningSummary !== "none")
    return { ...NO_CHANGE, options: { reasoningSummary: "none" } };
  return undefined;
}

/** Removes the reasoning from the input, if the fix asks for that. Otherwise returns the same body. */
export function applyFix(body: JsonObject, { dropFromMessages }: RequestFix): JsonObject {
  if (!dropFromMessages.includes(ENCRYPTED) || !hasReasoning(body)) return body;
  return { ...body, input: arrayAt(body, "input").filter((item) => !isEncrypted(item)) };
}

function hasReasoning(body: JsonObject): boolean {
  return arrayAt(body, "input").some(isEncrypted);
}

function isEncrypted(item: unknown): boolean {
  return isObject(item) && ENCRYPTED in item;
}
