/** What rows of hosts have in common: shapes of a row, and names for the ways of the field. */
import type { ProviderOptions } from "./options.ts";

/** What is special about a host's models of that name. */
export type ModelRow = readonly [name: RegExp, quirks: Partial<ProviderOptions>];

export interface HostRow {
  /** Host names, with the port where it matters. */
  readonly host: RegExp;
  /** The path of the API, for addresses pasted without one. */
  readonly base?: string;
  readonly quirks?: Partial<ProviderOptions>;
  /** Every match counts, later ones more. */
  readonly models?: readonly ModelRow[];
}

export const TOP_K = { topK: "top_k" } as const;
export const OPEN_SAMPLERS = { topK: "top_k", minP: "min_p", repeatPenalty: "repetition_penalty" } as const;
export const LOCAL_SAMPLERS = { topK: "top_k", minP: "min_p", repeatPenalty: "repeat_penalty" } as const;

export const NOTHING = { style: "none" } as const;
export const EFFORT = { style: "effort" } as const;
export const REASONING_OBJECT = { style: "reasoning-object" } as const;
export const THINKING_TYPE = {
  style: "switch",
  on: { thinking: { type: "enabled" } },
  off: { thinking: { type: "disabled" } },
} as const;
export const ENABLE_THINKING = {
  style: "switch",
  on: { enable_thinking: true },
  off: { enable_thinking: false },
} as const;
export const TEMPLATE_KWARGS = {
  style: "switch",
  on: { chat_template_kwargs: { enable_thinking: true } },
  off: { chat_template_kwargs: { enable_thinking: false } },
} as const;

export const WITH_NONE = ["none", "low", "medium", "high"] as const;
