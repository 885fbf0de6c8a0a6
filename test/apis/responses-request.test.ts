/** `/v1/responses`: requests and their neutral form. */
import { expect, test } from "bun:test";
import { RESPONSES_API, ONE_MESSAGE, decoderFor, requestErrorOf } from "../support/client-api.ts";

const PLAIN = { model: "[p]-m", input: "hi" };

const decode = decoderFor(RESPONSES_API, PLAIN);

test("a request of one message asks for nothing else", () => {
  expect(decode({})).toEqual(ONE_MESSAGE);
});

/** A shortened request of Codex. */
const CODEX = {
  model: "[p]-m",
  instructions: "You are Codex.",
  input: [
    {
      type: "message",
      role: "developer",
      content: [{ type: "input_text", text: "<permissions>" }],
    },
    {
      type: "message",
      role: "user",
      content: [
        { type: "input_text", text: "list files" },
        { type: "input_image", image_url: "data:image/png;base64,iVBORw0KGgo=", detail: "high" },
      ],
    },
    {
      type: "reasoning",
      summary: [{ type: "summary_text", text: "hm" }],
      content: null,
      encrypted_content: "c2ln",
    },
    {
      type: "message",
      role: "assistant",
      content: [{ type: "output_text", text: "Looking" }],
      phase: "commentary",
    },
    { type: "function_call", name: "exec_command", arguments: '{"cmd":"ls"}', call_id: "call_1" },
    { type: "function_call", name: "read", namespace: "mcp__files", arguments: "{}", call_id: "call_2" },
    {
      type: "custom_tool_call",
      status: "completed",
      call_id: "call_3",
      name: "apply_patch",
      input: "*** Begin",
    },
    { type: "function_call_output", call_id: "call_1", output: "a.txt" },
    {
      type: "function_call_output",
      call_id: "call_2",
      output: [
        { type: "input_text", text: "A" },
        { type: "input_image", image_url: "data:image/png;base64,iVBORw0KGgo=" },
      ],
    },
    { type: "custom_tool_call_output", call_id: "call_3", output: "done" },
    { type: "web_search_call", status: "completed", action: { type: "search", query: "x" } },
  ],
  tools: [
    {
      type: "function",
      name: "exec_command",
      description: "Runs a command",
      strict: false,
      parameters: { type: "object", properties: { cmd: { type: "string" } } },
    },
    {
      type: "namespace",
      name: "mcp__files",
      description: "Files",
      tools: [{ type: "function", name: "read", strict: false, parameters: { type: "object" } }],
    },
    {
      type: "custom",
      name: "apply_patch",
      description: "Edits files",
      format: { type: "grammar", syntax: "lark", definition: "start: x" },
    },
    { type: "web_search", external_web_access: false },
  ],
  tool_choice: "auto",
  parallel_tool_calls: true,
  reasoning: { effort: "medium", summary: "auto" },
  store: false,
  stream: true,
  include: ["reasoning.encrypted_content"],
  prompt_cache_key: "0",
  client_metadata: { "x-codex-installation-id": "0" },
};

const IMAGE = { type: "image", mediaType: "image/png", data: "iVBORw0KGgo=" } as const;

test("Codex's request is read whole", () => {
  expect(RESPONSES_API.decodeRequest(CODEX).chat).toEqual({
    model: "[p]-m",
    messages: [
      { role: "system", text: "You are Codex." },
      { role: "system", text: "<permissions>" },
      { role: "user", parts: [{ type: "text", text: "list files" }, IMAGE] },
      {
        role: "assistant",
        text: "Looking",
        reasoning: "hm",
        signature: "c2ln",
        toolCalls: [
          { id: "call_1", name: "exec_command", arguments: '{"cmd":"ls"}' },
          { id: "call_2", name: "mcp__files__read", arguments: "{}" },
          { id: "call_3", name: "apply_patch", arguments: '{"input":"*** Begin"}' },
        ],
      },
      { role: "tool", toolCallId: "call_1", parts: [{ type: "text", text: "a.txt" }] },
      { role: "tool", toolCallId: "call_2", parts: [{ type: "text", text: "A" }, IMAGE] },
      { role: "tool", toolCallId: "call_3", parts: [{ type: "text", text: "done" }] },
    ],
    stream: true,
    tools: [
      {
        name: "exec_command",
        description: "Runs a command",
        strict: false,
        parameters: { type: "object", properties: { cmd: { type: "string" } } },
      },
      { name: "mcp__files__read", strict: false, parameters: { type: "object" } },
      {
        name: "apply_patch",
        description: "Edits files\n\nThe input must match this lark grammar:\nstart: x",
        parameters: {
          type: "object",
          properties: { input: { type: "string", description: "The input of the tool, as plain text" } },
          required: ["input"],
          additionalProperties: false,
        },
      },
    ],
    toolChoice: "auto",
    parallelToolCalls: true,
    sampling: {},
    reasoning: "medium",
  });
});

