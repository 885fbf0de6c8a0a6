/** `/v1/messages`: requests and their neutral form. */
import { expect, test } from "bun:test";
import { countTokens } from "../../src/apis/anthropic/client/request.ts";
import { ANTHROPIC, ONE_MESSAGE, decoderFor, requestErrorOf } from "../support/client-api.ts";

const PLAIN = { model: "[p]-m", max_tokens: 100, messages: [{ role: "user", content: "hi" }] };
const PIXEL = "iVBORw0KGgo=";

const decode = decoderFor(ANTHROPIC, PLAIN);

test("a request of one message asks for nothing else", () => {
  expect(decode({})).toEqual({ ...ONE_MESSAGE, sampling: { maxTokens: 100 } });
});

/** A shortened request of Claude Code. */
const CLAUDE_CODE = {
  model: "[p]-m",
  max_tokens: 32000,
  stream: true,
  thinking: { type: "adaptive" },
  output_config: { effort: "xhigh" },
  context_management: { edits: [{ type: "clear_thinking_20251015", keep: "all" }] },
  metadata: { user_id: "user_0_account__session_0" },
  system: [
    { type: "text", text: "x-anthropic-billing-header: cc_version=2.1.197.0; cc_entrypoint=cli; cch=00000;" },
    { type: "text", text: "You are Claude Code.", cache_control: { type: "ephemeral" } },
    { type: "text", text: "Be brief.", cache_control: { type: "ephemeral", ttl: "1h" } },
  ],
  tools: [
    {
      name: "Bash",
      description: "Runs a command",
      input_schema: { $schema: "x", type: "object", properties: { command: { type: "string" } } },
    },
    { type: "web_search_20250305", name: "web_search", max_uses: 8 },
  ],
  tool_choice: { type: "auto", disable_parallel_tool_use: true },
  messages: [
    {
      role: "user",
      content: [
        { type: "text", text: "<system-reminder>\nToday\n</system-reminder>" },
        { type: "text", text: "list files", cache_control: { type: "ephemeral" } },
      ],
    },
    {
      role: "assistant",
      content: [
        { type: "thinking", thinking: "hm", signature: "c2ln" },
        { type: "text", text: "Sure" },
        { type: "tool_use", id: "toolu_1", name: "Bash", input: { command: "ls" } },
        { type: "tool_use", id: "toolu_2", name: "Bash", input: {} },
      ],
    },
    {
      role: "user",
      content: [
        { type: "text", text: "go on" },
        { type: "tool_result", tool_use_id: "toolu_1", content: "a.txt", is_error: false },
        {
          type: "tool_result",
          tool_use_id: "toolu_2",
          is_error: true,
          content: [
            { type: "text", text: "no command" },
            { type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } },
          ],
        },
      ],
    },
  ],
};

test("Claude Code's request is read whole", () => {
  expect(ANTHROPIC.decodeRequest(CLAUDE_CODE).chat).toEqual({
    model: "[p]-m",
    messages: [
      { role: "system", text: "You are Claude Code.\n\nBe brief." },
      {
        role: "user",
        parts: [
          { type: "text", text: "<system-reminder>\nToday\n</system-reminder>" },
          { type: "text", text: "list files" },
        ],
      },
      {
        role: "assistant",
        text: "Sure",
        reasoning: "hm",
        signature: "c2ln",
        toolCalls: [
          { id: "toolu_1", name: "Bash", arguments: '{"command":"ls"}' },
          { id: "toolu_2", name: "Bash", arguments: "{}" },
        ],
      },
      { role: "tool", toolCallId: "toolu_1", parts: [{ type: "text", text: "a.txt" }] },
      {
        role: "tool",
        toolCallId: "toolu_2",
        parts: [
          { type: "text", text: "Error: " },
          { type: "text", text: "no command" },
          { type: "image", mediaType: "image/png", data: PIXEL },
        ],
      },
      { role: "user", parts: [{ type: "text", text: "go on" }] },
    ],
    stream: true,
    tools: [
      {
        name: "Bash",
        description: "Runs a command",
        parameters: { $schema: "x", type: "object", properties: { command: { type: "string" } } },
      },
    ],
    toolChoice: "auto",
    parallelToolCalls: false,
    sampling: { maxTokens: 32000 },
    reasoning: "high",
  });
});

