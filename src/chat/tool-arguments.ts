/** The arguments of a tool call as JSON text of an object, for APIs that require an object. */
import { isObject, parseJson } from "../wire/json.ts";
import { compactJson } from "../wire/json-edit.ts";
import { repairArguments } from "./arguments-repair.ts";
import { ProxyError } from "./error.ts";
import type { FinishReason } from "./event.ts";
import { wellFormedJson } from "./surrogates.ts";

/**
 * The compact JSON text of the arguments that a model wrote, with the same digits and the same order of keys.
 * Empty text means no arguments. Known mistakes of models are corrected: a code fence around the JSON, the
 * same object twice, JSON inside a JSON string, and the mistakes that `arguments-repair.ts` repairs. Throws
 * `upstream-invalid` for anything else, because a call with wrong arguments is worse than an error.
 */
export function toolArguments(text: string, tool: string): string {
  const found = objectText(text);
  if (found !== undefined) return compactJson(found);
  throw new ProxyError(
    "upstream-invalid",
    `The model called the tool "${tool}" with arguments that are not a JSON object; try again, or choose another model`,
  );
}

/**
 * The arguments as the text of a JSON object, or undefined. Valid text is unchanged, except that halves of
 * characters are replaced.
 */
export function objectText(text: string): string | undefined {
  if (text.trim() === "") return "{}";
  if (isObject(parseJson(text))) return wellFormedJson(text);
  const repaired = repairArguments(text);
  for (const candidate of [repaired, withoutFence(repaired), firstOfTwo(repaired)]) {
    const value = parseJson(candidate);
    if (isObject(value)) return candidate;
    if (value === null) return "{}";
    if (typeof value === "string") return objectInside(value);
  }
  return undefined;
}

/** JSON inside a JSON string. */
function objectInside(text: string): string | undefined {
  const repaired = repairArguments(text);
  const value = parseJson(repaired);
  if (value === null) return "{}";
  return isObject(value) ? repaired : undefined;
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