const tools = [{ type: "function", name: "f" }];
const schema = { type: "object" };
const FIELDS: readonly (readonly [name: string, fields: object, expected: object])[] = [
  [
    "sampling",
    { temperature: 0, top_p: 0.5, max_output_tokens: 5 },
    { sampling: { temperature: 0, topP: 0.5, maxTokens: 5 } },
  ],
  ["effort", { reasoning: { effort: "none" } }, { reasoning: "off" }],
  ["json", { text: { format: { type: "json_object" } } }, { format: { type: "json" } }],
  ["plain text", { text: { format: { type: "text" }, verbosity: "low" } }, { format: undefined }],
  [
    "a schema",
    { text: { format: { type: "json_schema", name: "x", strict: true, schema } } },
    { format: { type: "json-schema", name: "x", strict: true, schema } },
  ],
  ["logprobs", { include: ["message.output_text.logprobs"] }, { topLogprobs: 0 }],
  ["top_logprobs", { top_logprobs: 2 }, { topLogprobs: 2 }],
  ["a required tool", { tools, tool_choice: "required" }, { toolChoice: "required" }],
  ["one tool", { tools, tool_choice: { type: "function", name: "f" } }, { toolChoice: { name: "f" } }],
  [
    "tools that OpenAI runs",
    { tools: [{ type: "web_search" }], tool_choice: "auto", parallel_tool_calls: true },
    { tools: [], toolChoice: undefined, parallelToolCalls: undefined },
  ],
  [
    "null everywhere",
    { instructions: null, tools: null, reasoning: null, previous_response_id: null },
    { tools: [] },
  ],
];

test.each(FIELDS)("a request field becomes the neutral one: %s", (_name, fields, expected) => {
  expect(decode(fields)).toMatchObject(expected);
});

const INPUTS: readonly (readonly [name: string, input: readonly object[], expected: readonly object[]])[] = [
  [
    "a message without a type",
    [{ role: "user", content: "x" }],
    [{ role: "user", parts: [{ type: "text", text: "x" }] }],
  ],
  ["a system message", [{ role: "system", content: "x" }], [{ role: "system", text: "x" }]],
  [
    "a message between a call and its result",
    [
      { type: "function_call", call_id: "c", name: "f", arguments: "" },
      { role: "assistant", content: [{ type: "refusal", refusal: "x" }] },
      { type: "function_call_output", call_id: "c", output: "" },
    ],
    [
      { role: "assistant", text: "x", toolCalls: [{ id: "c", name: "f", arguments: "{}" }] },
      { role: "tool", toolCallId: "c", parts: [] },
    ],
  ],
  [
    "two messages of the assistant",
    [
      { role: "assistant", content: "x" },
      { role: "assistant", content: "y" },
    ],
    [{ role: "assistant", text: "x\n\ny" }],
  ],
  [
    "a namespace that ends in underscores",
    [{ type: "function_call", call_id: "c", namespace: "mcp__x__", name: "f", arguments: "{}" }],
    [{ role: "assistant", toolCalls: [{ name: "mcp__x__f" }] }],
  ],
];

test.each(INPUTS)("an input is read as clients write it: %s", (_name, input, expected) => {
  expect(decode({ input })).toMatchObject({ messages: expected });
});

const part = (content: object): object => ({ input: [{ role: "user", content: [content] }] });
const REFUSED: readonly (readonly [fields: object, expected: string])[] = [
  [{ model: undefined }, "invalid-name 400 model is required"],
  [
    { input: 1 },
    "bad-request 400 input must be a string or array: json: cannot unmarshal number into Go value of type []json.RawMessage",
  ],
  [{ input: [{ type: "odd" }] }, 'bad-request 400 input[0]: unknown input item type: "odd"'],
  [
    { input: [{ type: "item_reference", id: "x" }] },
    'bad-request 400 input[0]: unknown input item type: "item_reference"',
  ],
  [{ input: [{}] }, "bad-request 400 input[0]: input item missing required 'type' field"],
  [part({ type: "odd" }), "bad-request 400 content[0]: unknown content type: odd"],
  [part({ type: "input_file" }), "unsupported 400 file inputs are not currently supported"],
  [part({ type: "input_image", file_id: "f" }), "bad-request 400 invalid image input"],
  [
    { input: [{ type: "function_call", name: "f", arguments: "{" }] },
    "bad-request 400 invalid tool call arguments",
  ],
  [{ top_logprobs: 21 }, "bad-request 400 top_logprobs must be between 0 and 20"],
  [{ tools: [{ type: "function" }] }, "bad-request 400 Cannot read the tools: every tool needs a name"],
  [
    { tools: [{ type: "local_shell" }] },
    'unsupported 400 Cannot forward the tool of type "local_shell": only OpenAI\'s models support it; offer it as a function',
  ],
  [
    { tools, tool_choice: { type: "allowed_tools", mode: "auto", tools } },
    'unsupported 400 Cannot forward "tool_choice": this model supports "auto", "none", "required" or the name of a function',
  ],
  [
    { previous_response_id: "resp_1" },
    'unsupported 400 Cannot forward "previous_response_id": this model supports only the whole conversation in "input", because replies are not stored',
  ],
  [
    { background: true },
    'unsupported 400 Cannot forward "background": this model supports only requests without "background"',
  ],
];

test.each(REFUSED)("a request that cannot be answered is rejected in plain words: %j", (fields, expected) => {
  expect(requestErrorOf(RESPONSES_API, { ...PLAIN, ...fields })).toBe(expected);
});
