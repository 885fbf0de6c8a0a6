/** How a provider is told to think, or not to: from what the client asked to the fields of the host's own dialect. */
import { unreachable } from "../../../chat/event.ts";
import type { Reasoning } from "../../../chat/request.ts";
import type { ProviderOptions } from "../../../options/options.ts";

type Fields = { readonly [field: string]: unknown };

const NOTHING: Fields = {};

/** Fields to add to the body; none where the client did not ask, or the host has no way to be told. */
export function encodeThinking(
  reasoning: Reasoning | undefined,
  { thinking, reasoningEfforts }: ProviderOptions,
  maxTokens: number | undefined,
): Fields {
  if (reasoning === undefined) return NOTHING;
  if (typeof thinking === "object") {
    if (reasoning === "off") return thinking.off;
    const effort = reasoning === "on" ? undefined : effortFor(reasoning, reasoningEfforts);
    const takesEffort = thinking.effort === true && effort !== undefined;
    return { ...thinking.on, ...(takesEffort ? { reasoning_effort: effort } : {}) };
  }
  switch (thinking) {
    case "none":
      return NOTHING;
    case "reasoning-object":
      if (reasoning === "on" || reasoning === "off") return { reasoning: { enabled: reasoning === "on" } };
      return { reasoning: { effort: effortFor(reasoning, reasoningEfforts) } };
    case "effort": {
      const effort = effortFor(reasoning, reasoningEfforts);
      return effort === undefined ? NOTHING : { reasoning_effort: effort };
    }
    case "budget": {
      if (reasoning === "off") return NOTHING;
      // Thinking counts among the reply's tokens, and is refused below its least amount.
      const budget = Math.min(BUDGETS[reasoning], (maxTokens ?? Number.POSITIVE_INFINITY) - 1);
      return budget < LEAST_BUDGET ? NOTHING : { thinking: { type: "enabled", budget_tokens: budget } };
    }
    default:
      return unreachable(thinking);
  }
}

const LEAST_BUDGET = 1024;

const BUDGETS = { on: 8192, low: 2048, medium: 8192, high: 16_384, max: 32_000 } as const satisfies Record<
  Exclude<Reasoning, "off">,
  number
>;

/** For each wish the efforts that grant it, the best first. */
const WISHES = {
  off: ["none", "minimal"],
  on: ["medium", "default", "high", "low"],
  low: ["low", "minimal", "medium", "default", "high"],
  medium: ["medium", "default", "high", "low"],
  high: ["high", "default", "medium"],
  max: ["max", "xhigh", "high", "default", "medium"],
} as const satisfies Record<Reasoning, readonly string[]>;

/** Of a model whose efforts nobody knows, only those are asked that every host has; it is not told to stop thinking. */
function effortFor(reasoning: Reasoning, efforts: readonly string[] | undefined): string | undefined {
  const known = efforts ?? ["low", "medium", "high"];
  return WISHES[reasoning].find((effort) => known.includes(effort));
}
