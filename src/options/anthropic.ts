/**
 * The options of providers of Anthropic's API. Anthropic's documentation tells for each model which thinking it accepts:
 * https://platform.claude.com/docs/en/build-with-claude/thinking-troubleshooting
 */
import type { ProviderOptions } from "./options.ts";
import { type ModelPreset, type OptionSource, type ProviderPreset, THINKING_TYPE } from "./preset.ts";

type Thinking = ProviderOptions["thinking"];

/** Newer models return the text of their thinking only on request. */
const ADAPTIVE = { type: "adaptive", display: "summarized" } as const;

export const ADAPTIVE_THINKING: Exclude<Thinking, string> = {
  on: { thinking: ADAPTIVE },
  off: { thinking: { type: "disabled" } },
  effort: true,
};

/**
 * These models tie their thinking to everything before it. Thinking whose conversation was changed is dropped, because clients shorten
 * and edit conversations: https://platform.claude.com/docs/en/build-with-claude/preserved-thinking
 */
const BOUND = { ...ADAPTIVE, block_binding: { prefix_mismatch_behavior: "drop_block" } } as const;
const BOUND_BETAS = ["thinking-binding-controls-2026-08-01"] as const;

/** For models whose thinking cannot be switched off. The least effort is the nearest setting. */
const LEAST_EFFORT = { output_config: { effort: "low" } } as const;

const CLAUDE_FAMILIES: readonly ModelPreset[] = [
  [
    /^claude/,
    {
      maxTemperature: 1,
      jsonSchemaMode: "json-schema",
      thinking: ADAPTIVE_THINKING,
      reasoningEfforts: ["low", "medium", "high", "xhigh", "max"],
    },
  ],
  // 4.5 and earlier, with a budget. Gateways write `claude-sonnet-4.5` and `claude-4-sonnet` too.
  [
    /^claude-(?:3[.-]7|(?:(?:opus|sonnet|haiku)-)?4(?:[.-][0-5])?(?![.-]?\d{1,2}(?!\d)))/,
    { thinking: "budget" },
  ],
  [/^claude-(?:[12]|instant|3(?![.-]7))/, { thinking: "none" }],
  [/^claude-(?:[123]|instant|(?:opus|sonnet)-4(?:-0|-20\d{6})?$|4-)/, { jsonSchemaMode: "instruct" }],
  // Samplers are gone since 4.7.
  [
    /^claude-(?:fable|mythos|(?:opus|sonnet|haiku)-(?:4[.-][7-9]|[5-9]))/,
    { unsupportedParams: ["temperature", "top_p", "top_k"] },
  ],
  [/^claude-opus-4[.-]6/, { reasoningEfforts: ["low", "medium", "high", "max"] }],
  [/^claude-sonnet-4[.-]6/, { reasoningEfforts: ["low", "medium", "high"] }],
  [/^claude-(?:fable|mythos)/, { thinking: { on: { thinking: ADAPTIVE }, off: LEAST_EFFORT, effort: true } }],
  [
    /^claude-(?:(?:fable|mythos)-5[.-]\d|(?:opus|haiku)-5[.-]5)/,
    { thinking: { on: { thinking: BOUND }, off: LEAST_EFFORT, effort: true }, betas: BOUND_BETAS },
  ],
  [
    /^claude-sonnet-5[.-]5/,
    {
      thinking: { on: { thinking: BOUND }, off: { thinking: { type: "between_tools" } }, effort: true },
      betas: BOUND_BETAS,
    },
  ],
];

/** Endpoints for Anthropic's clients that other makers of models document. They take thinking back without a signature. */
const COMPATIBLE: Partial<ProviderOptions> = {
  auth: "bearer",
  thinking: THINKING_TYPE,
  reasoningHistoryField: "thinking",
  countTokens: "estimate",
};

const PRESETS: readonly ProviderPreset[] = [
  { host: /^api\.anthropic\.com$/ },
  {
    host: /^api\.deepseek\.com$/,
    basePath: "/anthropic/v1",
    options: {
      ...COMPATIBLE,
      auth: "x-api-key",
      thinking: { ...THINKING_TYPE, effort: true },
      reasoningEfforts: ["high", "max"],
      reasoningHistoryPlaceholder: "",
      modelsPaths: ["../../models"],
    },
  },
  {
    host: /^api\.moonshot\.(?:cn|ai)$/,
    basePath: "/anthropic/v1",
    options: {
      ...COMPATIBLE,
      reasoningHistoryPlaceholder: " ",
      maxTemperature: 1,
      modelsPaths: ["../../v1/models"],
    },
    models: [[/^kimi-k[3-9]/, { thinking: "effort", reasoningEfforts: ["low", "high", "max"] }]],
  },
  { host: /^api\.kimi\.com$/, basePath: "/coding/v1", options: { ...COMPATIBLE, auth: "x-api-key" } },
  {
    host: /^api\.minimaxi?\.(?:io|com)$/,
    basePath: "/anthropic/v1",
    options: { ...COMPATIBLE, thinking: "none", maxTemperature: 1, modelsPaths: ["../../v1/models"] },
  },
  {
    host: /(?:^|\.)bigmodel\.cn$|(?:^|\.)z\.ai$/,
    basePath: "/api/anthropic/v1",
    options: { ...COMPATIBLE, maxTemperature: 1, modelsPaths: ["../../paas/v4/models"] },
  },
  {
    host: /(?:^|\.)openrouter\.ai$/,
    basePath: "/api/v1",
    options: { auth: "bearer", thinking: "budget" },
  },
];

export const ANTHROPIC_OPTIONS: OptionSource = {
  defaults: {
    auth: "x-api-key",
    thinking: "budget",
    requiresMaxTokens: true,
    jsonSchemaMode: "instruct",
    toolCallIdFormat: "word",
  },
  presets: PRESETS,
  families: CLAUDE_FAMILIES,
};
