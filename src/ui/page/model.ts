/** What the program sends to the page. An older page may be open beside a newer program, so it is checked. */
import * as v from "valibot";
import type { statusSchema } from "../status-schema.ts";

const optional = <T extends v.GenericSchema>(schema: T) => v.optional(schema);

const attempt = v.object({
  number: v.number(),
  provider: v.string(),
  model: v.string(),
  status: optional(v.number()),
  reason: optional(v.string()),
  waitMs: optional(v.number()),
});

export const requestSchema = v.object({
  id: v.string(),
  startedAtMs: v.number(),
  path: v.string(),
  key: optional(v.string()),
  app: optional(v.string()),
  model: optional(v.string()),
  provider: optional(v.string()),
  upstreamModel: optional(v.string()),
  mode: optional(v.string()),
  attempts: v.array(attempt),
  droppedParams: v.array(v.string()),
  fixes: v.array(v.string()),
  firstByteMs: optional(v.number()),
  totalMs: optional(v.number()),
  usage: optional(
    v.object({
      inputTokens: optional(v.number()),
      outputTokens: optional(v.number()),
      cachedTokens: optional(v.number()),
      reasoningTokens: optional(v.number()),
    }),
  ),
  isUsageEstimated: v.boolean(),
  cost: optional(v.object({ usd: v.number(), source: v.string() })),
  status: optional(v.number()),
  outcome: v.picklist(["running", "complete", "failed", "canceled"]),
  problem: optional(v.string()),
});

export const snapshotSchema = v.object({ nowMs: v.number(), requests: v.array(requestSchema) });

export type LiveRequest = v.InferOutput<typeof requestSchema>;

const sum = v.object({
  name: v.string(),
  span: v.string(),
  requests: v.number(),
  failed: v.number(),
  input: v.number(),
  cached: v.number(),
  output: v.number(),
  reasoning: v.number(),
  costUsd: v.nullable(v.number()),
  unpriced: v.number(),
  firstByteMs: v.nullable(v.number()),
  firstByteP95Ms: v.nullable(v.number()),
  tokensPerSecond: v.nullable(v.number()),
});

export const sumsSchema = v.array(sum);

export type UsageSum = v.InferOutput<typeof sum>;

export const modelsSchema = v.array(
  v.object({
    name: v.string(),
    contextLength: v.number(),
    contextSource: v.string(),
    capabilities: v.array(v.string()),
    capabilitySource: v.string(),
  }),
);

export type ListedModel = v.InferOutput<typeof modelsSchema>[number];

export type ProviderStatus = v.InferOutput<typeof statusSchema>["providers"][number];
