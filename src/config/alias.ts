/**
 * The schema of an alias, an entry of the top-level `models:`.
 *
 *     - name: max                                   shown as written, without a tag
 *       use: ["[anthropic]-claude-x", "[backup]-claude-x", other-alias]
 *       order: listed
 *       system: You are brief.                      defaults, which a request overrides
 *       options: {temperature: 0.2}
 *       think: high
 *       context_length: 65536
 */
import * as v from "valibot";
import type { RequestDefaults } from "../chat/defaults.ts";
import type { Reasoning, Sampling } from "../chat/request.ts";
import { entryPath, findDuplicates } from "./duplicates.ts";
import { isMapping, mapping, positive, requiredText, text } from "./fields.ts";
import { isCertainlyKey } from "./key-like.ts";

/** In which order the candidates of an alias are tried. */
const ORDERS = ["listed", "fastest", "cheapest", "round-robin"] as const;

const name = v.pipe(
  requiredText,
  v.regex(
    /^[\p{L}\p{N}_][\p{L}\p{M}\p{N}._:/-]{0,79}$/u,
    "Expected a name of letters, digits, `.`, `_`, `-`, `:` and `/`, such as `max`",
  ),
  v.check(
    (value) => !isCertainlyKey(value),
    "Expected a name, got a value that looks like a key; clients would see it",
  ),
);

const USE_EXPECTED = "Expected a model such as `[aliyun]-qwen3-max` or another alias, or a list of them";

/** Text is a list of one, so that the same code reads both. */
const use = v.pipe(
  v.union([requiredText, v.array(requiredText, USE_EXPECTED)], USE_EXPECTED),
  v.transform((value) => (typeof value === "string" ? [value] : value)),
  v.minLength(1, USE_EXPECTED),
);

const number = v.number("Expected a number");
const integer = v.pipe(number, v.integer("Expected a whole number"));
const stop = v.pipe(
  v.union([v.string(), v.array(v.string())], "Expected text, or a list of texts"),
  v.transform((value) => (typeof value === "string" ? [value] : value)),
);

/** Ollama's options. */
const options = v.pipe(
  mapping({
    num_predict: v.nullish(integer),
    temperature: v.nullish(number),
    top_p: v.nullish(number),
    top_k: v.nullish(integer),
    min_p: v.nullish(number),
    typical_p: v.nullish(number),
    seed: v.nullish(integer),
    stop: v.nullish(stop),
    presence_penalty: v.nullish(number),
    frequency_penalty: v.nullish(number),
    repeat_penalty: v.nullish(number),
    repeat_last_n: v.nullish(integer),
    num_keep: v.nullish(integer),
    num_batch: v.nullish(integer),
    num_gpu: v.nullish(integer),
    main_gpu: v.nullish(integer),
    num_thread: v.nullish(integer),
    use_mmap: v.nullish(v.boolean("Expected true or false")),
  }),
  v.transform((given) => ({
    options: present(given),
    sampling: present({
      // -1 and -2 mean "as many as fit", which is the default of other APIs.
      maxTokens: (given.num_predict ?? 0) > 0 ? given.num_predict : undefined,
      temperature: given.temperature,
      topP: given.top_p,
      topK: given.top_k,
      minP: given.min_p,
      typicalP: given.typical_p,
      seed: (given.seed ?? -1) >= 0 ? given.seed : undefined,
      stop: given.stop,
      presencePenalty: given.presence_penalty,
      frequencyPenalty: given.frequency_penalty,
      repeatPenalty: given.repeat_penalty,
      repeatLastN: given.repeat_last_n,
    }) satisfies Sampling,
  })),
);

type Present<T> = { [K in keyof T]?: NonNullable<T[K]> };

/** Without members that are not set. */
function present<T extends object>(value: T): Present<T>;
function present(value: object): object {
  return Object.fromEntries(Object.entries(value).filter(([, member]) => member != null));
}

const LEVELS = ["low", "medium", "high", "max"] as const;

const think = v.pipe(
  v.union([v.boolean(), v.picklist(LEVELS)], "Expected true, false, low, medium, high or max"),
  v.transform((value): Reasoning => (value === true ? "on" : value === false ? "off" : value)),
);

const alias = v.pipe(
  mapping({
    name,
    use,
    order: v.nullish(v.picklist(ORDERS, `Expected one of ${ORDERS.join(", ")}`), "listed"),
    system: v.nullish(text),
    options: v.nullish(options, {}),
    think: v.nullish(think),
    context_length: v.nullish(positive("tokens")),
  }),
  v.transform((value) => ({
    name: value.name,
    use: value.use,
    order: value.order,
    contextLength: value.context_length ?? undefined,
    defaults: defaultsOf(value.options, {
      system: value.system ?? undefined,
      reasoning: value.think ?? undefined,
      contextLength: value.context_length ?? undefined,
    }),
  })),
);

/** Undefined when nothing is set. */
function defaultsOf(
  given: v.InferOutput<typeof options>,
  others: Omit<RequestDefaults, "options" | "sampling">,
): RequestDefaults | undefined {
  const window = others.contextLength === undefined ? {} : { num_ctx: others.contextLength };
  const defaults = { ...others, ...given, options: { ...given.options, ...window } };
  const isEmpty =
    Object.keys(defaults.options).length === 0 && Object.values(others).every((value) => value === undefined);
  return isEmpty ? undefined : defaults;
}

/** Older files have `models:` of a provider with too few spaces before it. */
const noAlias = v.custom<v.InferOutput<typeof alias>>(
  () => false,
  "Expected an alias with the keys `name` and `use`; if these are the models of a provider, put as many spaces before `models` as before the other keys of the provider",
);

export const aliases = v.pipe(
  v.array(
    Object.assign(
      v.lazy((value) => (isMapping(value) ? alias : noAlias)),
      // For the JSON schema that editors use.
      { options: [alias] },
    ),
    "Expected a list of aliases, each beginning with `- name:`",
  ),
  v.rawCheck(({ dataset, addIssue }) => {
    for (const index of findDuplicates(dataset.value, "name")) {
      addIssue({
        message: "Expected a unique name; an alias above already has this name",
        path: entryPath(index, "name"),
      });
    }
  }),
  v.readonly(),
);

export type AliasEntry = v.InferOutput<typeof alias>;
