/**
 * Presets of server programs, which anybody can run at any address. The signs are from their source code.
 *
 *     {"data":[{"id":"m","owned_by":"llamacpp","meta":{…}}]}                   llama.cpp, tools/server/server-context.cpp
 *     {"data":[{"id":"m","owned_by":"vllm","max_model_len":40960}]}            vLLM, vllm/entrypoints/openai
 *     {"data":[{"id":"m","owned_by":"sglang","max_model_len":40960}]}          SGLang, sglang/srt/entrypoints/openai/protocol.py
 *     {"data":[{"id":"m","object":"model","owned_by":"organization_owner"}]}   LM Studio
 *     {"data":[{"id":"m","owned_by":"me","permissions":[]}]}                   llama-cpp-python, llama_cpp/server/app.py
 *     {"data":[{"id":"m","owned_by":"library"}]}                               Ollama, openai/openai.go
 *     {"data":[{"id":"m","created":1677610602,"owned_by":"openai"}]}           LiteLLM, DEFAULT_MODEL_CREATED_AT_TIME
 */
import {
  type ServerPreset,
  LOCAL_SAMPLERS,
  OPEN_SAMPLERS,
  TEMPLATE_KWARGS,
  TEMPLATE_MODELS,
} from "./preset.ts";

/** These programs pass `reasoning_effort` to the chat template too. */
const TEMPLATE_THINKING = { ...TEMPLATE_KWARGS, effort: true } as const;

export const SERVER_PRESETS: readonly ServerPreset[] = [
  {
    // Ollama. A model of a user has the user's name instead of `library`.
    signs: { ownerOfAny: "library" },
    usualHost: /^(?:localhost|127\.0\.0\.1|\[::1\]):11434$/,
    options: { thinking: "effort", reasoningEfforts: ["none", "low", "medium", "high", "max"] },
  },
  {
    // LM Studio: only the list of its own API has context lengths and capabilities.
    signs: { ownerOfAll: "organization_owner" },
    usualHost: /:1234$/,
    options: {
      samplers: LOCAL_SAMPLERS,
      jsonMode: "json-schema",
      modelsPaths: ["../api/v0/models", "models"],
    },
  },
  {
    // llama.cpp
    signs: { ownerOfAll: "llamacpp", header: ["server", /^llama\.cpp/] },
    usualHost: /:8080$/,
    options: {
      thinking: TEMPLATE_THINKING,
      samplers: { ...LOCAL_SAMPLERS, typical_p: "typical_p", repeat_last_n: "repeat_last_n" },
    },
    models: TEMPLATE_MODELS,
  },
  {
    // llama-cpp-python
    signs: { ownerOfAll: "me" },
    options: { samplers: LOCAL_SAMPLERS },
  },
  ...["vllm", "sglang"].map((owner) => ({
    signs: { ownerOfAll: owner },
    usualHost: /^(?:localhost|127\.0\.0\.1|\[::1\]):(?:8000|30000)$/,
    options: {
      thinking: TEMPLATE_THINKING,
      samplers: OPEN_SAMPLERS,
      prefill: { body: { continue_final_message: true, add_generation_prompt: false } },
    },
    models: TEMPLATE_MODELS,
  })),
  {
    // LiteLLM's proxy: a separate list has the details of each model.
    signs: { dateOfAll: 1_677_610_602 },
    usualHost: /:4000$/,
    options: { modelsPaths: ["../model/info", "models"], thinking: "effort" },
  },
];
