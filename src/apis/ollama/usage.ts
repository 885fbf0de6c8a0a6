/** The counts and durations in a reply of an Ollama server. */
import type { Usage } from "../../chat/event.ts";
import { numberAt } from "../../wire/json.ts";

/** Undefined when the reply has no counts. Ollama's durations are in nanoseconds. */
export function usageOf(reply: unknown): Usage | undefined {
  const inputTokens = numberAt(reply, "prompt_eval_count");
  const outputTokens = numberAt(reply, "eval_count");
  if (inputTokens === undefined && outputTokens === undefined) return undefined;
  const [inputNs, outputNs] = ["prompt_eval_duration", "eval_duration"].map((key) => numberAt(reply, key));
  return {
    type: "usage",
    ...(inputTokens === undefined ? {} : { inputTokens }),
    ...(outputTokens === undefined ? {} : { outputTokens }),
    ...(inputNs === undefined ? {} : { inputNs }),
    ...(outputNs === undefined ? {} : { outputNs }),
  };
}