const tools = [{ name: "f", input_schema: { type: "object" } }];
const FIELDS: readonly (readonly [name: string, fields: object, expected: object])[] = [
  ["system as text", { system: "s" }, { messages: [{ role: "system", text: "s" }, { role: "user" }] }],
  [
    "sampling",
    { temperature: 0, top_p: 0.5, top_k: 3, stop_sequences: ["x", ""] },
    { sampling: { temperature: 0, topP: 0.5, topK: 3, stop: ["x"] } },
  ],
  ["thinking", { thinking: { type: "enabled", budget_tokens: 1024 } }, { reasoning: "on" }],
  ["no thinking", { thinking: { type: "disabled" }, output_config: { effort: "max" } }, { reasoning: "off" }],
  ["effort", { output_config: { effort: "low" } }, { reasoning: "low" }],
  [
    "a schema",
    { output_config: { format: { type: "json_schema", schema: { type: "object" } } } },
    { format: { type: "json-schema", schema: { type: "object" } } },
  ],
  [
    "a schema by its older name",
    { output_format: { type: "json_schema", schema: {} } },
    { format: { type: "json-schema", schema: {} } },
  ],
  ["any tool", { tools, tool_choice: { type: "any" } }, { toolChoice: "required" }],
  ["no tool", { tools, tool_choice: { type: "none" } }, { toolChoice: "none" }],
  ["one tool", { tools, tool_choice: { type: "tool", name: "f" } }, { toolChoice: { name: "f" } }],
  [
    "a tool that Anthropic runs",
    {
      tools: [{ type: "web_search_20250305", name: "web_search" }],
      tool_choice: { type: "tool", name: "web_search" },
    },
    { tools: [], toolChoice: undefined },
  ],
];

test.each(FIELDS)("a request field becomes the neutral one: %s", (_name, fields, expected) => {
  expect(decode(fields)).toMatchObject(expected);
});

const user = (block: object): object => ({ messages: [{ role: "user", content: [block] }] });
const assistant = (block: object): object => ({ messages: [{ role: "assistant", content: [block] }] });
const REFUSED: readonly (readonly [fields: object, expected: string])[] = [
  [{ model: undefined }, "bad-request 400 model is required"],
  [{ max_tokens: undefined }, "bad-request 400 max_tokens is required and must be positive"],
  [{ max_tokens: 0 }, "bad-request 400 max_tokens is required and must be positive"],
  [{ messages: [] }, "bad-request 400 messages is required"],
  [
    { messages: 1 },
    "bad-request 400 json: cannot unmarshal number into Go struct field MessagesRequest.messages of type []anthropic.MessageParam",
  ],
  [
    { tools: [{ name: "f", input_schema: "x" }] },
    'bad-request 400 Cannot read the request: "tools[0].input_schema" must be an object, got a string',
  ],
  [user({ type: "image" }), "bad-request 400 invalid image source"],
  [user({ type: "image", source: { type: "base64" } }), "bad-request 400 invalid image source"],
  [user({ type: "image", source: { type: "url" } }), "bad-request 400 invalid image source"],
  [user({ type: "image", source: { type: "url", url: "ftp://x" } }), "bad-request 400 invalid image input"],
  [
    user({ type: "image", source: { type: "file", file_id: "f" } }),
    "unsupported 400 invalid image source type: file. Only base64 images and URLs are supported.",
  ],
  [
    user({ type: "document", source: { type: "file", file_id: "f" } }),
    'unsupported 400 Cannot forward a document by its "file": only Anthropic can load it; send its content',
  ],
  [
    user({ type: "document", source: {} }),
    'unsupported 400 Cannot forward a document by its "unknown": only Anthropic can load it; send its content',
  ],
  [assistant({ type: "tool_use", name: "f" }), "bad-request 400 tool_use block missing required 'id' field"],
  [assistant({ type: "tool_use", id: "t" }), "bad-request 400 tool_use block missing required 'name' field"],
  [
    { tools: [{ type: "bash_20250124", name: "bash" }] },
    'unsupported 400 Cannot forward the tool "bash" of type "bash_20250124": only Anthropic\'s models support it; give it an "input_schema"',
  ],
  [
    { mcp_servers: [{}] },
    'unsupported 400 Cannot forward "mcp_servers": only Anthropic can connect to them; send their tools as "tools"',
  ],
  [
    { tools, tool_choice: { type: "odd" } },
    'bad-request 400 Cannot read the request: "tool_choice.type" must be "auto", "any", "tool" or "none", got "odd"',
  ],
];

test.each(REFUSED)("a request that cannot be answered is rejected in plain words: %j", (fields, expected) => {
  expect(requestErrorOf(ANTHROPIC, { ...PLAIN, ...fields })).toBe(expected);
});

test("tokens are guessed from text, tools and pictures, without max_tokens", () => {
  const request = {
    model: "m",
    system: "s".repeat(40),
    messages: [{ role: "user", content: "u".repeat(40) }],
  };
  expect(countTokens(request)).toEqual({ input_tokens: 20 });
  const image = { type: "image", source: { type: "base64", media_type: "image/png", data: PIXEL } };
  expect(countTokens({ ...request, messages: [{ role: "user", content: [image] }] })).toEqual({
    input_tokens: 1510,
  });
  expect(countTokens({ ...request, tools: [{ name: "f", description: "d".repeat(400) }] }).input_tokens).toBe(
    128,
  );
});
