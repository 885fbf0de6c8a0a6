/** `/v1/chat/completions`: requests and their neutral form. */
import { expect, test } from "bun:test";
import { OPENAI, ONE_MESSAGE, decoderFor, requestErrorOf } from "../support/client-api.ts";

const USER = { role: "user", content: "hi" };
const PLAIN = { model: "[p]-m", messages: [USER] };
const PIXEL = "iVBORw0KGgo=";

const decode = decoderFor(OPENAI, PLAIN);

test("a request of one message asks for nothing else", () => {
  expect(decode({})).toEqual(ONE_MESSAGE);
});

const schema = { type: "object" };
const FIELDS: readonly (readonly [name: string, fields: object, expected: object])[] = [
  ["stream", { stream: true }, { stream: true }],
  [
    "null everywhere",
    { stream: null, tools: null, stop: null, max_tokens: null },
    { stream: false, sampling: {} },
  ],
  ["max_tokens", { max_tokens: 5 }, { sampling: { maxTokens: 5 } }],
  ["max_completion_tokens", { max_tokens: 5, max_completion_tokens: 6 }, { sampling: { maxTokens: 6 } }],
  ["max_tokens without limit", { max_tokens: -1 }, { sampling: {} }],
  ["stop as text", { stop: "x" }, { sampling: { stop: ["x"] } }],
  ["stop as list", { stop: ["x", ""] }, { sampling: { stop: ["x"] } }],
  [
    "sampling",
    { temperature: 0, top_p: 0.5, seed: 1, presence_penalty: 0.1, frequency_penalty: 0.2 },
    { sampling: { temperature: 0, topP: 0.5, seed: 1, presencePenalty: 0.1, frequencyPenalty: 0.2 } },
  ],
  ["json object", { response_format: { type: "json_object" } }, { format: { type: "json" } }],
  ["text format", { response_format: { type: "text" } }, { format: undefined }],
  [
    "json schema",
    { response_format: { type: "json_schema", json_schema: { name: "x", strict: true, schema } } },
    { format: { type: "json-schema", schema, name: "x", strict: true } },
  ],
  ["effort", { reasoning_effort: "minimal" }, { reasoning: "low" }],
  ["no effort", { reasoning_effort: "none" }, { reasoning: "off" }],
  ["nested effort wins", { reasoning: { effort: "xhigh" }, reasoning_effort: "low" }, { reasoning: "max" }],
  ["logprobs", { logprobs: true }, { topLogprobs: 0 }],
  ["top_logprobs", { logprobs: true, top_logprobs: 3 }, { topLogprobs: 3 }],
  ["top_logprobs alone", { top_logprobs: 3 }, { topLogprobs: undefined }],
  ["tool_choice", { tool_choice: "required" }, { toolChoice: "required" }],
  ["one tool", { tool_choice: { type: "function", function: { name: "f" } } }, { toolChoice: { name: "f" } }],
  ["parallel calls", { parallel_tool_calls: false }, { parallelToolCalls: false }],
  [
    "tools",
    { tools: [{ type: "function", function: { name: "f", description: "d", parameters: schema } }] },
    { tools: [{ name: "f", description: "d", parameters: schema }] },
  ],
  ["service fields", { user: "u", metadata: {}, store: true, service_tier: "auto", n: 1 }, { sampling: {} }],
  ["Goose's options", { options: { num_ctx: 8192 } }, { sampling: {} }],
];
test.each(FIELDS)("a request field becomes the neutral one: %s", (_name, fields, expected) => {
  expect(decode(fields)).toMatchObject(expected);
});

