/** `quirks:` of a provider: the knobs of its profile, for hosts that nobody has described, or that have changed. */
import * as v from "valibot";
import type { ProviderOptions, ThinkingSwitch } from "../options/options.ts";
import { mapping, openObject } from "./fields.ts";

const flag = v.boolean("Expected true or false");
const words = v.array(v.string(), "Expected a list of names");
const text = v.string("Expected text");
const number = v.pipe(v.number("Expected a number"), v.minValue(0, "Expected 0 or more"));
const count = v.pipe(v.number("Expected a number"), v.integer(), v.minValue(1, "Expected 1 or more"));

function oneOf<const T extends readonly string[]>(...choices: T) {
  return v.picklist(choices, `Expected ${choices.join(" or ")}`);
}

function absent<const S extends v.GenericSchema>(schema: S): v.NullishSchema<S, () => undefined> {
  return v.nullish(schema, () => undefined);
}

const samplers = v.pipe(
  mapping({
    top_k: absent(text),
    min_p: absent(text),
    typical_p: absent(text),
    repeat_penalty: absent(text),
    repeat_last_n: absent(text),
  }),
  v.transform((set) =>
    present({
      topK: set.top_k,
      minP: set.min_p,
      typicalP: set.typical_p,
      repeatPenalty: set.repeat_penalty,
      repeatLastN: set.repeat_last_n,
    }),
  ),
);

/** A style by name, or the host's own fields for on and off. */
const thinking = v.union(
  [
    v.pipe(
      v.picklist(["none", "effort", "reasoning-object", "budget"]),
      v.transform((style): ThinkingSwitch => ({ style })),
    ),
    v.pipe(
      v.object({ on: openObject, off: openObject, effort: v.optional(flag, false) }),
      v.transform((fields): ThinkingSwitch => ({ style: "switch", ...fields })),
    ),
  ],
  "Expected none, effort, reasoning-object, budget, or the fields to send as {on: {…}, off: {…}}",
);

const prefill = v.pipe(
  mapping({ message: absent(openObject), body: absent(openObject) }),
  v.transform((set) => present(set)),
);

type Knobs = { readonly [Knob in keyof ProviderOptions]: ProviderOptions[Knob] | undefined };

export const quirks = v.pipe(
  mapping({
    max_tokens_field: absent(oneOf("max_tokens", "max_completion_tokens")),
    needs_max_tokens: absent(flag),
    seed_field: absent(oneOf("seed", "random_seed")),
    sends_usage_unasked: absent(flag),
    streams: absent(oneOf("as-asked", "thinking")),
    samplers: absent(samplers),
    refuses: absent(words),
    most_stops: absent(number),
    largest_temperature: absent(number),
    thinking: absent(thinking),
    efforts: absent(words),
    reasoning_history: absent(text),
    reasoning_filler: absent(text),
    call_extra_filler: absent(openObject),
    schema: absent(oneOf("json-schema", "json-object", "instruct")),
    plain_json: absent(oneOf("json-object", "json-schema", "instruct")),
    tool_ids: absent(oneOf("any", "nine", "word")),
    tool_schemas: absent(oneOf("as-sent", "plain")),
    strict_tools: absent(flag),
    tools_with_history: absent(flag),
    empty_content: absent(oneOf("text", "null", "absent")),
    system_first: absent(flag),
    needs_user: absent(flag),
    bridges_tool_to_user: absent(flag),
    merges_roles: absent(flag),
    prefill: absent(prefill),
    echoes_prefill: absent(flag),
    cumulative: absent(flag),
    think_tags: absent(oneOf("auto", "opened", "never")),
    embed_batch: absent(count),
    auth: absent(oneOf("bearer", "api-key", "anthropic")),
    responses: absent(oneOf("translate", "relay")),
    completions_path: absent(text),
    model_lists: absent(words),
  }),
  v.transform((set): Partial<ProviderOptions> => {
    const knobs: Knobs = {
      maxTokensField: set.max_tokens_field,
      needsMaxTokens: set.needs_max_tokens,
      seedField: set.seed_field,
      sendsUsageUnasked: set.sends_usage_unasked,
      streams: set.streams,
      samplers: set.samplers,
      refuses: set.refuses,
      mostStops: set.most_stops,
      largestTemperature: set.largest_temperature,
      thinking: set.thinking,
      efforts: set.efforts,
      reasoningHistory: set.reasoning_history,
      reasoningFiller: set.reasoning_filler,
      callExtraFiller: set.call_extra_filler,
      schema: set.schema,
      plainJson: set.plain_json,
      toolIds: set.tool_ids,
      toolSchemas: set.tool_schemas,
      strictTools: set.strict_tools,
      toolsWithHistory: set.tools_with_history,
      emptyContent: set.empty_content,
      systemFirst: set.system_first,
      needsUser: set.needs_user,
      bridgesToolToUser: set.bridges_tool_to_user,
      mergesRoles: set.merges_roles,
      prefill: set.prefill,
      echoesPrefill: set.echoes_prefill,
      cumulative: set.cumulative,
      thinkTags: set.think_tags,
      embedBatch: set.embed_batch,
      auth: set.auth,
      responses: set.responses,
      completionsPath: set.completions_path,
      modelLists: set.model_lists,
    };
    return present<ProviderOptions>(knobs);
  }),
);

/** What was not set must not hide what the profile says. */
function present<T extends object>(set: { readonly [K in keyof T]: T[K] | undefined }): Partial<T> {
  const kept: Partial<T> = {};
  for (const key in set) if (set[key] !== undefined) kept[key] = set[key];
  return kept;
}
