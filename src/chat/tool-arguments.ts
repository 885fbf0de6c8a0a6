/** The arguments of a tool call as an object, for APIs that need one. */
import { parseJson } from "../wire/json.ts";
import { ProxyError } from "./error.ts";
import type { FinishReason } from "./event.ts";

export type ToolArguments = { readonly [key: string]: unknown };

/**
 * Reads the JSON text that a model wrote. Empty text means no arguments. Corrects known mistakes of models: a code fence
 * around it, the same object twice, JSON inside a JSON string. Throws `upstream-invalid` for anything else, because a call
 * with arguments that the model did not mean is worse than none.
 */
export function parseToolArguments(text: string, tool: string): ToolArguments {
  if (text.trim() === "") return {};
  const value = parseJson(text) ?? parseJson(withoutFence(text)) ?? parseJson(firstOfTwo(text));
  const inner = typeof value === "string" ? parseJson(value) : value;
  if (typeof inner === "object" && inner !== null && !Array.isArray(inner)) return { ...inner };
  if (inner === null) return {};
  throw new ProxyError(
    "upstream-invalid",
    `The model called the tool "${tool}" with arguments that are not a JSON object; try again, or choose another model`,
  );
}

/** The complete calls. A reply cut at its length limit may end in an incomplete one. */
export function wholeCalls<C extends { readonly arguments: string }>(
  calls: readonly C[],
  reason: FinishReason,
): readonly C[] {
  return reason === "length" ? calls.filter((call) => typeof parseJson(call.arguments) === "object") : calls;
}

const FENCE = "```";

function withoutFence(text: string): string {
  const fenced = text.trim();
  const inner = fenced.startsWith(FENCE) ? fenced.slice(FENCE.length).replace(/^[a-z]{1,20}/i, "") : fenced;
  return (inner.endsWith(FENCE) ? inner.slice(0, -FENCE.length) : inner).trim();
}

function firstOfTwo(text: string): string {
  const half = text.trim();
  const first = half.slice(0, half.length / 2);
  return first + first === half ? first : text;
}
