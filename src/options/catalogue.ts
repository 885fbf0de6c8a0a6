/**
 * The catalogue of provider options, which describe how OpenAI-compatible providers differ.
 *
 * There is one row per option, under its name in the configuration. The type and the defaults in `options.ts`, the schema of `options:`,
 * the table in the README and the JSON schema for editors are derived from the rows. To add an option, add a row here, and read the option
 * where it takes effect. Code uses the same name in camelCase.
 */
import * as v from "valibot";
import { MAPPING_EXPECTED, count, fields, flag, number, oneOf, option, text, words } from "./option-row.ts";

export const OPTIONS = {
  // The request
  max_tokens_field: option(
    oneOf("max_tokens", "max_completion_tokens"),
    "max_tokens",
    "the field that limits the length of a reply",
  ),
  requires_max_tokens: option(flag, false, "rejects a request without that limit", {
    former: { name: "needs_max_tokens" },
  }),
  seed_field: option(oneOf("seed", "random_seed"), "seed", "the field for the seed"),
  usage_always_sent: option(flag, false, "always sends usage; may reject `stream_options`", {
    former: { name: "sends_usage_unasked" },
  }),
  thinking_requires_stream: option(flag, false, "reasons only in streamed replies, so these are requested", {
    former: { name: "streams", values: { "as-asked": false, thinking: true } },
  }),
  samplers: option(
    v.object({
      top_k: v.optional(text),
      min_p: v.optional(text),
      typical_p: v.optional(text),
      repeat_penalty: v.optional(text),
      repeat_last_n: v.optional(text),
    }),
    {},
    "the supported sampling parameters beyond those of OpenAI, each with the provider's name for it",
    {
      examples: [
        {
          top_k: "top_k",
          min_p: "min_p",
          typical_p: "typical_p",
          repeat_penalty: "repetition_penalty",
          repeat_last_n: "repeat_last_n",
        },
      ],
    },
  ),
  unsupported_params: option(words, [], "fields that are not sent", {
    examples: [["seed", "top_p"]],
    former: { name: "refuses" },
  }),
  max_stop_sequences: option(
    number,
    undefined,
    "the largest number of stop sequences. Further ones are left out",
    {
      examples: [4],
      former: { name: "most_stops" },
    },
  ),
  max_temperature: option(number, undefined, "the highest temperature. Higher values are lowered to it", {
    examples: [1],
    former: { name: "largest_temperature" },
  }),

  // Thinking
  thinking: option(
    v.union(
      [
        v.picklist(["unknown", "none", "effort", "reasoning-object", "budget"]),
        v.object({ on: fields, off: fields, effort: v.optional(flag) }),
      ],
      "Expected unknown, none, effort, reasoning-object, budget, or the fields to send as {on: {…}, off: {…}}",
    ),
    "unknown",
    "how reasoning is switched on and off: not at all, by `reasoning_effort`, by `reasoning`, by `thinking` with a budget, or by the given " +
      "fields. `effort: true` beside these sends `reasoning_effort` too. With `unknown` it is only switched off, by `reasoning_effort`, for " +
      "models that the configuration or the provider says can think",
    {
      examples: [
        "none",
        "effort",
        "reasoning-object",
        "budget",
        { on: { think: true }, off: { think: false } },
      ],
    },
  ),
  reasoning_efforts: option(words, undefined, "the supported reasoning efforts", {
    examples: [["low", "medium", "high"]],
    former: { name: "efforts" },
  }),
  reasoning_history_field: option(
    text,
    undefined,
    "the field for the reasoning of earlier messages. Without it, none is sent back",
    { examples: ["reasoning_content"], former: { name: "reasoning_history" } },
  ),
  reasoning_history_placeholder: option(
    text,
    undefined,
    "the placeholder beside tool calls when the original reasoning is unavailable",
    { examples: [" "], former: { name: "reasoning_filler" } },
  ),
  missing_thought_signature: option(
    fields,
    undefined,
    "the `extra_content` of a tool call when the original is unavailable",
    { examples: [{ google: { thought_signature: "none" } }], former: { name: "call_extra_filler" } },
  ),

  // Formats and tools
  json_schema_mode: option(
    oneOf("json-schema", "json-object", "instruct"),
    "json-schema",
    "how a JSON schema is requested. `instruct`: in the prompt",
    { former: { name: "schema" } },
  ),
  json_mode: option(
    oneOf("json-object", "json-schema", "instruct"),
    "json-object",
    "how JSON without a schema is requested. `instruct`: in the prompt",
    { former: { name: "plain_json" } },
  ),
  tool_call_id_format: option(
    oneOf("any", "alnum9", "word"),
    "any",
    "the accepted ids of tool calls. `alnum9`: nine letters or digits; `word`: letters, digits, `_` and `-`",
    { former: { name: "tool_ids", values: { nine: "alnum9" } } },
  ),
  tool_schemas: option(
    oneOf("as-sent", "simplified"),
    "as-sent",
    "`simplified`: tool schemas are reduced to the most widely supported keywords",
    { former: { values: { plain: "simplified" } } },
  ),
  supports_strict_tools: option(flag, true, "supports `strict` in tools", {
    former: { name: "strict_tools" },
  }),

  // The conversation
  requires_tools_with_tool_history: option(
    flag,
    false,
    "requires `tools` if the conversation contains tool calls",
    { former: { name: "tools_with_history" } },
  ),
  empty_content: option(
    oneOf("as-sent", "text", "null", "absent"),
    "as-sent",
    "the `content` of a message that contains only tool calls. `text`: empty text, also in place of any `null`. `as-sent`: as the client sent it",
  ),
  role_names: option(
    v.pipe(v.record(v.string(), text, MAPPING_EXPECTED), v.readonly()),
    {},
    "the names for roles that the provider does not support by their usual name",
    { examples: [{ developer: "system" }] },
  ),
  rejects_null_fields: option(flag, false, "rejects optional fields that are `null`, so these are left out"),
  rejects_empty_assistant_messages: option(
    flag,
    false,
    "rejects an assistant message without text and tool calls, so it is left out",
  ),
  single_leading_system_message: option(flag, false, "accepts only one system message, at the beginning", {
    former: { name: "system_first" },
  }),
  requires_user_message: option(flag, false, "rejects a conversation without a user message", {
    former: { name: "needs_user" },
  }),
  requires_assistant_after_tool_result: option(
    flag,
    false,
    "rejects a user message directly after a tool result",
    { former: { name: "bridges_tool_to_user" } },
  ),
  requires_alternating_roles: option(flag, false, "rejects two consecutive messages with the same role", {
    former: { name: "merges_roles" },
  }),
  prefill: option(
    v.object({ message: v.optional(fields), body: v.optional(fields) }),
    {},
    "the fields that mark the last assistant message as the beginning of the reply",
    { examples: [{ message: { prefix: true } }, { body: { continue_final_message: true } }] },
  ),

  // The reply
  echoes_prefill: option(flag, false, "repeats that message at the beginning of its reply"),
  cumulative_deltas: option(flag, false, "sends the whole text so far in every chunk", {
    former: { name: "cumulative" },
  }),
  think_tags: option(
    oneOf("auto", "opened", "never"),
    "auto",
    "whether a reply may begin with reasoning in tags (`auto`), begins within such reasoning (`opened`), or never contains it",
  ),

  // Anthropic's API
  betas: option(words, [], "the beta features of Anthropic's API that requests ask for (`anthropic-beta`)", {
    examples: [["context-1m-2025-08-07"]],
  }),
  cache_breakpoints: option(
    flag,
    true,
    "marks tools, the system prompt and the latest messages for the prompt cache (`cache_control`), in Anthropic's API",
  ),
  count_tokens: option(
    oneOf("relay", "estimate"),
    "relay",
    "whether Anthropic's `/messages/count_tokens` is forwarded to the provider, or answered with an estimate",
  ),

  // OpenAI's Responses API
  chat_api: option(
    oneOf("completions", "responses"),
    "completions",
    "the API that answers chats: `/chat/completions` or `/responses`",
  ),
  reasoning_summary: option(
    oneOf("auto", "concise", "detailed", "none"),
    "auto",
    "how much of its reasoning the model shows. `none`: requests do not ask for it",
  ),

  // The API
  max_embedding_batch: option(count, 64, "the largest number of texts in one embeddings request", {
    examples: [1],
    former: { name: "embed_batch" },
  }),
  auth: option(
    oneOf("bearer", "api-key", "x-api-key", "anthropic"),
    "bearer",
    "the header that contains the API key. `anthropic`: both `bearer` and `x-api-key`",
  ),
  responses: option(
    oneOf("translate", "relay"),
    "translate",
    "`relay`: requests to `/v1/responses` are forwarded to the provider's own `/responses`",
  ),
  completions_path: option(text, "completions", "the path for text completions, relative to the base URL", {
    examples: ["beta/completions"],
  }),
  models_paths: option(
    words,
    ["models"],
    "the paths where the model list may be. The first one that responds is used",
    { examples: [["models", "v1/models"]], former: { name: "model_lists" } },
  ),
} as const;
