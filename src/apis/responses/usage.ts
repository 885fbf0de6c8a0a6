/**
 * The token counts of a response, for the log.
 *
 *     "usage":{"input_tokens":9,"input_tokens_details":{"cached_tokens":4},"output_tokens":7,"output_tokens_details":{"reasoning_tokens":3}}
 */
import type { Usage } from "../../chat/event.ts";
import { arrayAt, numberAt, objectAt, stringAt } from "../../wire/json.ts";

/** Undefined: the response has no counts. */
export function usageOf(response: unknown): Usage | undefined {
  const usage = objectAt(response, "usage");
  if (usage === undefined) return undefined;
  return {
    type: "usage",
    inputTokens: numberAt(usage, "input_tokens"),
    outputTokens: numberAt(usage, "output_tokens"),
    cachedTokens: numberAt(objectAt(usage, "input_tokens_details"), "cached_tokens"),
    reasoningTokens: numberAt(objectAt(usage, "output_tokens_details"), "reasoning_tokens"),
  };
}

/** Length of the model's output, in characters. */
export function outputLength(response: unknown): number {
  const items = arrayAt(response, "output");
  const texts = items.flatMap((item) => [
    stringAt(item, "arguments"),
    ...arrayAt(item, "content").map((part) => stringAt(part, "text")),
  ]);
  return texts.reduce<number>((sum, text) => sum + (text?.length ?? 0), 0);
}
