/** The shape of a preset, and values that several presets share. */
import type { ProviderOptions } from "./options.ts";

/** The options of the models whose name matches. */
export type ModelPreset = readonly [name: RegExp, options: Partial<ProviderOptions>];

/** Options that a preset does not set have the default of the catalogue. */
interface Preset {
  readonly options?: Partial<ProviderOptions>;
  /** Every match applies; later ones override earlier ones. */
  readonly models?: readonly ModelPreset[];
}

/** The options of a known provider. */
export interface ProviderPreset extends Preset {
  /** Matches the host of the provider's URL, including the port. */
  readonly host: RegExp;
  /** The path of the API, for URLs without a path. */
  readonly basePath?: string;
}

/** The options of a server program, which anybody can run at any address. */
export interface ServerPreset extends Preset {
  readonly signs: ServerSigns;
  /** Matches the host where the program usually is, including the port. Used until the server is recognized. Absent: the port is used by others too. */
  readonly usualHost?: RegExp;
}

/** What a server program says of itself in its model list. Any sign recognizes it. */
interface ServerSigns {
  /** The owner of every model. */
  readonly ownerOfAll?: string;
  /** The owner of at least one model. */
  readonly ownerOfAny?: string;
  /** The date of every model, in seconds since the Unix epoch. */
  readonly dateOfAll?: number;
  /** A response header, and its value. */
  readonly header?: readonly [name: string, value: RegExp];
}

/** Where the options of the providers of one API come from. */
export interface OptionSource {
  /** Override the defaults of the catalogue. */
  readonly defaults: Partial<ProviderOptions>;
  /** The first match applies. */
  readonly presets: readonly ProviderPreset[];
  /** Programs that serve this API at any address. Absent: none. */
  readonly servers?: readonly ServerPreset[];
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

/** Model families whose chat templates switch reasoning in another way: DeepSeek's has another name, and GPT-OSS has only efforts. */
export const TEMPLATE_MODELS: readonly ModelPreset[] = [
  [
    /^deepseek/,
    {
      thinking: {
        on: { chat_template_kwargs: { thinking: true } },
        off: { chat_template_kwargs: { thinking: false } },
      },
    },
  ],
  [/^gpt-oss/, { thinking: "effort" }],
];

export const WITH_NONE = ["none", "low", "medium", "high"] as const;
