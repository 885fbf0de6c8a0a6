/**
 * Breakpoints for the prompt cache: `"cache_control":{"type":"ephemeral"}` on a block means that everything up to it
 * is cached. The order is tools, system prompt, messages, and a request may have four breakpoints: the last tool, the
 * system prompt, and the latest messages of the user. The next request then reads the cache of this one.
 * https://platform.claude.com/docs/en/build-with-claude/prompt-caching
 */
import type { JsonObject } from "../../../wire/json.ts";
import { type WireMessage, isThinking } from "./history.ts";

const MAX_BREAKPOINTS = 4;

export interface Prompt {
  readonly tools: readonly JsonObject[];
  readonly system: readonly JsonObject[];
  readonly messages: readonly WireMessage[];
}

export function withBreakpoints({ tools, system, messages }: Prompt): Prompt {
  let left = MAX_BREAKPOINTS - (tools.length > 0 ? 1 : 0) - (system.length > 0 ? 1 : 0);
  const marked = messages.toReversed().map((message): WireMessage => {
    if (message.role !== "user" || left === 0) return message;
    left -= 1;
    return { ...message, content: markLast(message.content) };
  });
  return { tools: markLast(tools), system: markLast(system), messages: marked.toReversed() };
}

/** A block of thinking cannot have a breakpoint. */
function markLast(blocks: readonly JsonObject[]): readonly JsonObject[] {
  const last = blocks.at(-1);
  if (last === undefined || isThinking(last)) return blocks;
  return [...blocks.slice(0, -1), { ...last, cache_control: { type: "ephemeral" } }];
}
