/** Hosts that serve the models of others, and servers that people run themselves: data alone. What is not said here is the default. */
import {
  type HostRow,
  EFFORT,
  ENABLE_THINKING,
  LOCAL_SAMPLERS,
  OPEN_SAMPLERS,
  REASONING_OBJECT,
  TEMPLATE_KWARGS,
  TOP_K,
  WITH_NONE,
} from "./preset.ts";

export const RESELLERS: readonly HostRow[] = [
  {
    host: /(?:^|\.)modelscope\.cn$/,
    quirks: { thinking: ENABLE_THINKING, streams: "thinking", embedBatch: 10 },
  },
  {
    host: /^api\.siliconflow\.(?:cn|com)$/,
    quirks: { thinking: ENABLE_THINKING, samplers: { topK: "top_k", minP: "min_p" }, embedBatch: 64 },
  },
  {
    host: /(?:^|\.)openrouter\.ai$/,
    base: "/api/v1",
    quirks: { thinking: REASONING_OBJECT, samplers: OPEN_SAMPLERS, reasoningHistory: "reasoning" },
  },
  {
    host: /^api\.groq\.com$/,
    base: "/openai/v1",
    quirks: { thinking: EFFORT, refuses: ["logprobs", "top_logprobs"], mostStops: 4 },
    models: [[/^qwen/, { efforts: ["none", "default"] }]],
  },
  {
    host: /^api\.together\.(?:xyz|ai)$/,
    quirks: { thinking: REASONING_OBJECT, samplers: OPEN_SAMPLERS, strictTools: false },
  },
  {
    host: /^api\.fireworks\.ai$/,
    base: "/inference/v1",
    quirks: { thinking: EFFORT, efforts: WITH_NONE, samplers: OPEN_SAMPLERS },
  },
  {
    host: /^api\.deepinfra\.com$/,
    base: "/v1/openai",
    quirks: { thinking: REASONING_OBJECT, samplers: OPEN_SAMPLERS },
  },
  {
    host: /^api\.cerebras\.ai$/,
    quirks: {
      thinking: EFFORT,
      maxTokensField: "max_completion_tokens",
      refuses: ["frequency_penalty", "presence_penalty"],
    },
  },
  { host: /^api\.sambanova\.ai$/, quirks: { thinking: EFFORT, samplers: TOP_K } },
  {
    host: /^integrate\.api\.nvidia\.com$/,
    quirks: { thinking: TEMPLATE_KWARGS, strictTools: false },
    // DeepSeek's template has another word for it, GPT-OSS none.
    models: [
      [
        /^deepseek/,
        {
          thinking: {
            style: "switch",
            on: { chat_template_kwargs: { thinking: true } },
            off: { chat_template_kwargs: { thinking: false } },
          },
        },
      ],
      [/^gpt-oss/, { thinking: EFFORT }],
    ],
  },
  {
    host: /^models\.github\.ai$|^models\.inference\.ai\.azure\.com$/,
    base: "/inference",
    quirks: { thinking: EFFORT, mostStops: 4, modelLists: ["../catalog/models", "models"] },
  },
  {
    host: /^api(?:\.\w+)?\.githubcopilot\.com$/,
    base: "",
    quirks: { thinking: EFFORT, mostStops: 4 },
  },
  { host: /^router\.huggingface\.co$/, quirks: { thinking: EFFORT, efforts: WITH_NONE } },
  { host: /^inference\.baseten\.co$/, quirks: { samplers: OPEN_SAMPLERS, embedBatch: 128 } },
  { host: /^api\.novita\.ai$/, base: "/openai", quirks: { samplers: OPEN_SAMPLERS } },
  { host: /^api\.ppinfra\.com$/, base: "/v3/openai", quirks: { samplers: OPEN_SAMPLERS } },
  { host: /^api\.venice\.ai$/, base: "/api/v1", quirks: { thinking: EFFORT } },
  { host: /^api\.intelligence\.io\.solutions$/, base: "/api/v1" },
  { host: /^ai-gateway\.vercel\.sh$/, quirks: { thinking: EFFORT } },
  {
    host: /(?:^|\.)databricks\.com$|\.azuredatabricks\.net$/,
    base: "/serving-endpoints",
    quirks: { sendsUsageUnasked: true },
  },
  {
    host: /^(?:localhost|127\.0\.0\.1|\[::1\]):11434$/,
    quirks: { thinking: EFFORT, efforts: ["none", "low", "medium", "high", "max"] },
  },
  {
    // LM Studio: its own list tells windows and abilities, the compatible one does not.
    host: /:1234$/,
    quirks: {
      samplers: LOCAL_SAMPLERS,
      plainJson: "json-schema",
      modelLists: ["../api/v0/models", "models"],
    },
  },
  {
    // llama.cpp
    host: /:8080$/,
    quirks: {
      thinking: TEMPLATE_KWARGS,
      samplers: { ...LOCAL_SAMPLERS, typicalP: "typical_p", repeatLastN: "repeat_last_n" },
    },
  },
  {
    // vLLM and SGLang
    host: /^(?:localhost|127\.0\.0\.1|\[::1\]):(?:8000|30000)$/,
    quirks: {
      thinking: TEMPLATE_KWARGS,
      samplers: OPEN_SAMPLERS,
      prefill: { body: { continue_final_message: true, add_generation_prompt: false } },
    },
  },
  {
    // LiteLLM's proxy: what it knows of each model is beside the list.
    host: /:4000$/,
    quirks: { modelLists: ["../model/info", "models"] },
  },
];
