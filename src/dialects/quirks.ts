/**
 * What is known of well-known hosts and of families of models: data, and the only place that names them.
 *
 * A row says how a host differs from the defaults of an unknown OpenAI-compatible one; a model's family comes on top, whatever
 * the host, and the user's own `quirks:` on top of both. Sources: the hosts' documentation and the errors they were seen to send.
 */
import { DEFAULT_QUIRKS, type Quirks } from "./dialect.ts";

type Row = readonly [pattern: RegExp, quirks: Partial<Quirks>];

const TOP_K = { topK: "top_k" } as const;
const OPEN_SAMPLERS = { topK: "top_k", minP: "min_p", repeatPenalty: "repetition_penalty" } as const;

const EFFORT = { style: "effort" } as const;
const THINKING_TYPE = {
  style: "switch",
  on: { thinking: { type: "enabled" } },
  off: { thinking: { type: "disabled" } },
} as const;
const ENABLE_THINKING = {
  style: "switch",
  on: { enable_thinking: true },
  off: { enable_thinking: false },
} as const;
const REASONING_OBJECT = { style: "reasoning-object" } as const;
const TEMPLATE_KWARGS = {
  style: "switch",
  on: { chat_template_kwargs: { enable_thinking: true } },
  off: { chat_template_kwargs: { enable_thinking: false } },
} as const;

/** By host name, with the port where it has one. The first match counts. */
const HOSTS: readonly Row[] = [
  [/(?:^|\.)openai\.com$/, { thinking: EFFORT, embedBatch: 2048, mostStops: 4 }],
  [
    /\.openai\.azure\.com$|\.cognitiveservices\.azure\.com$|\.services\.ai\.azure\.com$/,
    { thinking: EFFORT, auth: "api-key", mostStops: 4 },
  ],
  [
    /^api\.anthropic\.com$/,
    { thinking: { style: "budget" }, schema: "instruct", toolIds: "word", largestTemperature: 1 },
  ],
  [
    /(?:^|\.)googleapis\.com$/,
    {
      thinking: EFFORT,
      callExtraFiller: { google: { thought_signature: "skip_thought_signature_validator" } },
      refuses: ["frequency_penalty", "presence_penalty", "seed"],
      embedBatch: 100,
    },
  ],
  [
    /(?:^|\.)dashscope(?:-\w+)?\.aliyuncs\.com$|\.maas\.aliyuncs\.com$/,
    {
      thinking: ENABLE_THINKING,
      streams: "thinking",
      samplers: { topK: "top_k", repeatPenalty: "repetition_penalty" },
      refuses: ["frequency_penalty"],
      embedBatch: 10,
    },
  ],
  [/(?:^|\.)modelscope\.cn$/, { thinking: ENABLE_THINKING, streams: "thinking" }],
  [
    /^api\.moonshot\.(?:cn|ai)$|^api\.kimi\.com$/,
    {
      thinking: THINKING_TYPE,
      reasoningHistory: "reasoning_content",
      reasoningFiller: " ",
      largestTemperature: 1,
    },
  ],
  [/^api\.deepseek\.com$/, { thinking: THINKING_TYPE, schema: "json-object", mostStops: 16 }],
  [
    /(?:^|\.)bigmodel\.cn$|(?:^|\.)z\.ai$/,
    {
      thinking: THINKING_TYPE,
      schema: "json-object",
      refuses: ["frequency_penalty", "presence_penalty", "seed"],
      sendsUsageUnasked: true,
      largestTemperature: 1,
    },
  ],
  [/(?:^|\.)volces\.com$/, { thinking: THINKING_TYPE }],
  [/^api\.siliconflow\.(?:cn|com)$/, { thinking: ENABLE_THINKING, samplers: TOP_K, embedBatch: 64 }],
  [
    /(?:^|\.)openrouter\.ai$/,
    { thinking: REASONING_OBJECT, samplers: OPEN_SAMPLERS, reasoningHistory: "reasoning" },
  ],
  [/^api\.groq\.com$/, { thinking: EFFORT, refuses: ["logprobs", "top_logprobs"], mostStops: 4 }],
  [
    /^(?:api|codestral)\.mistral\.ai$/,
    {
      thinking: { style: "none" },
      sendsUsageUnasked: true,
      seedField: "random_seed",
      toolIds: "nine",
      bridgesToolToUser: true,
      embedBatch: 32,
    },
  ],
  [/^api\.together\.(?:xyz|ai)$/, { thinking: REASONING_OBJECT, samplers: OPEN_SAMPLERS }],
  [/^api\.fireworks\.ai$/, { thinking: EFFORT, samplers: OPEN_SAMPLERS }],
  [/^api\.deepinfra\.com$/, { thinking: EFFORT, samplers: OPEN_SAMPLERS }],
  [/^api\.x\.ai$/, { thinking: EFFORT, maxTokensField: "max_completion_tokens" }],
  [
    /^api\.cerebras\.ai$/,
    {
      thinking: EFFORT,
      maxTokensField: "max_completion_tokens",
      refuses: ["frequency_penalty", "presence_penalty"],
    },
  ],
  [/^integrate\.api\.nvidia\.com$/, { thinking: TEMPLATE_KWARGS }],
  [/^models\.github\.ai$|^models\.inference\.ai\.azure\.com$/, { thinking: EFFORT, mostStops: 4 }],
  [/^api\.perplexity\.ai$/, { thinking: EFFORT, mergesRoles: true, samplers: TOP_K }],
  [/^api\.cohere\.(?:ai|com)$/, { thinking: EFFORT, embedBatch: 96 }],
  [/^api\.minimax(?:i)?\.(?:io|com)$/, { thinking: { style: "none" } }],
  [
    /^(?:localhost|127\.0\.0\.1|\[::1\]):1234$/,
    { samplers: { topK: "top_k", minP: "min_p", repeatPenalty: "repeat_penalty" } },
  ],
  [
    /^(?:localhost|127\.0\.0\.1|\[::1\]):8080$/,
    {
      thinking: TEMPLATE_KWARGS,
      samplers: {
        topK: "top_k",
        minP: "min_p",
        repeatPenalty: "repeat_penalty",
        typicalP: "typical_p",
        repeatLastN: "repeat_last_n",
      },
    },
  ],
  [
    /^(?:localhost|127\.0\.0\.1|\[::1\]):(?:8000|30000)$/,
    { thinking: TEMPLATE_KWARGS, samplers: OPEN_SAMPLERS },
  ],
];

