/** Model lists of providers, each in its own format, and their decoded models. */
import { expect, test } from "bun:test";
import { decodeModels, nextPage } from "../../src/apis/shared/model-list.ts";

type Row = readonly [host: string, body: unknown, expected: unknown];

const ROWS: readonly Row[] = [
  ["hosts for Codex", { models: [{ slug: "gpt-6", display_name: "GPT 6" }] }, [{ id: "gpt-6" }]],
  ["a list under `result`", { success: true, result: [{ id: "a" }] }, [{ id: "a" }]],
  ["a list in a wrapper", { code: 0, data: { models: [{ id: "a" }] } }, [{ id: "a" }]],
  ["a list in two wrappers is none", { data: { data: { data: [{ id: "a" }] } } }, undefined],
  [
    "OpenAI",
    {
      object: "list",
      data: [
        { id: "gpt-5", object: "model", created: 1754073306, owned_by: "system" },
        { id: "whisper-1" },
        { id: "tts-1-hd" },
        { id: "dall-e-3" },
        { id: "text-embedding-3-small" },
        { id: "omni-moderation-latest" },
      ],
    },
    [
      { id: "gpt-5", createdAtSeconds: 1754073306 },
      { id: "text-embedding-3-small", capabilities: ["embedding"] },
    ],
  ],
  [
    "Together",
    [
      { id: "meta-llama/Llama-3.3-70B-Instruct-Turbo", created: 0, type: "chat", context_length: 131072 },
      { id: "black-forest-labs/FLUX.1", type: "image" },
    ],
    [{ id: "meta-llama/Llama-3.3-70B-Instruct-Turbo", contextLength: 131072 }],
  ],
  [
    "Gemini",
    {
      data: [
        { id: "models/gemini-2.5-flash" },
        { id: "models/gemini-embedding-001" },
        { id: "models/veo-3.0" },
        { id: "models/imagen-4.0" },
      ],
    },
    [{ id: "gemini-2.5-flash" }, { id: "gemini-embedding-001", capabilities: ["embedding"] }],
  ],
  [
    "OpenRouter",
    {
      data: [
        {
          id: "anthropic/claude-sonnet-4.5",
          created: 1759161676,
          context_length: 1000000,
          architecture: { input_modalities: ["text", "image"], output_modalities: ["text"] },
          top_provider: { context_length: 1000000, max_completion_tokens: 64000 },
          supported_parameters: ["tools", "reasoning", "temperature"],
        },
        { id: "x/image-maker", architecture: { output_modalities: ["image"] } },
      ],
    },
    [
      {
        id: "anthropic/claude-sonnet-4.5",
        contextLength: 1000000,
        outputLength: 64000,
        capabilities: ["completion", "tools", "vision", "thinking"],
        createdAtSeconds: 1759161676,
      },
    ],
  ],
  [
    "Mistral",
    {
      data: [
        {
          id: "mistral-large",
          max_context_length: 131072,
          capabilities: {
            completion_chat: true,
            completion_fim: false,
            function_calling: true,
            vision: true,
          },
        },
      ],
    },
    [{ id: "mistral-large", contextLength: 131072, capabilities: ["completion", "tools", "vision"] }],
  ],
  [
    "Groq",
    {
      data: [
        { id: "llama-3.3-70b-versatile", context_window: 131072, max_completion_tokens: 32768, active: true },
      ],
    },
    [{ id: "llama-3.3-70b-versatile", contextLength: 131072, outputLength: 32768 }],
  ],
  [
    "vLLM",
    { data: [{ id: "Qwen/Qwen3-8B", max_model_len: 40960, root: "x", parent: null }] },
    [{ id: "Qwen/Qwen3-8B", contextLength: 40960 }],
  ],
  [
    "llama.cpp",
    { models: [{ name: "m" }], object: "list", data: [{ id: "m", meta: { n_ctx_train: 8192 } }] },
    [{ id: "m", contextLength: 8192 }],
  ],
  [
    "LM Studio",
    {
      data: [
        {
          id: "qwen2-vl",
          type: "vlm",
          max_context_length: 32768,
          loaded_context_length: 4096,
          capabilities: ["tool_use"],
        },
        { id: "nomic", type: "embeddings" },
      ],
    },
    [
      { id: "qwen2-vl", contextLength: 32768, capabilities: ["completion", "tools"] },
      { id: "nomic", capabilities: ["embedding"] },
    ],
  ],
  [
    "LM Studio 1",
    { models: [{ key: "qwen3", type: "llm", max_context_length: 40960 }] },
    [{ id: "qwen3", contextLength: 40960 }],
  ],
  [
    "Copilot",
    {
      data: [
        {
          id: "gpt-5",
          capabilities: {
            limits: { max_context_window_tokens: 128000, max_output_tokens: 64000 },
            supports: { tool_calls: true, vision: true },
          },
        },
      ],
    },
    [
      {
        id: "gpt-5",
        contextLength: 128000,
        outputLength: 64000,
        capabilities: ["completion", "tools", "vision"],
      },
    ],
  ],
  [
    "Hugging Face",
    {
      data: [
        {
          id: "zai-org/GLM-4.6",
          providers: [{ provider: "novita", context_length: 204800, supports_tools: true }],
        },
      ],
    },
    [{ id: "zai-org/GLM-4.6", contextLength: 204800, capabilities: ["completion", "tools"] }],
  ],
  [
    "Venice",
    {
      data: [
        {
          id: "venice",
          model_spec: {
            availableContextTokens: 32768,
            capabilities: { supportsFunctionCalling: true, supportsReasoning: false, supportsVision: true },
          },
        },
      ],
    },
    [{ id: "venice", contextLength: 32768, capabilities: ["completion", "tools", "vision"] }],
  ],
  [
    "GitHub Models",
    [
      {
        id: "openai/gpt-4.1",
        limits: { max_input_tokens: 1048576, max_output_tokens: 32768 },
        supported_input_modalities: ["text", "image"],
        capabilities: ["streaming", "tool-calling"],
      },
    ],
    [
      {
        id: "openai/gpt-4.1",
        contextLength: 1048576,
        outputLength: 32768,
        capabilities: ["completion", "tools", "vision"],
      },
    ],
  ],
  [
    "LiteLLM",
    {
      data: [
        {
          model_name: "gpt-4o",
          model_info: {
            mode: "chat",
            max_input_tokens: 128000,
            supports_vision: true,
            supports_function_calling: true,
          },
        },
        { model_name: "dall-e", model_info: { mode: "image_generation" } },
      ],
    },
    [{ id: "gpt-4o", contextLength: 128000, capabilities: ["completion", "tools", "vision"] }],
  ],
  [
    "numbers as text, ids twice",
    { data: [{ id: "a", context_length: "4096" }, { id: "a" }, {}, null, "b"] },
    [{ id: "a", contextLength: 4096 }, { id: "b" }],
  ],
  ["an empty list in Go", { object: "list", data: null }, []],
  ["an error", { error: { message: "no" } }, undefined],
  ["a page", "<html>", undefined],
];

test.each(ROWS.map((row) => ({ host: row[0], row })))("$host", ({ row: [, body, expected] }) => {
  const models = decodeModels(body);
  // Absent and undefined members mean the same.
  expect(models === undefined ? undefined : JSON.parse(JSON.stringify(models))).toEqual(expected);
});

test.each([
  [{ data: [], has_more: true, last_id: "a/b" }, "after_id=a%2Fb"],
  [{ data: [], has_more: false, last_id: "a" }, undefined],
  [{ data: [], next_page_token: "t" }, "page_token=t"],
  [{ data: [] }, undefined],
])("the page after %j is %p", (body, query) => {
  expect(nextPage(body)).toBe(query);
});
