/** The sampling parameters of chat completions and legacy completions, and the check of `n`. */
import * as v from "valibot";
import { ProxyError } from "../../chat/error.ts";
import type { Sampling } from "../../chat/request.ts";
import { optional } from "./body.ts";

/** Entries of a schema. */
export const samplingFields = {
  model: optional(v.string()),
  stream: optional(v.boolean()),
  stream_options: optional(v.object({ include_usage: optional(v.boolean()) })),
  max_tokens: optional(v.number()),
  temperature: optional(v.number()),
  top_p: optional(v.number()),
  seed: optional(v.number()),
  stop: optional(v.union([v.string(), v.array(v.string())])),
  presence_penalty: optional(v.number()),
  frequency_penalty: optional(v.number()),
  n: optional(v.number()),
  logit_bias: optional(v.record(v.string(), v.unknown())),
};

const samplingSchema = v.object(samplingFields);
export type SamplingFields = v.InferOutput<typeof samplingSchema>;

/** Throws `unsupported` for fields that only a provider of the same API understands. */
export function decodeSampling(fields: SamplingFields): Sampling {
  if ((fields.n ?? 1) > 1) refuse("n", "one reply per request; send the request again for another reply");
  if (Object.keys(fields.logit_bias ?? {}).length > 0) refuse("logit_bias", "no bias; remove it");
  const stop = typeof fields.stop === "string" ? [fields.stop] : (fields.stop ?? []);
  const used = stop.filter((text) => text !== "");
  return {
    // Servers read a value that is not positive as "as many as fit".
    maxTokens: fields.max_tokens !== undefined && fields.max_tokens > 0 ? fields.max_tokens : undefined,
    temperature: fields.temperature,
    topP: fields.top_p,
    seed: fields.seed,
    stop: used.length === 0 ? undefined : used,
    presencePenalty: fields.presence_penalty,
    frequencyPenalty: fields.frequency_penalty,
  };
}

/** `possible` names what the model supports instead. */
export function refuse(field: string, possible: string): never {
  throw new ProxyError("unsupported", `Cannot forward "${field}": this model supports ${possible}`);
}

/** Throws `bad-request`, with Ollama's exact message. */
export function requireModel(model: string | undefined): string {
  if (model !== undefined && model.trim() !== "") return model;
  throw new ProxyError("invalid-name", "model is required");
}