/** By the model's own name, without its vendor. Every match counts, later ones more. */
const FAMILIES: readonly Row[] = [
  [
    /^(?:o\d|gpt-[5-9](?!.*-chat)|gpt-\d{2}(?!.*-chat))/,
    {
      maxTokensField: "max_completion_tokens",
      refuses: ["temperature", "top_p", "logprobs", "top_logprobs", "presence_penalty", "frequency_penalty"],
    },
  ],
  [/^o\d/, { efforts: ["low", "medium", "high"] }],
  [/^gpt-5(?:-mini|-nano)?(?:-20\d\d.*)?$/, { efforts: ["minimal", "low", "medium", "high"] }],
  [/^gpt-oss/, { efforts: ["low", "medium", "high"] }],
  [/^(?:mistral|magistral|ministral|codestral|devstral|mixtral|pixtral)/, { toolIds: "nine" }],
  [/^claude/, { toolIds: "word", largestTemperature: 1 }],
  [/^deepseek-v4/, { reasoningHistory: "reasoning_content", reasoningFiller: "" }],
  [/^kimi-k2-thinking|^kimi-k[3-9]/, { reasoningHistory: "reasoning_content", reasoningFiller: " " }],
];

/** `host` is the URL's, port included; `model` the provider's own name. */
export function quirksFor(host: string, model: string, configured: Partial<Quirks>): Quirks {
  const name = (model.split("/").at(-1) ?? "").toLowerCase();
  const ofHost = HOSTS.find(([pattern]) => pattern.test(host.toLowerCase()))?.[1];
  const ofFamily = FAMILIES.filter(([pattern]) => pattern.test(name)).map(([, quirks]) => quirks);
  const layers = [ofHost ?? {}, ...ofFamily];
  return Object.assign({}, DEFAULT_QUIRKS, ...layers, {
    refuses: layers.flatMap((layer) => layer.refuses ?? []),
    ...configured,
  });
}