const image = { type: "image", mediaType: "image/png", data: PIXEL };
const call = { id: "call_1", type: "function", function: { name: "f", arguments: '{"a":1}' } };
const MESSAGES: readonly (readonly [name: string, message: object, expected: object])[] = [
  ["system", { role: "system", content: "s" }, { role: "system", text: "s" }],
  ["developer", { role: "developer", content: [{ type: "text", text: "s" }] }, { role: "system", text: "s" }],
  ["no content", { role: "user" }, { role: "user", parts: [] }],
  ["null content", { role: "user", content: null }, { role: "user", parts: [] }],
  ["an empty list", { role: "user", content: [] }, { role: "user", parts: [] }],
  [
    "a role of its own",
    { role: "critic", content: "x" },
    { role: "user", parts: [{ type: "text", text: "x" }] },
  ],
  [
    "images in order",
    {
      role: "user",
      content: [
        { type: "text", text: "a" },
        { type: "image_url", image_url: { url: `data:image/png;base64,${PIXEL}` } },
        { type: "image_url", image_url: `data:;base64,${PIXEL}` },
        { type: "image_url", image_url: { url: PIXEL } },
        { type: "image_url", image_url: { url: "https://x.test/a.png" } },
      ],
    },
    {
      role: "user",
      parts: [
        { type: "text", text: "a" },
        image,
        image,
        image,
        { type: "image-url", url: "https://x.test/a.png" },
      ],
    },
  ],
  [
    "audio",
    {
      role: "user",
      content: [
        { type: "input_audio", input_audio: { data: "AAAA", format: "mp3" } },
        { type: "input_audio", input_audio: { data: "data:audio/wav;base64,BBBB", format: "wav" } },
      ],
    },
    {
      role: "user",
      parts: [
        { type: "audio", mediaType: "audio/mpeg", data: "AAAA" },
        { type: "audio", mediaType: "audio/wav", data: "BBBB" },
      ],
    },
  ],
  [
    "files",
    {
      role: "user",
      content: [
        { type: "file", file: { file_data: "data:text/csv;base64,QUJD" } },
        { type: "file", file: { file_data: "QU\nJD" } },
        { type: "file", file: { file_data: "data:;base64,QUJD", filename: "a.txt" } },
      ],
    },
    {
      role: "user",
      parts: [
        { type: "file", mediaType: "text/csv", data: "QUJD", name: "document.csv" },
        { type: "file", mediaType: "application/pdf", data: "QUJD", name: "document.pdf" },
        { type: "file", mediaType: "application/pdf", data: "QUJD", name: "a.txt" },
      ],
    },
  ],
  [
    "a tool call",
    { role: "assistant", content: null, tool_calls: [call] },
    { role: "assistant", text: "", toolCalls: [{ id: "call_1", name: "f", arguments: '{"a":1}' }] },
  ],
  [
    "arguments as an object, no id, no type",
    { role: "assistant", content: "", tool_calls: [{ function: { name: "f", arguments: { a: 1 } } }] },
    { role: "assistant", text: "", toolCalls: [{ name: "f", arguments: '{"a":1}' }] },
  ],
  [
    "no arguments",
    { role: "assistant", tool_calls: [{ id: "", function: { name: "f", arguments: "" } }] },
    { role: "assistant", text: "", toolCalls: [{ name: "f", arguments: "{}" }] },
  ],
  [
    "thinking",
    { role: "assistant", content: "x", reasoning_content: "hm" },
    { role: "assistant", text: "x", reasoning: "hm", toolCalls: [] },
  ],
  [
    "a tool's result",
    { role: "tool", tool_call_id: "call_1", content: "42" },
    { role: "tool", toolCallId: "call_1", parts: [{ type: "text", text: "42" }] },
  ],
  [
    "a tool's result by name",
    { role: "tool", name: "f", content: [{ type: "text", text: "42" }] },
    { role: "tool", toolName: "f", parts: [{ type: "text", text: "42" }] },
  ],
];
test.each(MESSAGES)("a message is read as clients write it: %s", (_name, message, expected) => {
  expect(decode({ messages: [message] })).toMatchObject({ messages: [expected] });
});

const parts = (part: object): object => ({ messages: [{ role: "user", content: [part] }] });
const REFUSED: readonly (readonly [fields: object, expected: string])[] = [
  [{ messages: [] }, "bad-request 400 [] is too short - 'messages'"],
  [{ messages: undefined }, "bad-request 400 [] is too short - 'messages'"],
  [{ model: "" }, "invalid-name 400 model is required"],
  [
    { stream: "yes" },
    "bad-request 400 json: cannot unmarshal string into Go struct field ChatCompletionRequest.stream of type bool",
  ],
  [
    { messages: [USER, { role: "user", content: 1 }] },
    'bad-request 400 Cannot read the request: "messages[1].content" must be a string or a list, got a number',
  ],
  [
    { tools: [{ function: {} }] },
    'bad-request 400 Cannot read the request: "tools[0].function.name" must be set, got nothing',
  ],
  [{ top_logprobs: 21 }, "bad-request 400 top_logprobs must be between 0 and 20"],
  [
    { reasoning_effort: "huge" },
    'bad-request 400 invalid reasoning value: "huge" (must be "minimal", "low", "medium", "high", "xhigh", "ultra", "max", or "none")',
  ],
  [parts({ type: "image_url" }), "bad-request 400 invalid image input"],
  [parts({ type: "image_url", image_url: { url: "file:///a.png" } }), "bad-request 400 invalid image input"],
  [parts({ type: "input_audio", input_audio: { data: "AA" } }), "bad-request 400 invalid input_audio format"],
  [
    parts({ type: "input_audio", input_audio: { data: "AA", format: "" } }),
    "bad-request 400 invalid input_audio format",
  ],
  [parts({ type: "odd" }), "bad-request 400 invalid message format"],
  [parts({ type: "file", file: {} }), "unsupported 400 file inputs are not currently supported"],
  [
    { messages: [{ role: "assistant", tool_calls: [{ function: { name: "f", arguments: "{" } }] }] },
    "bad-request 400 invalid tool call arguments",
  ],
  [
    { n: 2 },
    'unsupported 400 Cannot forward "n": this model supports one reply per request; send the request again for another reply',
  ],
  [
    { modalities: ["text", "audio"], audio: { voice: "x" } },
    'unsupported 400 Cannot forward "modalities": this model supports only text replies',
  ],
  [
    { logit_bias: { 5: 1 } },
    'unsupported 400 Cannot forward "logit_bias": this model supports no bias; remove it',
  ],
  [
    { web_search_options: {} },
    'unsupported 400 Cannot forward "web_search_options": this model supports web search only as one of the "tools"',
  ],
  [{ functions: [{}] }, 'unsupported 400 Cannot forward "functions": this model supports "tools" instead'],
  [
    { tools: [{ type: "custom", custom: { name: "x" } }] },
    'unsupported 400 Cannot forward "tools of type custom": this model supports tools of type "function"',
  ],
];
test.each(REFUSED)("a request that cannot be answered is rejected in plain words: %j", (fields, expected) => {
  expect(requestErrorOf(OPENAI, { ...PLAIN, ...fields })).toBe(expected);
});

test("a body that is no object is rejected", () => {
  expect(requestErrorOf(OPENAI, [])).toBe(
    "bad-request 400 json: cannot unmarshal array into Go value of type openai.ChatCompletionRequest",
  );
});
