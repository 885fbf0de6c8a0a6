/**
 * Reads token counts and timings from the places that providers use.
 *
 *     "usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}      all, in the chunk or the choice
 *     "x_groq":{"usage":{…,"queue_time":0.01,"prompt_time":0.02}}              Groq, seconds
 *     "time_info":{"queue_time":0.01,"prompt_time":0.02,"completion_time":1}   Cerebras, seconds
 *     "usage":{…,"cost":0.0012}  "usage":{…,"cost":{"total_cost":0.0012}}         OpenRouter, Perplexity, US dollars
 *     "usage":{…,"estimated_cost":0.0012}                                      DeepInfra, US dollars
 *     "usage":{…,"cost_in_usd_ticks":12000000}                                 xAI, in units of 1e-10 US dollars
 *     "timings":{"cache_n":1,"prompt_n":2,"prompt_ms":3,"predicted_ms":4}      llama.cpp, milliseconds
 *
 * Repeated counts are cumulative (Perplexity), so the last value of each field is used.
 */
import type { Usage } from "../../../chat/event.ts";
import { type JsonObject, numberAt, objectAt } from "../../../wire/json.ts";

type Field = Exclude<keyof Usage, "type">;

export class UsageReader {
  readonly #fields = new Map<Field | "total", number>();
  #costUsd: number | undefined;

  push(frame: unknown, choice: unknown): void {
    this.#pushUsage(objectAt(choice, "usage"));
    this.#pushUsage(objectAt(objectAt(frame, "x_groq"), "usage"));
    this.#pushUsage(objectAt(frame, "usage"));
    const timeInfo = objectAt(frame, "time_info");
    if (timeInfo !== undefined) this.#pushTimes(timeInfo);
    const timings = objectAt(frame, "timings");
    if (timings !== undefined) this.#pushTimings(timings);
  }

  /** Undefined: the provider sent no counts or timings. */
  read(): Usage | undefined {
    if (this.#fields.size === 0 && this.#costUsd === undefined) return undefined;
    const inputTokens = this.#fields.get("inputTokens");
    const outputTokens = this.#fields.get("outputTokens");
    const total = this.#fields.get("total");
    return {
      type: "usage",
      inputTokens,
      // xAI and others include reasoning tokens in the total, but not in the completion's count.
      outputTokens:
        total === undefined || inputTokens === undefined
          ? outputTokens
          : Math.max(outputTokens ?? 0, total - inputTokens),
      cachedTokens: this.#fields.get("cachedTokens"),
      reasoningTokens: this.#fields.get("reasoningTokens"),
      costUsd: this.#costUsd,
      queueNs: this.#fields.get("queueNs"),
      inputNs: this.#fields.get("inputNs"),
      outputNs: this.#fields.get("outputNs"),
    };
  }

  #pushUsage(usage: JsonObject | undefined): void {
    if (usage === undefined) return;
    this.#set("inputTokens", firstNumber(usage, ["prompt_tokens", "input_tokens", "prompt_token_count"]));
    this.#set(
      "outputTokens",
      firstNumber(usage, ["completion_tokens", "output_tokens", "candidates_token_count"]),
    );
    this.#set("total", numberAt(usage, "total_tokens"));
    this.#set(
      "cachedTokens",
      numberAt(objectAt(usage, "prompt_tokens_details"), "cached_tokens") ??
        firstNumber(usage, ["prompt_cache_hit_tokens", "cached_tokens"]),
    );
    this.#set("reasoningTokens", numberAt(objectAt(usage, "completion_tokens_details"), "reasoning_tokens"));
    this.#pushTimes(usage);
    this.#costUsd = costIn(usage) ?? this.#costUsd;
  }

  #pushTimes(times: JsonObject): void {
    this.#set("queueNs", nanoseconds(numberAt(times, "queue_time"), 1e9));
    this.#set("inputNs", nanoseconds(numberAt(times, "prompt_time"), 1e9));
    this.#set("outputNs", nanoseconds(numberAt(times, "completion_time"), 1e9));
  }

  #pushTimings(timings: JsonObject): void {
    const fresh = numberAt(timings, "prompt_n");
    if (fresh !== undefined) this.#set("inputTokens", fresh + (numberAt(timings, "cache_n") ?? 0));
    this.#set("cachedTokens", numberAt(timings, "cache_n"));
    this.#set("outputTokens", numberAt(timings, "predicted_n"));
    this.#set("inputNs", nanoseconds(numberAt(timings, "prompt_ms"), 1e6));
    this.#set("outputNs", nanoseconds(numberAt(timings, "predicted_ms"), 1e6));
  }

  #set(field: Field | "total", value: number | undefined): void {
    if (value !== undefined) this.#fields.set(field, Math.round(value));
  }
}

function costIn(usage: JsonObject): number | undefined {
  const ticks = numberAt(usage, "cost_in_usd_ticks");
  const cost =
    numberAt(usage, "cost") ??
    numberAt(objectAt(usage, "cost"), "total_cost") ??
    numberAt(usage, "estimated_cost") ??
    (ticks === undefined ? undefined : ticks / 1e10);
  return cost === undefined || cost < 0 ? undefined : cost;
}

function firstNumber(object: JsonObject, keys: readonly string[]): number | undefined {
  for (const key of keys) {
    const value = numberAt(object, key);
    if (value !== undefined) return value;
  }
  return undefined;
}

function nanoseconds(value: number | undefined, scale: number): number | undefined {
  return value === undefined ? undefined : value * scale;
}
