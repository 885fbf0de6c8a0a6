/** The options of providers of OpenAI's APIs. Their presets are also those of Ollama servers. */
import type { ModelPreset, OptionSource } from "./preset.ts";
import { AGGREGATOR_PRESETS } from "./presets-aggregators.ts";
import { FIRST_PARTY_PRESETS } from "./presets-first-party.ts";
import { SERVER_PRESETS } from "./presets-servers.ts";

/** OpenAI's reasoning models support neither samplers nor log probabilities. */
const REASONING_ONLY = [
  "temperature",
  "top_p",
  "logprobs",
  "top_logprobs",
  "presence_penalty",
  "frequency_penalty",
] as const;

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

export const OPENAI_OPTIONS: OptionSource = {
  defaults: {},
  presets: [...FIRST_PARTY_PRESETS, ...AGGREGATOR_PRESETS],
  servers: SERVER_PRESETS,
  families: MODEL_FAMILIES,
};

/** The same providers, when all chats are to use the Responses API. */
export const RESPONSES_OPTIONS: OptionSource = {
  ...OPENAI_OPTIONS,
  defaults: { chatApi: "responses", responses: "relay", thinking: "effort" },
};
