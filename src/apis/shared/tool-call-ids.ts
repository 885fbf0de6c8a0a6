/** Ids of tool calls in the formats that providers accept. */
import type { ProviderOptions } from "../../options/options.ts";

/**
 * Returns the same id for the same position in a conversation, so that the provider's prompt cache can be
 * used.
 */
export function toValidId(
  source: string,
  isOwn: boolean,
  format: ProviderOptions["toolCallIdFormat"],
): string {
  const isValid = VALID_IDS[format].test(source);
  if (isOwn && isValid) return source;
  let hash = 0x811c9dc5;
  for (let index = 0; index < source.length; index += 1) {
    hash = Math.imul(hash ^ source.charCodeAt(index), 0x01000193) >>> 0;
  }
  const digits = hash.toString(36).padStart(8, "0").slice(-8);
  return format === "alnum9" ? `c${digits}` : `call_${digits}`;
}

/**
 * OpenAI accepts at most 40 characters. Mistral requires exactly nine. Servers of Claude reject punctuation.
 */
const VALID_IDS = {
  any: /^.{1,40}$/s,
  alnum9: /^[A-Za-z0-9]{9}$/,
  word: /^[\w-]{1,40}$/,
} as const satisfies Record<ProviderOptions["toolCallIdFormat"], RegExp>;
