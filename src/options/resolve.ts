/**
 * Resolves the options for one model of one provider. Later layers override earlier ones: the defaults, the preset of the provider, the
 * presets of its models, the presets of model families, and the user's `options:`. Presets of model families apply to every provider. The
 * sources of the presets are the documentation of the providers and the errors that they sent.
 */
import { DEFAULT_OPTIONS, type ProviderOptions } from "./options.ts";
import type { ProviderPreset, ModelPreset } from "./preset.ts";
import { FIRST_PARTY_PRESETS } from "./presets-first-party.ts";
import { AGGREGATOR_PRESETS } from "./presets-aggregators.ts";

/** The first match applies. */
const PRESETS: readonly ProviderPreset[] = [...FIRST_PARTY_PRESETS, ...AGGREGATOR_PRESETS];

/** OpenAI's reasoning models support neither samplers nor log probabilities. */
const REASONING_ONLY = [
  "temperature",
  "top_p",
  "logprobs",
  "top_logprobs",
  "presence_penalty",
  "frequency_penalty",
] as const;

/** Matched by the model's name without its vendor. Every match applies, and later ones override earlier ones. */
const MODEL_FAMILIES: readonly ModelPreset[] = [
  [
    /^(?:o\d|gpt-[5-9](?!.*-chat)|gpt-\d{2}(?!.*-chat))/,
    { maxTokensField: "max_completion_tokens", unsupportedParams: REASONING_ONLY },
  ],
  [/^gpt-4o(?:-mini)?-search/, { unsupportedParams: ["temperature"] }],
  [/^o\d/, { reasoningEfforts: ["low", "medium", "high"] }],
  [/^(?:o1|o3-mini|o4-mini)/, { unsupportedParams: ["parallel_tool_calls"] }],
  [/^gpt-5(?:-mini|-nano)?(?:-20\d\d.*)?$/, { reasoningEfforts: ["minimal", "low", "medium", "high"] }],
  [/^gpt-5\.1/, { reasoningEfforts: ["none", "low", "medium", "high"] }],
  [/^gpt-(?:5\.[2-9]|[6-9])/, { reasoningEfforts: ["none", "low", "medium", "high", "xhigh"] }],
  [/^gpt-5.*-codex/, { reasoningEfforts: ["low", "medium", "high"] }],
  [/^gpt-5(?:\.\d)?-pro/, { reasoningEfforts: ["high"] }],
  [/^gpt-oss/, { reasoningEfforts: ["low", "medium", "high"] }],
  [/^(?:mistral|magistral|ministral|codestral|devstral|mixtral|pixtral)/, { toolCallIdFormat: "alnum9" }],
  [
    /^claude/,
    { toolCallIdFormat: "word", maxTemperature: 1, requiresToolsWithToolHistory: true, emptyContent: "null" },
  ],
  [/^deepseek-v4/, { reasoningHistoryField: "reasoning_content", reasoningHistoryPlaceholder: "" }],
  [
    /^kimi-k2-thinking|^kimi-k[3-9]/,
    { reasoningHistoryField: "reasoning_content", reasoningHistoryPlaceholder: " " },
  ],
];

/** `host` is the host of the URL, including the port. `model` is the provider's own name. */
export function resolveOptions(
  host: string,
  model: string,
  configured: Partial<ProviderOptions>,
): ProviderOptions {
  const name = (model.split("/").at(-1) ?? "").toLowerCase();
  const preset = findPreset(host);
  const models = [...(preset?.models ?? []), ...MODEL_FAMILIES];
  const layers = [
    preset?.options ?? {},
    ...models.filter(([pattern]) => pattern.test(name)).map(([, options]) => options),
  ];
  return Object.assign({}, DEFAULT_OPTIONS, ...layers, {
    // The only option that layers add to instead of overriding it.
    unsupportedParams: layers.flatMap((layer) => layer.unsupportedParams ?? []),
    ...configured,
  });
}

/** The path of a known provider's API; undefined for an unknown provider. */
export function basePathOf(host: string): string | undefined {
  const preset = findPreset(host);
  return preset === undefined ? undefined : (preset.basePath ?? "/v1");
}

function findPreset(host: string): ProviderPreset | undefined {
  return PRESETS.find((preset) => preset.host.test(host.toLowerCase()));
}
