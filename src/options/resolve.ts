/**
 * The knobs for one model at one host: the host's row, the rows of the model's family on top, whatever the host, and the user's own
 * `quirks:` on top of all. Which host or model needs what is data, in `hosts-*.ts` and here; its sources are the hosts' documentation and
 * the errors that they were seen to send.
 */
import { DEFAULT_OPTIONS, type ProviderOptions } from "./options.ts";
import type { HostRow, ModelRow } from "./preset.ts";
import { MAKERS } from "./presets-vendors.ts";
import { RESELLERS } from "./presets-hosts.ts";

/** The first match counts. */
const HOSTS: readonly HostRow[] = [...MAKERS, ...RESELLERS];

/** OpenAI's models that reason take neither samplers nor probabilities. */
const REASONING_ONLY = [
  "temperature",
  "top_p",
  "logprobs",
  "top_logprobs",
  "presence_penalty",
  "frequency_penalty",
] as const;

/** By the model's own name, without its vendor. Every match counts, later ones more. */
const FAMILIES: readonly ModelRow[] = [
  [
    /^(?:o\d|gpt-[5-9](?!.*-chat)|gpt-\d{2}(?!.*-chat))/,
    { maxTokensField: "max_completion_tokens", refuses: REASONING_ONLY },
  ],
  [/^gpt-4o(?:-mini)?-search/, { refuses: ["temperature"] }],
  [/^o\d/, { efforts: ["low", "medium", "high"] }],
  [/^(?:o1|o3-mini|o4-mini)/, { refuses: ["parallel_tool_calls"] }],
  [/^gpt-5(?:-mini|-nano)?(?:-20\d\d.*)?$/, { efforts: ["minimal", "low", "medium", "high"] }],
  [/^gpt-5\.1/, { efforts: ["none", "low", "medium", "high"] }],
  [/^gpt-(?:5\.[2-9]|[6-9])/, { efforts: ["none", "low", "medium", "high", "xhigh"] }],
  [/^gpt-5.*-codex/, { efforts: ["low", "medium", "high"] }],
  [/^gpt-5(?:\.\d)?-pro/, { efforts: ["high"] }],
  [/^gpt-oss/, { efforts: ["low", "medium", "high"] }],
  [/^(?:mistral|magistral|ministral|codestral|devstral|mixtral|pixtral)/, { toolIds: "nine" }],
  [/^claude/, { toolIds: "word", largestTemperature: 1, toolsWithHistory: true, emptyContent: "null" }],
  [/^deepseek-v4/, { reasoningHistory: "reasoning_content", reasoningFiller: "" }],
  [/^kimi-k2-thinking|^kimi-k[3-9]/, { reasoningHistory: "reasoning_content", reasoningFiller: " " }],
];

/** `host` is the URL's, port included; `model` the provider's own name. */
export function quirksFor(
  host: string,
  model: string,
  configured: Partial<ProviderOptions>,
): ProviderOptions {
  const name = (model.split("/").at(-1) ?? "").toLowerCase();
  const row = findHost(host);
  const rows = [...(row?.models ?? []), ...FAMILIES];
  const layers = [
    row?.quirks ?? {},
    ...rows.filter(([pattern]) => pattern.test(name)).map(([, quirks]) => quirks),
  ];
  return Object.assign({}, DEFAULT_OPTIONS, ...layers, {
    refuses: layers.flatMap((layer) => layer.refuses ?? []),
    ...configured,
  });
}

/** The path under which a well-known host has its API; undefined for a host that nobody has described. */
export function basePathOf(host: string): string | undefined {
  const row = findHost(host);
  return row === undefined ? undefined : (row.base ?? "/v1");
}

function findHost(host: string): HostRow | undefined {
  return HOSTS.find((row) => row.host.test(host.toLowerCase()));
}
