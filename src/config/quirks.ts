/** `quirks:` of a provider: the knobs of its profile, for hosts that nobody has described, or that have changed. */
import * as v from "valibot";
import type { Quirks, ThinkingSwitch } from "../dialects/dialect.ts";
import { mapping, openObject } from "./fields.ts";

function oneOf<const T extends readonly string[]>(...words: T) {
  return v.nullish(v.picklist(words, `Expected ${words.join(" or ")}`), () => undefined);
}

const flag = v.nullish(v.boolean("Expected true or false"), () => undefined);
const words = v.nullish(v.array(v.string(), "Expected a list of names"), () => undefined);
const text = v.nullish(v.string("Expected text"), () => undefined);
const number = v.nullish(
  v.pipe(v.number("Expected a number"), v.minValue(0, "Expected 0 or more")),
  () => undefined,
);

const samplers = v.nullish(
  mapping({ top_k: text, min_p: text, typical_p: text, repeat_penalty: text, repeat_last_n: text }),
  () => undefined,
);

/** A style by name, or the host's own fields for on and off. */
const thinking = v.nullish(
  v.union(
    [
      v.pipe(
        v.picklist(["none", "effort", "reasoning-object", "budget"]),
        v.transform((style): ThinkingSwitch => ({ style })),
      ),
      v.pipe(
        v.object({ on: openObject, off: openObject }),
        v.transform(({ on, off }): ThinkingSwitch => ({ style: "switch", on, off })),
      ),
    ],
    "Expected none, effort, reasoning-object, budget, or the fields to send as {on: {…}, off: {…}}",
  ),
  () => undefined,
);

export const quirks = v.pipe(
  mapping({
    max_tokens_field: oneOf("max_tokens", "max_completion_tokens"),
    seed_field: oneOf("seed", "random_seed"),
    sends_usage_unasked: flag,
    streams: oneOf("as-asked", "thinking"),
    samplers,
    refuses: words,
    most_stops: number,
    largest_temperature: number,
    thinking,
    efforts: words,
    reasoning_history: text,
    reasoning_filler: text,
    schema: oneOf("json-schema", "json-object", "instruct"),
    tool_ids: oneOf("any", "nine", "word"),
    bridges_tool_to_user: flag,
    merges_roles: flag,
    think_tags: oneOf("auto", "opened", "never"),
    embed_batch: v.nullish(
      v.pipe(v.number(), v.integer(), v.minValue(1, "Expected 1 or more")),
      () => undefined,
    ),
    auth: oneOf("bearer", "api-key"),
  }),
  v.transform((set): Partial<Quirks> =>
    present({
      maxTokensField: set.max_tokens_field,
      seedField: set.seed_field,
      sendsUsageUnasked: set.sends_usage_unasked,
      streams: set.streams,
      samplers: set.samplers && samplerNames(set.samplers),
      refuses: set.refuses,
      mostStops: set.most_stops,
      largestTemperature: set.largest_temperature,
      thinking: set.thinking,
      efforts: set.efforts,
      reasoningHistory: set.reasoning_history,
      reasoningFiller: set.reasoning_filler,
      schema: set.schema,
      toolIds: set.tool_ids,
      bridgesToolToUser: set.bridges_tool_to_user,
      mergesRoles: set.merges_roles,
      thinkTags: set.think_tags,
      embedBatch: set.embed_batch,
      auth: set.auth,
    }),
  ),
);

function samplerNames(set: { readonly [name: string]: unknown }): Quirks["samplers"] {
  const names = {
    topK: "top_k",
    minP: "min_p",
    typicalP: "typical_p",
    repeatPenalty: "repeat_penalty",
    repeatLastN: "repeat_last_n",
  };
  return Object.fromEntries(
    Object.entries(names).flatMap(([ours, key]) => (typeof set[key] === "string" ? [[ours, set[key]]] : [])),
  );
}

/** What was not set must not hide what the profile says. */
function present<T extends object>(set: { readonly [K in keyof T]: T[K] | undefined }): Partial<T> {
  const kept: Partial<T> = {};
  for (const key in set) if (set[key] !== undefined) kept[key] = set[key];
  return kept;
}
