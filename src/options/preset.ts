/** The shape of a preset, and values that several presets share. */
import type { ProviderOptions } from "./options.ts";

/** The options of the models whose name matches. */
export type ModelPreset = readonly [name: RegExp, options: Partial<ProviderOptions>];

/** The options of a known provider. Options that a preset does not set have the default of the catalogue. */
export interface ProviderPreset {
  /** Matches the host of the provider's URL, including the port. */
  readonly host: RegExp;
  /** The path of the API, for URLs without a path. */
  readonly basePath?: string;
  readonly options?: Partial<ProviderOptions>;
  /** Every match applies; later ones override earlier ones. */
  readonly models?: readonly ModelPreset[];
}

/** Where the options of the providers of one API come from. */
export interface OptionSource {
  /** Override the defaults of the catalogue. */
  readonly defaults: Partial<ProviderOptions>;
  /** The first match applies. */
  readonly presets: readonly ProviderPreset[];
  /**
   * The options of model families, on every provider. Matched by the model's name without its vendor. Every match applies, and later
   * ones override earlier ones.
   */
  readonly families: readonly ModelPreset[];
}

export const TOP_K = { top_k: "top_k" } as const;
export const OPEN_SAMPLERS = {
  top_k: "top_k",
  min_p: "min_p",
  repeat_penalty: "repetition_penalty",
} as const;
export const LOCAL_SAMPLERS = { top_k: "top_k", min_p: "min_p", repeat_penalty: "repeat_penalty" } as const;

export const THINKING_TYPE = {
  on: { thinking: { type: "enabled" } },
  off: { thinking: { type: "disabled" } },
} as const;
export const ENABLE_THINKING = {
  on: { enable_thinking: true },
  off: { enable_thinking: false },
} as const;
export const TEMPLATE_KWARGS = {
  on: { chat_template_kwargs: { enable_thinking: true } },
  off: { chat_template_kwargs: { enable_thinking: false } },
} as const;

export const WITH_NONE = ["none", "low", "medium", "high"] as const;
