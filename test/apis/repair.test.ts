/** Error responses of providers, and the fixes learned from them. */
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
    "OpenAI unsupportedParams a value",
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
    "Cerebras' path of a field",
    '{"message":"body.top_k: property \'body.top_k\' is unsupported","param":"validation_error"}',
    { top_k: undefined },
  ],
  [
    "Rust's parser",
    '{"error":{"message":"unknown field `top_k`, expected one of `model`"}}',
    { top_k: undefined },
  ],
  ["Go's parser", '{"error":"json: unknown field \\"top_k\\""}', { top_k: undefined }],
  ["Python", '{"error":"create() got an unexpected keyword argument \'top_k\'"}', { top_k: undefined }],
  [
    "a schema's validator",
    '{"error":"Additional properties are not allowed (\'top_k\' was unexpected)"}',
    { top_k: undefined },
  ],
  ["Joi", '{"error":"\\"top_k\\" is not allowed"}', { top_k: undefined }],
  ["xAI's argument", '{"error":"Argument not supported on this model: topK"}', { top_k: undefined }],
  ["plain words", '{"error":"temperature is not supported for this model"}', { temperature: undefined }],
  ["Claude's words", '{"error":"`temperature` is deprecated for this model."}', { temperature: undefined }],
  ["pydantic's words", '{"error":"top_k: Extra inputs are not permitted"}', { top_k: undefined }],
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

test("only a choice of tools that leaves it to the model may go", () => {
  const text = "Unsupported parameter: 'tool_choice' is not supported";
  const fix = findFix(text, { ...BODY, tool_choice: "auto" }, DEFAULT_OPTIONS);
  expect(fix?.drop).toEqual(["tool_choice"]);
  for (const tool_choice of ["required", "none", { type: "function", function: { name: "f" } }]) {
    const body = { ...BODY, tool_choice };
    expect(findFix(text, body, DEFAULT_OPTIONS)).toBeUndefined();
    // Also when the fix was learned from another request.
    if (fix !== undefined) expect(applyFix(body, fix)).toEqual(body);
  }
});

test.each([
  ["names what was not sent", "Unrecognized request argument supplied: min_p"],
  ["names the tools", "Unsupported parameter: 'tools'"],
  ["names the model", "Unsupported value: 'model'"],
  ["is about something else", '{"error":{"message":"prompt is too long"}}'],
])("an error response that %s teaches nothing", (_what, text) => {
  expect(findFix(text, BODY, DEFAULT_OPTIONS)).toBeUndefined();
});

test.each([
  ["max_tokens (9000) exceeds model's maximum output tokens (4096) for model deepseek-v4-pro", 4096],
  ["max_tokens must be at most 4096, got 9000", 4096],
  ["max_tokens must be less than 4097", 4096],
  [
    "max_tokens is too large: 9000. This model supports at most 4096 completion tokens, whereas you provided 9000.",
    4096,
  ],
  [
    "max_tokens: 9000 > 4096, which is the maximum allowed number of output tokens for claude-3-20240229",
    4096,
  ],
  ["The maximum tokens you requested exceeds the model limit of 4,096. Try again with a lower value", 4096],
  [
    "Unable to submit request because it has a maxOutputTokens value of 9000 but the supported range is from 1 (inclusive) to 4097 (exclusive).",
    4096,
  ],
  ["max_tokens 不能大于 4096", 4096],
  [
    "This model's maximum context length is 8192 tokens and your request has 192 input tokens (9000 > 8192 - 192); max_tokens is too large",
    8000,
  ],
  [
    "This model's maximum context length is 8192 tokens. However, you requested 9192 tokens (192 in the messages, 9000 in the completion). Reduce max_tokens.",
    8000,
  ],
  [
    "input length and `max_tokens` exceed context limit: 192 + 9000 > 8192, decrease input length or `max_tokens` and try again",
    8000,
  ],
  [
    "`inputs` tokens + `max_new_tokens` must be <= 8192. Given: 192 `inputs` tokens and 9000 `max_new_tokens`",
    8000,
  ],
])("the limit of a reply is in the words: %s", (message, limit) => {
  expect(findFix(JSON.stringify({ error: { message } }), BODY, DEFAULT_OPTIONS)?.set).toEqual({
    max_tokens: limit,
  });
});

