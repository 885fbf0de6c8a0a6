/** The reasoning effort, with OpenAI's values: `reasoning_effort` and `reasoning.effort`. */
import { ProxyError } from "../../chat/error.ts";
import type { Reasoning } from "../../chat/request.ts";

const EFFORTS: ReadonlyMap<string, Reasoning> = new Map<string, Reasoning>([
  ["none", "off"],
  ["minimal", "low"],
  ["low", "low"],
  ["medium", "medium"],
  ["high", "high"],
  ["xhigh", "max"],
  ["ultra", "max"],
  ["max", "max"],
]);

/** Throws `bad-request`, with Ollama's exact message. */
export function decodeEffort(effort: string | undefined): Reasoning | undefined {
  if (effort === undefined || effort === "") return undefined;
  const reasoning = EFFORTS.get(effort.toLowerCase());
  if (reasoning !== undefined) return reasoning;
  throw new ProxyError(
    "bad-request",
    `invalid reasoning value: ${JSON.stringify(effort)} (must be "minimal", "low", "medium", "high", "xhigh", "ultra", "max", or "none")`,
  );
}
