/** Hosts of those who make the models: data alone. What is not said here is the default. */
import type { ProviderOptions } from "./options.ts";
import { type HostRow, EFFORT, ENABLE_THINKING, NOTHING, THINKING_TYPE, TOP_K, WITH_NONE } from "./preset.ts";

const MOONSHOT: Partial<ProviderOptions> = {
  thinking: THINKING_TYPE,
  reasoningHistory: "reasoning_content",
  reasoningFiller: " ",
  largestTemperature: 1,
  toolSchemas: "plain",
  strictTools: false,
};

export const MAKERS: readonly HostRow[] = [
  {
    host: /(?:^|\.)openai\.com$/,
    quirks: {
      thinking: EFFORT,
      embedBatch: 2048,
      mostStops: 4,
      emptyContent: "null",
      responses: "relay",
    },
  },
  {
    host: /\.openai\.azure\.com$|\.cognitiveservices\.azure\.com$|\.services\.ai\.azure\.com$/,
    base: "/openai/v1",
    quirks: { thinking: EFFORT, auth: "api-key", mostStops: 4, emptyContent: "null" },
  },
  {
    host: /^api\.anthropic\.com$/,
    quirks: {
      auth: "anthropic",
      thinking: { style: "budget" },
      schema: "instruct",
      plainJson: "instruct",
      largestTemperature: 1,
      needsMaxTokens: true,
      needsUser: true,
      systemFirst: true,
    },
  },
  {
    host: /^generativelanguage\.googleapis\.com$/,
    base: "/v1beta/openai",
    quirks: {
      thinking: EFFORT,
      callExtraFiller: { google: { thought_signature: "skip_thought_signature_validator" } },
      refuses: ["frequency_penalty", "presence_penalty", "seed"],
      toolSchemas: "plain",
      strictTools: false,
      needsUser: true,
      embedBatch: 100,
    },
    models: [[/^gemini-2\.5-flash/, { efforts: WITH_NONE }]],
  },
  {
    host: /(?:^|\.|-)aiplatform\.googleapis\.com$/,
    quirks: {
      thinking: EFFORT,
      callExtraFiller: { vertex: { thought_signature: "skip_thought_signature_validator" } },
      toolSchemas: "plain",
      strictTools: false,
      needsUser: true,
      embedBatch: 250,
    },
  },
  {
    host: /(?:^|\.)dashscope(?:-\w+)?\.aliyuncs\.com$|\.maas\.aliyuncs\.com$/,
    base: "/compatible-mode/v1",
    quirks: {
      thinking: ENABLE_THINKING,
      streams: "thinking",
      samplers: { topK: "top_k", repeatPenalty: "repetition_penalty" },
      refuses: ["frequency_penalty"],
      emptyContent: "null",
      embedBatch: 10,
    },
    models: [
      [/^qwen3\.[5-9]|^qwen[4-9]/, { reasoningHistory: "reasoning_content" }],
      // A schema is known to the newer ones alone.
      [/^qwen-(?:max|plus|turbo)-20|^qwen2/, { schema: "json-object" }],
    ],
  },
  { host: /^api\.moonshot\.(?:cn|ai)$/, quirks: MOONSHOT },
  { host: /^api\.kimi\.com$/, base: "/coding/v1", quirks: MOONSHOT },
  {
    host: /^api\.deepseek\.com$/,
    quirks: {
      thinking: { ...THINKING_TYPE, effort: true },
      efforts: ["high", "max"],
      schema: "json-object",
      mostStops: 16,
      completionsPath: "../beta/completions",
    },
  },
  {
    host: /(?:^|\.)bigmodel\.cn$|(?:^|\.)z\.ai$/,
    base: "/api/paas/v4",
    quirks: {
      thinking: THINKING_TYPE,
      schema: "json-object",
      refuses: ["frequency_penalty", "presence_penalty", "seed"],
      sendsUsageUnasked: true,
      largestTemperature: 1,
      strictTools: false,
      needsUser: true,
    },
  },
  { host: /(?:^|\.)volces\.com$/, base: "/api/v3", quirks: { thinking: THINKING_TYPE } },
  {
    host: /^(?:api|codestral)\.mistral\.ai$/,
    quirks: {
      thinking: EFFORT,
      efforts: ["none", "high"],
      sendsUsageUnasked: true,
      seedField: "random_seed",
      toolIds: "nine",
      bridgesToolToUser: true,
      systemFirst: true,
      prefill: { message: { prefix: true } },
      echoesPrefill: true,
      completionsPath: "fim/completions",
      embedBatch: 32,
    },
    // Those before 2026 think always or never, and refuse to be told.
    models: [
      [/^magistral|^open-|^codestral|^ministral|^devstral|^pixtral/, { thinking: NOTHING }],
      [/^mistral-(?:large|small|medium)-2[0-5]\d\d$|^mistral-(?:tiny|saba|nemo)/, { thinking: NOTHING }],
    ],
  },
  {
    host: /^api\.x\.ai$/,
    quirks: { thinking: NOTHING, maxTokensField: "max_completion_tokens", echoesPrefill: true },
    models: [
      [/^grok-3-mini|^grok-4\.[3-9]/, { thinking: EFFORT, efforts: ["low", "medium", "high"] }],
      [/^grok-4\.3/, { efforts: WITH_NONE }],
      [/^grok-4\.6/, { efforts: ["low", "medium", "high", "xhigh"] }],
      [/^grok-(?:3-mini|4)/, { refuses: ["presence_penalty", "frequency_penalty", "stop"] }],
    ],
  },
  {
    host: /^api\.perplexity\.ai$/,
    base: "",
    quirks: {
      thinking: EFFORT,
      efforts: ["minimal", "low", "medium", "high"],
      mergesRoles: true,
      samplers: TOP_K,
      plainJson: "json-schema",
      sendsUsageUnasked: true,
    },
  },
  {
    host: /^api\.cohere\.(?:ai|com)$/,
    base: "/compatibility/v1",
    quirks: { thinking: EFFORT, efforts: ["none", "high"], embedBatch: 96 },
  },
  { host: /^api\.minimaxi?\.(?:io|com)$/, quirks: { thinking: NOTHING } },
  { host: /^api\.longcat\.chat$/, base: "/openai" },
  { host: /^api\.llama\.com$/, base: "/compat/v1" },
  { host: /^api\.voyageai\.com$/, quirks: { embedBatch: 128 } },
  { host: /^ollama\.com$/, quirks: { thinking: EFFORT, efforts: ["none", "low", "medium", "high", "max"] } },
];