test.each([
  "max_tokens must be at least 16",
  "max_tokens is not valid, code 1210",
  "Rate limit reached for max_tokens: limit 6000 tokens per minute",
  "max_tokens must be greater than thinking.budget_tokens (1024)",
  "This model's maximum context length is 8192 tokens. However, you requested 17192 tokens (8190 in the messages, 9000 in the completion)",
])("no limit of a reply: %s", (message) => {
  expect(findFix(JSON.stringify({ error: { message } }), BODY, DEFAULT_OPTIONS)).toBeUndefined();
});

test.each([
  [
    '{"detail":[{"loc":["body","stop"],"msg":"ensure this value has at most 4 items","ctx":{"limit_value":4}}]}',
    4,
  ],
  ["'stop' : maximum number of items is 4", 4],
  [
    "Invalid 'stop': array too long. Expected an array with maximum length 4, but got an array with length 6 instead.",
    4,
  ],
  ["stop: List should have at most 4 items after validation, not 6", 4],
  ["Too many stop sequences", 4],
  ["'$.stop' is invalid. Please check the API reference", 4],
  ["stopSequences: no more than 5 stop sequences are allowed", 5],
  ["stop conditions must be less than 4", 3],
  ["Length of stop ([2, 16, 2, 1, 3, 3]) exceeds the limit max_stop_seqs_num(5)", 5],
])("the limit of stop sequences is in the words: %s", (text, maxStopSequences) => {
  const body = { ...BODY, stop: ["1", "2", "3", "4", "5", "6"] };
  expect(findFix(text, body, DEFAULT_OPTIONS)?.options).toEqual({ maxStopSequences });
});

test.each([
  ["input batch size 6 > maximum allowed batch size 4", 4],
  ["batch size is invalid, it should not be larger than 4.: input.contents", 4],
  ["The batch size limit is 4. Your batch size is 6.", 4],
  ["'$.input' is invalid: the array must be 4 dimensions or less", 4],
  ["invalid request: total number of texts must be at most 4 - received 6", 4],
  ["4 instance(s) is allowed per prediction. Actual: 6", 4],
  ["at most 4 requests can be in one batch", 4],
  ["Too many inputs in request, split into more batches.", 3],
  ["Too many tokens overall, split into more batches.", 3],
  ["Payload Too Large", 3],
])("the limit of a batch is in the words: %s", (text, maxEmbeddingBatch) => {
  const body = { model: "m", input: ["1", "2", "3", "4", "5", "6"] };
  expect(findFix(text, body, DEFAULT_OPTIONS)?.options).toEqual({ maxEmbeddingBatch });
});

test.each([
  [
    "one text that is too long",
    { input: ["a", "b", "c"] },
    "Invalid 'input[1]': maximum input length is 2 tokens",
  ],
  ["a limit of tokens", { input: ["a", "b", "c"] }, "This model's maximum context length is 2 tokens"],
  ["one list of tokens", { input: [1, 2, 3] }, "input array must have at most 2 items"],
])("no limit of a batch: %s", (_what, body, text) => {
  expect(findFix(text, { model: "m", ...body }, DEFAULT_OPTIONS)).toBeUndefined();
});

test.each([
  "Unsupported value: 'stream' does not support true with this model. Only the default (false) value is supported.",
  "Your organization must be verified to stream this model.",
  "This model does not support streaming",
  "Streaming is not supported for this model",
  "stream: true is not supported",
  "Error in `stream`: `stream` is not supported for this model",
  "Streaming completion is not support yet, please remove 'stream' key value in the request payload.",
  "This model doesn't support tool use in streaming mode.",
])("a model that does not stream is asked for the whole: %s", (text) => {
  const fix = findFix(text, { ...BODY, stream: true }, DEFAULT_OPTIONS);
  expect(fix).toMatchObject({ set: { stream: false }, drop: ["stream_options"] });
  expect(findFix(text, BODY, DEFAULT_OPTIONS)?.set ?? {}).toEqual({});
});

test("an option of streams that is rejected does not end streaming", () => {
  const text = "Unsupported parameter: 'stream_options' is not supported";
  expect(findFix(text, { ...BODY, stream: true }, DEFAULT_OPTIONS)).toMatchObject({
    drop: ["stream_options"],
    set: {},
  });
});
