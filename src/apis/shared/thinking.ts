/** Switches reasoning on or off: converts the client's setting to the provider's own fields. */
import { unreachable } from "../../chat/event.ts";
import type { Reasoning } from "../../chat/request.ts";
import type { ProviderOptions } from "../../options/options.ts";

type Fields = { readonly [field: string]: unknown };

const NO_FIELDS: Fields = {};

/**
 * Fields to add to the body. Empty when the client set nothing, or when the provider has no switch.
 * `withEffort` gives the field for an effort, which is different in each API.
 */
export function encodeThinking(
  reasoning: Reasoning | undefined,
  { thinking, reasoningEfforts }: ProviderOptions,
  maxTokens: number | undefined,
  withEffort: (effort: string) => Fields,
): Fields {
  if (reasoning === undefined) return NO_FIELDS;
  if (typeof thinking === "object") {
    if (reasoning === "off") return thinking.off;
    const effort = reasoning === "on" ? undefined : effortFor(reasoning, reasoningEfforts);
    const takesEffort = thinking.effort === true && effort !== undefined;
    return { ...thinking.on, ...(takesEffort ? withEffort(effort) : {}) };
  }
  switch (thinking) {
    case "none":
      return NO_FIELDS;
    case "unknown":
      return reasoning === "off" ? withEffort("none") : NO_FIELDS;
    case "reasoning-object":
      if (reasoning === "on" || reasoning === "off") return { reasoning: { enabled: reasoning === "on" } };
      return { reasoning: { effort: effortFor(reasoning, reasoningEfforts) } };
    case "effort": {
      const effort = effortFor(reasoning, reasoningEfforts);
      return effort === undefined ? NO_FIELDS : withEffort(effort);
    }
    case "budget": {
      if (reasoning === "off") return NO_FIELDS;
      // The budget is part of the reply's tokens. Providers reject a budget below the minimum.
      const budget = Math.min(BUDGETS[reasoning], (maxTokens ?? Number.POSITIVE_INFINITY) - 1);
      return budget < MIN_BUDGET ? NO_FIELDS : { thinking: { type: "enabled", budget_tokens: budget } };
    }
    default:
      return unreachable(thinking);
  }
}

const MIN_BUDGET = 1024;

const BUDGETS = { on: 8192, low: 2048, medium: 8192, high: 16_384, max: 32_000 } as const satisfies Record<
  Exclude<Reasoning, "off">,
  number
>;

/** For each requested level, the provider efforts that satisfy it, best first. */
const PREFERRED_EFFORTS = {
  off: ["none", "minimal"],
  on: ["medium", "default", "high", "low"],
  low: ["low", "minimal", "medium", "default", "high"],
  medium: ["medium", "default", "high", "low"],
  high: ["high", "default", "medium"],
  max: ["max", "xhigh", "high", "default", "medium"],
} as const satisfies Record<Reasoning, readonly string[]>;

/**
 * A model with unknown efforts gets only the common ones. Its reasoning is not switched off, because many
 * providers reject `none`.
 */
export function effortFor(reasoning: Reasoning, efforts: readonly string[] | undefined): string | undefined {
  const known = efforts ?? ["low", "medium", "high"];
  return PREFERRED_EFFORTS[reasoning].find((effort) => known.includes(effort));
}
