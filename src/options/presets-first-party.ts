/** Presets of first-party providers, which make the models they serve. */
import type { ProviderOptions } from "./options.ts";
import {
  type ModelPreset,
  type ProviderPreset,
  ENABLE_THINKING,
  THINKING_TYPE,
  TOP_K,
  WITH_NONE,
} from "./preset.ts";

const MOONSHOT: Partial<ProviderOptions> = {
  thinking: THINKING_TYPE,
  reasoningHistoryField: "reasoning_content",
  reasoningHistoryPlaceholder: " ",
  maxTemperature: 1,
  toolSchemas: "simplified",
  supportsStrictTools: false,
};

/** OpenAI serves these only in its Responses API: https://platform.openai.com/docs/models */
const ONLY_RESPONSES: readonly ModelPreset[] = [
  [
    /^gpt-\d{1,3}(?:\.\d{1,3})?-(?:codex|pro)|^o\d-pro|^codex-|^computer-use|-deep-research/,
    { chatApi: "responses" },
  ],
];

export const FIRST_PARTY_PRESETS: readonly ProviderPreset[] = [
  {
    host: /(?:^|\.)openai\.com$/,
    options: {
      thinking: "effort",
      maxEmbeddingBatch: 2048,
      maxStopSequences: 4,
      emptyContent: "null",
      responses: "relay",
    },
    models: ONLY_RESPONSES,
  },
  {
    host: /\.openai\.azure\.com$|\.cognitiveservices\.azure\.com$|\.services\.ai\.azure\.com$/,
    basePath: "/openai/v1",
    options: { thinking: "effort", auth: "api-key", maxStopSequences: 4, emptyContent: "null" },
    models: ONLY_RESPONSES,
  },
  {
    host: /^api\.anthropic\.com$/,
    options: {
      auth: "anthropic",
      thinking: "budget",
      jsonSchemaMode: "instruct",
      jsonMode: "instruct",
      maxTemperature: 1,
      requiresMaxTokens: true,
      requiresUserMessage: true,
      singleLeadingSystemMessage: true,
    },
  },
  {
    host: /^generativelanguage\.googleapis\.com$/,
    basePath: "/v1beta/openai",
    options: {
      thinking: "effort",
      missingThoughtSignature: { google: { thought_signature: "skip_thought_signature_validator" } },
      unsupportedParams: ["frequency_penalty", "presence_penalty", "seed"],
      toolSchemas: "simplified",
      supportsStrictTools: false,
      requiresUserMessage: true,
      maxEmbeddingBatch: 100,
    },
    models: [[/^gemini-2\.5-flash/, { reasoningEfforts: WITH_NONE }]],
  },
  {
    host: /(?:^|\.|-)aiplatform\.googleapis\.com$/,
    options: {
      thinking: "effort",
      missingThoughtSignature: { vertex: { thought_signature: "skip_thought_signature_validator" } },
      toolSchemas: "simplified",
      supportsStrictTools: false,
      requiresUserMessage: true,
      maxEmbeddingBatch: 250,
    },
  },
  {
    host: /(?:^|\.)dashscope(?:-\w+)?\.aliyuncs\.com$|\.maas\.aliyuncs\.com$/,
    basePath: "/compatible-mode/v1",
    options: {
      thinking: ENABLE_THINKING,
      thinkingRequiresStream: true,
      samplers: { top_k: "top_k", repeat_penalty: "repetition_penalty" },
      unsupportedParams: ["frequency_penalty"],
      emptyContent: "null",
      maxEmbeddingBatch: 10,
    },
    models: [
      [/^qwen3\.[5-9]|^qwen[4-9]/, { reasoningHistoryField: "reasoning_content" }],
      // Only newer models support a JSON schema.
      [/^qwen-(?:max|plus|turbo)-20|^qwen2/, { jsonSchemaMode: "json-object" }],
    ],
  },
  { host: /^api\.moonshot\.(?:cn|ai)$/, options: MOONSHOT },
  { host: /^api\.kimi\.com$/, basePath: "/coding/v1", options: MOONSHOT },
  {
    host: /^api\.deepseek\.com$/,
    options: {
      thinking: { ...THINKING_TYPE, effort: true },
      reasoningEfforts: ["high", "max"],
      jsonSchemaMode: "json-object",
      maxStopSequences: 16,
      completionsPath: "../beta/completions",
    },
  },
  {
    host: /(?:^|\.)bigmodel\.cn$|(?:^|\.)z\.ai$/,
    basePath: "/api/paas/v4",
    options: {
      thinking: THINKING_TYPE,
      jsonSchemaMode: "json-object",
      unsupportedParams: ["frequency_penalty", "presence_penalty", "seed"],
      usageAlwaysSent: true,
      maxTemperature: 1,
      supportsStrictTools: false,
      requiresUserMessage: true,
    },
  },
  { host: /(?:^|\.)volces\.com$/, basePath: "/api/v3", options: { thinking: THINKING_TYPE } },
  {
    host: /^(?:api|codestral)\.mistral\.ai$/,
    options: {
      thinking: "effort",
      reasoningEfforts: ["none", "high"],
      usageAlwaysSent: true,
      seedField: "random_seed",
      toolCallIdFormat: "alnum9",
      requiresAssistantAfterToolResult: true,
      singleLeadingSystemMessage: true,
      prefill: { message: { prefix: true } },
      echoesPrefill: true,
      completionsPath: "fim/completions",
      maxEmbeddingBatch: 32,
    },
    // Models before 2026 always think or never do, and reject the parameter.
    models: [
      [/^magistral|^open-|^codestral|^ministral|^devstral|^pixtral/, { thinking: "none" }],
      [/^mistral-(?:large|small|medium)-2[0-5]\d\d$|^mistral-(?:tiny|saba|nemo)/, { thinking: "none" }],
    ],
  },
  {
    host: /^api\.x\.ai$/,
    options: { thinking: "none", maxTokensField: "max_completion_tokens", echoesPrefill: true },
    models: [
      [/^grok-3-mini|^grok-4\.[3-9]/, { thinking: "effort", reasoningEfforts: ["low", "medium", "high"] }],
      [/^grok-4\.3/, { reasoningEfforts: WITH_NONE }],
      [/^grok-4\.6/, { reasoningEfforts: ["low", "medium", "high", "xhigh"] }],
      [/^grok-(?:3-mini|4)/, { unsupportedParams: ["presence_penalty", "frequency_penalty", "stop"] }],
    ],
  },
  {
    host: /^api\.perplexity\.ai$/,
    basePath: "",
    options: {
      thinking: "effort",
      reasoningEfforts: ["minimal", "low", "medium", "high"],
      requiresAlternatingRoles: true,
      samplers: TOP_K,
      jsonMode: "json-schema",
      usageAlwaysSent: true,
    },
  },
  {
    host: /^api\.cohere\.(?:ai|com)$/,
    basePath: "/compatibility/v1",
    options: { thinking: "effort", reasoningEfforts: ["none", "high"], maxEmbeddingBatch: 96 },
  },
  { host: /^api\.minimaxi?\.(?:io|com)$/, options: { thinking: "none" } },
  { host: /^api\.longcat\.chat$/, basePath: "/openai" },
  { host: /^api\.llama\.com$/, basePath: "/compat/v1" },
  { host: /^api\.voyageai\.com$/, options: { maxEmbeddingBatch: 128 } },
  {
    host: /^ollama\.com$/,
    options: { thinking: "effort", reasoningEfforts: ["none", "low", "medium", "high", "max"] },
  },
];
