/** Names of earlier versions are still accepted, with a hint to the current names. */
import { expect, test } from "bun:test";
import { parseConfig } from "../../src/config/load.ts";
import { OPTIONS } from "../../src/options/catalogue.ts";

function parse(text: string) {
  const { config, warnings } = parseConfig(text, "c.yaml", {});
  return { options: config.providers.map(({ options }) => options), warnings };
}

const PROVIDER = "providers:\n- name: a\n  url: https://a.example\n";

test("a configuration of version 33 has the same meaning, and every former name gets a hint with its position", () => {
  const text = `${PROVIDER}  quirks:
    most_stops: 4
    refuses: [seed]
    streams: thinking
    tool_ids: nine
    tool_schemas: plain
    think_tags: never
`;
  expect(parse(text)).toEqual({
    options: [
      {
        maxStopSequences: 4,
        unsupportedParams: ["seed"],
        thinkingRequiresStream: true,
        toolCallIdFormat: "alnum9",
        toolSchemas: "simplified",
        thinkTags: "never",
      },
    ],
    warnings: [
      "c.yaml:4:3: `quirks` is now called `options`",
      "c.yaml:5:5: `most_stops` is now called `max_stop_sequences`",
      "c.yaml:6:5: `refuses` is now called `unsupported_params`",
      "c.yaml:7:5: `streams: thinking` is now called `thinking_requires_stream: true`",
      "c.yaml:8:5: `tool_ids: nine` is now called `tool_call_id_format: alnum9`",
      "c.yaml:9:5: `tool_schemas: plain` is now called `tool_schemas: simplified`",
    ],
  });
});

/** Every option of version 33: its former and its current name, each with a value. */
const VERSION_33: readonly (readonly [former: string, current: string])[] = [
  ["max_tokens_field: max_completion_tokens", "max_tokens_field: max_completion_tokens"],
  ["needs_max_tokens: true", "requires_max_tokens: true"],
  ["seed_field: random_seed", "seed_field: random_seed"],
  ["sends_usage_unasked: true", "usage_always_sent: true"],
  ["streams: thinking", "thinking_requires_stream: true"],
  ["streams: as-asked", "thinking_requires_stream: false"],
  ["samplers: {top_k: k}", "samplers: {top_k: k}"],
  ["refuses: [a]", "unsupported_params: [a]"],
  ["most_stops: 4", "max_stop_sequences: 4"],
  ["largest_temperature: 1", "max_temperature: 1"],
  ["thinking: effort", "thinking: effort"],
  ["efforts: [low]", "reasoning_efforts: [low]"],
  ["reasoning_history: r", "reasoning_history_field: r"],
  ["reasoning_filler: x", "reasoning_history_placeholder: x"],
  ["call_extra_filler: {a: 1}", "missing_thought_signature: {a: 1}"],
  ["schema: instruct", "json_schema_mode: instruct"],
  ["plain_json: instruct", "json_mode: instruct"],
  ["tool_ids: nine", "tool_call_id_format: alnum9"],
  ["tool_ids: word", "tool_call_id_format: word"],
  ["tool_schemas: plain", "tool_schemas: simplified"],
  ["strict_tools: false", "supports_strict_tools: false"],
  ["tools_with_history: true", "requires_tools_with_tool_history: true"],
  ["empty_content: absent", "empty_content: absent"],
  ["system_first: true", "single_leading_system_message: true"],
  ["needs_user: true", "requires_user_message: true"],
  ["bridges_tool_to_user: true", "requires_assistant_after_tool_result: true"],
  ["merges_roles: true", "requires_alternating_roles: true"],
  ["prefill: {message: {a: 1}}", "prefill: {message: {a: 1}}"],
  ["echoes_prefill: true", "echoes_prefill: true"],
  ["cumulative: true", "cumulative_deltas: true"],
  ["think_tags: never", "think_tags: never"],
  ["embed_batch: 2", "max_embedding_batch: 2"],
  ["auth: api-key", "auth: api-key"],
  ["responses: relay", "responses: relay"],
  ["completions_path: c", "completions_path: c"],
  ["model_lists: [m]", "models_paths: [m]"],
];

test.each(VERSION_33)("`%s` means `%s`", (former, current) => {
  const before = parse(`${PROVIDER}  options: {${former}}\n`);
  const now = parse(`${PROVIDER}  options: {${current}}\n`);
  expect(Object.keys(now.options[0] ?? {})).toHaveLength(1);
  expect(before.options).toEqual(now.options);
  expect(now.warnings).toEqual([]);
  expect(before.warnings).toHaveLength(former === current ? 0 : 1);
});

test("every option that has a former name is in the table above", () => {
  const renamed = Object.entries(OPTIONS).filter(([, { former }]) => former.name ?? former.values);
  const tabled = VERSION_33.filter(([former, current]) => former !== current);
  expect(new Set(tabled.map(([, current]) => current.split(":")[0] ?? ""))).toEqual(
    new Set(renamed.map(([name]) => name)),
  );
});

test.each([
  [
    "  options: {most_stops: 1, max_stop_sequences: 2}\n",
    "4:13: Expected either `max_stop_sequences` or `most_stops`, its former name, got both\n",
  ],
  [
    "  options: {}\n  quirks: {}\n",
    "5:3: Expected either `options` or `quirks`, its former name, got both\n",
  ],
  ["  quirks: {most_stops: many}\n", "4:24: Expected a number\n"],
  ["  quirks: {streams: always}\n", "4:21: Expected true or false\n"],
  ["  quirks: {tool_ids: ten}\n", "4:22: Expected any or alnum9 or word\n"],
  ["  quirks: {max_stops: 1}\n", "4:12: Unknown key `max_stops`, expected one of max_tokens_field"],
  [
    "  options: {max_stop_sequence: 1}\n",
    "4:13: Unknown key `max_stop_sequence`, did you mean `max_stop_sequences`?\n",
  ],
  ["  quirks: [a]\n", "4:11: Expected a mapping with the keys max_tokens_field"],
  ["  option: {}\n", "4:3: Unknown key `option`, did you mean `options`?\n"],
])("a provider with %j is rejected, with the position", (lines, message) => {
  expect(() => parse(PROVIDER + lines)).toThrow(
    `Cannot use the configuration: 1 problem\n\nc.yaml:${message}`,
  );
});

test("former names are found in anchored and merged mappings, and reported once", () => {
  const text = `providers:
- &base
  name: a
  url: https://a.example
  quirks: &options {most_stops: 1, tool_ids: &format nine}
- {<<: *base, name: b}
- {name: c, url: "https://c.example", options: {<<: *options, embed_batch: 2}}
- {name: d, url: "https://d.example", options: *options}
- {name: e, url: "https://e.example", options: {tool_call_id_format: *format}}
`;
  const base = { maxStopSequences: 1, toolCallIdFormat: "alnum9" } as const;
  expect(parse(text)).toEqual({
    options: [base, base, { ...base, maxEmbeddingBatch: 2 }, base, { toolCallIdFormat: "alnum9" }],
    warnings: [
      "c.yaml:5:3: `quirks` is now called `options`",
      "c.yaml:5:21: `most_stops` is now called `max_stop_sequences`",
      "c.yaml:5:36: `tool_ids: nine` is now called `tool_call_id_format: alnum9`",
      "c.yaml:7:63: `embed_batch` is now called `max_embedding_batch`",
    ],
  });
});
