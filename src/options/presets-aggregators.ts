/** Presets of aggregators, which serve models of many makers. */
import {
  type ProviderPreset,
  ENABLE_THINKING,
  OPEN_SAMPLERS,
  TEMPLATE_KWARGS,
  TEMPLATE_MODELS,
  TOP_K,
  WITH_NONE,
} from "./preset.ts";

export const AGGREGATOR_PRESETS: readonly ProviderPreset[] = [
  {
    host: /(?:^|\.)modelscope\.cn$/,
    options: { thinking: ENABLE_THINKING, thinkingRequiresStream: true, maxEmbeddingBatch: 10 },
  },
  {
    host: /^api\.siliconflow\.(?:cn|com)$/,
    options: {
      thinking: ENABLE_THINKING,
      samplers: { top_k: "top_k", min_p: "min_p" },
      maxEmbeddingBatch: 64,
    },
  },
  {
    host: /(?:^|\.)openrouter\.ai$/,
    basePath: "/api/v1",
    options: { thinking: "reasoning-object", samplers: OPEN_SAMPLERS, reasoningHistoryField: "reasoning" },
  },
  {
    host: /^api\.groq\.com$/,
    basePath: "/openai/v1",
    options: { thinking: "effort", unsupportedParams: ["logprobs", "top_logprobs"], maxStopSequences: 4 },
    models: [[/^qwen/, { reasoningEfforts: ["none", "default"] }]],
  },
  {
    host: /^api\.together\.(?:xyz|ai)$/,
    options: { thinking: "reasoning-object", samplers: OPEN_SAMPLERS, supportsStrictTools: false },
  },
  {
    host: /^api\.fireworks\.ai$/,
    basePath: "/inference/v1",
    options: { thinking: "effort", reasoningEfforts: WITH_NONE, samplers: OPEN_SAMPLERS },
  },
  {
    host: /^api\.deepinfra\.com$/,
    basePath: "/v1/openai",
    options: { thinking: "reasoning-object", samplers: OPEN_SAMPLERS },
  },
  {
    host: /^api\.cerebras\.ai$/,
    options: {
      thinking: "effort",
      maxTokensField: "max_completion_tokens",
      unsupportedParams: ["frequency_penalty", "presence_penalty"],
    },
  },
  { host: /^api\.sambanova\.ai$/, options: { thinking: "effort", samplers: TOP_K } },
  {
    host: /^integrate\.api\.nvidia\.com$/,
    options: { thinking: TEMPLATE_KWARGS, supportsStrictTools: false },
    models: TEMPLATE_MODELS,
  },
  {
    host: /^models\.github\.ai$|^models\.inference\.ai\.azure\.com$/,
    basePath: "/inference",
    options: { thinking: "effort", maxStopSequences: 4, modelsPaths: ["../catalog/models", "models"] },
  },
  {
    host: /^api(?:\.\w+)?\.githubcopilot\.com$/,
    basePath: "",
    options: { thinking: "effort", maxStopSequences: 4 },
  },
  { host: /^router\.huggingface\.co$/, options: { thinking: "effort", reasoningEfforts: WITH_NONE } },
  { host: /^inference\.baseten\.co$/, options: { samplers: OPEN_SAMPLERS, maxEmbeddingBatch: 128 } },
  { host: /^api\.novita\.ai$/, basePath: "/openai", options: { samplers: OPEN_SAMPLERS } },
  { host: /^api\.ppinfra\.com$/, basePath: "/v3/openai", options: { samplers: OPEN_SAMPLERS } },
  { host: /^api\.venice\.ai$/, basePath: "/api/v1", options: { thinking: "effort" } },
  { host: /^api\.intelligence\.io\.solutions$/, basePath: "/api/v1" },
  { host: /^ai-gateway\.vercel\.sh$/, options: { thinking: "effort" } },
  {
    host: /(?:^|\.)databricks\.com$|\.azuredatabricks\.net$/,
    basePath: "/serving-endpoints",
    options: { usageAlwaysSent: true },
  },
];
