/** Every field in which a provider was seen to describe its models. */
import { expect, test } from "bun:test";
import { decodeModels } from "../../src/apis/shared/model-list.ts";

type Row = readonly [what: string, body: unknown, expected: unknown];

const ROWS: readonly Row[] = [
  [
    "ids under every name",
    ["id", "model_id", "model_name", "key", "name", "model"].map((key) => ({ [key]: `by ${key}` })),
    ["id", "model_id", "model_name", "key", "name", "model"].map((key) => ({ id: `by ${key}` })),
  ],
  ...["data", "models", "model_list", "results", "body"].map((key): Row => [
    `a list under ${key}`,
    { [key]: ["a"] },
    [{ id: "a" }],
  ]),
  ...[
    "supported_parameters",
    "supported_features",
    "features",
    "capabilities",
    "tags",
    "input_modalities",
    "supported_input_modalities",
  ].map((key): Row => [
    `abilities under ${key}`,
    [{ id: "a", [key]: ["tools"] }],
    [{ id: "a", capabilities: ["completion", "tools"] }],
  ]),
  ["words that name no ability say nothing", [{ id: "a", tags: ["new"] }], [{ id: "a" }]],
  [
    "a flag that is off says that there is no such ability",
    [
      { id: "a", supports_tools: false },
      { id: "b", tags: ["new"], capabilities: { vision: false } },
    ],
    [
      { id: "a", capabilities: ["completion"] },
      { id: "b", capabilities: ["completion"] },
    ],
  ],
  ...["architecture.input_modalities", "metadata.tags"].map((path): Row => {
    const [outer = "", inner = ""] = path.split(".");
    return [
      `abilities under ${path}`,
      [{ id: "a", [outer]: { [inner]: ["image"] } }],
      [{ id: "a", capabilities: ["completion", "vision"] }],
    ];
  }),
  ...[
    "context_length",
    "context_window",
    "context_size",
    "max_context_length",
    "max_model_len",
    "max_position_embeddings",
    "max_context_window_tokens",
    "availableContextTokens",
    "max_input_tokens",
    "max_prompt_tokens",
    "max_sequence_length",
    "max_seq_len",
    "n_ctx",
    "n_ctx_train",
    "ctx_size",
  ].map((key): Row => [
    `a window under ${key}`,
    [{ id: "a", [key]: 4096 }],
    [{ id: "a", contextLength: 4096 }],
  ]),
  ...[
    "max_completion_tokens",
    "max_output_tokens",
    "max_output_length",
    "max_output",
    "maxCompletionTokens",
    "max_tokens",
  ].map((key): Row => [
    `a longest reply under ${key}`,
    [{ id: "a", [key]: 512 }],
    [{ id: "a", outputLength: 512 }],
  ]),
  ...[
    "top_provider",
    "metadata",
    "meta",
    "limits",
    "limit",
    "model_spec",
    "model_info",
    "architecture",
    "capabilities",
  ].map((key): Row => [
    `a window in ${key}`,
    [{ id: "a", [key]: { n_ctx: 4096 } }],
    [{ id: "a", contextLength: 4096 }],
  ]),
  ...["providers", "loaded_instances"].map((key): Row => [
    `a window in the first of ${key}`,
    [{ id: "a", [key]: [{ n_ctx: 4096 }, { n_ctx: 1 }] }],
    [{ id: "a", contextLength: 4096 }],
  ]),
  ...["type", "mode", "sub_type", "task"].flatMap((key): Row[] => [
    [`a kind under ${key}`, [{ id: "a", [key]: "Embedding" }], [{ id: "a", capabilities: ["embedding"] }]],
    [`a kind under model_info.${key}`, [{ id: "a", model_info: { [key]: "tts" } }], []],
  ]),
  [
    "kinds by what comes out",
    [
      { id: "a", output_modalities: ["text", "image"] },
      { id: "b", output_modalities: ["image"] },
      { id: "c", architecture: { output_modalities: ["embeddings"] } },
    ],
    [{ id: "a" }, { id: "c", capabilities: ["embedding"] }],
  ],
];

test.each(ROWS.map((row) => ({ what: row[0], row })))("$what", ({ row: [, body, expected] }) => {
  // Absent and undefined members mean the same.
  expect(JSON.parse(JSON.stringify(decodeModels(body)))).toEqual(expected);
});
