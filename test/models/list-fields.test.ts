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
  [
    "parameters without `tools` say that the model calls none",
    [
      { id: "a", supported_parameters: ["max_tokens", "temperature"] },
      {
        id: "b",
        supported_parameters: ["max_tokens"],
        architecture: { input_modalities: ["text", "image"] },
      },
    ],
    [
      { id: "a", capabilities: ["completion"], hasNoTools: true },
      { id: "b", capabilities: ["completion", "vision"], hasNoTools: true },
    ],
  ],
  [
    "the file of a model, as llama.cpp describes it",
    [
      {
        id: "a",
        meta: { n_vocab: 151936, n_embd: 1024, n_params: 596049920, size: 1197629440, ftype: "Q4_K - Small" },
      },
      { id: "b", meta: { n_params: 8_000_000_000, ftype: "(guessed) all F32" } },
      { id: "c", meta: { n_params: 751_000, ftype: "IQ2_XXS - 2.0625 bpw" } },
      { id: "d", meta: { n_params: 12, size: -1, ftype: "unknown" } },
      { id: "e", meta: { size: 1.5, ftype: "MXFP4 MoE" } },
      { id: "f", meta: null },
    ],
    [
      {
        id: "a",
        local: {
          sizeBytes: 1197629440,
          format: "gguf",
          parameterSize: "596.05M",
          parameterCount: 596049920,
          quantization: "Q4_K_S",
          embeddingLength: 1024,
        },
      },
      { id: "b", local: { parameterSize: "8B", parameterCount: 8_000_000_000, quantization: "F32" } },
      { id: "c", local: { parameterSize: "751K", parameterCount: 751_000, quantization: "IQ2_XXS" } },
      { id: "d", local: { parameterCount: 12 } },
      { id: "e", local: { quantization: "MXFP4" } },
      { id: "f" },
    ],
  ],
  [
    "the file of a model, as LM Studio describes it",
    [
      { id: "a", arch: "qwen3", compatibility_type: "gguf", quantization: "Q4_K_M" },
      {
        key: "b",
        architecture: "qwen3",
        format: "mlx",
        quantization: { name: "4bit", bits_per_weight: 4 },
        size_bytes: 5027783488,
        params_string: "8B",
      },
    ],
    [
      { id: "a", local: { format: "gguf", family: "qwen3", quantization: "Q4_K_M" } },
      {
        id: "b",
        local: {
          sizeBytes: 5027783488,
          format: "mlx",
          family: "qwen3",
          parameterSize: "8B",
          quantization: "4bit",
        },
      },
    ],
  ],
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
