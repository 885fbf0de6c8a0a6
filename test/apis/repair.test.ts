/** Refusals as hosts send them, and what they teach. */
import { expect, test } from "bun:test";
import { DEFAULT_OPTIONS } from "../../src/options/options.ts";
import { applyFix, findFix } from "../../src/apis/openai/upstream/request-fix.ts";

const BODY = {
  model: "m",
  messages: [{ role: "assistant", content: "x", reasoning_content: "y" }],
  stream: false,
  stream_options: { include_usage: true },
  max_tokens: 9000,
  temperature: 0.2,
  top_k: 40,
  frequency_penalty: 1,
  reasoning_effort: "low",
  prompt_cache_key: "k",
  tools: [{}],
};

test.each([
  [
    "OpenAI renames",
    '{"error":{"message":"Unsupported parameter: \'max_tokens\' is not supported with this model. Use \'max_completion_tokens\' instead.","param":"max_tokens","code":"unsupported_parameter"}}',
    { max_tokens: undefined, max_completion_tokens: 9000 },
  ],
  [
    "OpenAI refuses a value",
    '{"error":{"message":"Unsupported value: \'temperature\' does not support 0.2 with this model. Only the default (1) value is supported.","param":"temperature","code":"unsupported_value"}}',
    { temperature: undefined },
  ],
  [
    "OpenAI does not know",
    '{"error":{"message":"Unrecognized request argument supplied: top_k"}}',
    { top_k: undefined },
  ],
  [
    "Gemini lists all",
    '[{"error":{"message":"Invalid JSON payload received. Unknown name \\"top_k\\": Cannot find field.\\nInvalid JSON payload received. Unknown name \\"frequency_penalty\\": Cannot find field."}}]',
    { top_k: undefined, frequency_penalty: undefined },
  ],
  [
    "Mistral's report",
    '{"message":{"detail":[{"type":"extra_forbidden","loc":["body","stream_options","include_usage"],"msg":"Extra inputs are not permitted"}]}}',
    { stream_options: undefined },
  ],
  [
    "Mistral's report as text",
    '{"message":"[{\\"type\\":\\"extra_forbidden\\",\\"loc\\":[\\"body\\",\\"top_k\\"]}]"}',
    { top_k: undefined },
  ],
  ["Groq's property", '{"error":{"message":"property \'top_k\' is unsupported"}}', { top_k: undefined }],
  [
    "Groq's property of a message",
    "{\"error\":{\"message\":\"'messages.0' : for 'role:assistant' the following must be satisfied[('messages.0' : property 'reasoning_content' is unsupported)]\"}}",
    { messages: [{ role: "assistant", content: "x" }] },
  ],
  [
    "Groq's effort",
    '{"error":{"message":"`reasoning_effort` is not supported with this model"}}',
    { reasoning_effort: undefined },
  ],
  [
    "Cerebras' path",
    '{"message":"messages.0.assistant.reasoning_content: property \'messages.0.assistant.reasoning_content\' is unsupported"}',
    { messages: [{ role: "assistant", content: "x" }] },
  ],
  [
    "NIM's problem",
    '{"detail":"body -> frequency_penalty\\n  Extra inputs are not permitted (type=extra_forbidden)"}',
    { frequency_penalty: undefined },
  ],
  [
    "lines that begin at the margin",
    '{"detail":"body -> frequency_penalty\\nExtra inputs are not permitted"}',
    { frequency_penalty: undefined },
  ],
  [
    "NIM's Python",
    "{\"error\":\"[{'type': 'extra_forbidden', 'loc': ('body', 'prompt_cache_key'), 'msg': 'Extra inputs are not permitted'}]\"}",
    { prompt_cache_key: undefined },
  ],
  [
    "NIM's list",
    '{"message":"Validation: Unsupported parameter(s): top_k, reasoning_effort"}',
    { top_k: undefined, reasoning_effort: undefined },
  ],
  [
    "xAI's camel",
    '{"error":"Model grok does not support parameter reasoningEffort."}',
    { reasoning_effort: undefined },
  ],
  [
    "LiteLLM",
    '{"error":{"message":"litellm.UnsupportedParamsError: x does not support parameters: {\'top_k\': 40}, for model=y"}}',
    { top_k: undefined },
  ],
  ["a limit", '{"error":{"message":"Range of max_tokens should be [1, 8192]"}}', { max_tokens: 8192 }],
  [
    "Groq's limit",
    '{"error":{"message":"`max_tokens` must be less than or equal to `8192`, the maximum value"}}',
    { max_tokens: 8192 },
  ],
  [
    "DashScope wants a stream",
    '{"error":{"message":"This model only support stream mode, please enable the stream parameter to access the model."}}',
    { stream: true },
  ],
])("%s", (_host, text, changes) => {
  const fix = findFix(text, BODY, DEFAULT_OPTIONS);
  expect(fix).toBeDefined();
  const body = fix === undefined ? {} : applyFix(BODY, fix);
  expect(JSON.parse(JSON.stringify(body))).toEqual(JSON.parse(JSON.stringify({ ...BODY, ...changes })));
});

test.each([
  ["names what was not sent", "Unrecognized request argument supplied: min_p"],
  ["names the tools", "Unsupported parameter: 'tools'"],
  ["names the model", "Unsupported value: 'model'"],
  ["is about something else", '{"error":{"message":"prompt is too long"}}'],
])("a refusal that %s teaches nothing", (_what, text) => {
  expect(findFix(text, BODY, DEFAULT_OPTIONS)).toBeUndefined();
});
