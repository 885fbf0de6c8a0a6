/** The arguments of a tool call as the JSON text of an object, for APIs whose wire wants one. */
import { isObject, parseJson } from "../wire/json.ts";
import { compactJson } from "../wire/json-edit.ts";
import { repairArguments } from "./arguments-repair.ts";
import { ProxyError } from "./error.ts";
import type { FinishReason } from "./event.ts";
import { wellFormedJson } from "./surrogates.ts";

/**
 * The compact JSON text of the arguments that a model wrote, with its digits and its order of keys. Empty text means no
 * arguments. Corrects known mistakes of models: a code fence around it, the same object twice, JSON inside a JSON string, and
 * what `arguments-repair.ts` repairs. Throws `upstream-invalid` for anything else, because a call with arguments that the model
 * did not mean is worse than none.
 */
export function toolArguments(text: string, tool: string): string {
  const found = objectText(text);
  if (found !== undefined) return compactJson(found);
  throw new ProxyError(
    "upstream-invalid",
    `The model called the tool "${tool}" with arguments that are not a JSON object; try again, or choose another model`,
  );
}

/** The text of a JSON object that the arguments are, or undefined. Valid text is returned as it is, but for halves of characters. */
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
