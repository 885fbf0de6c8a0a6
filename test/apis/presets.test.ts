/** The requests that known providers get for the same client request. Each row is a preset and its changes. */
import { expect, test } from "bun:test";
import type { ChatRequest } from "../../src/chat/request.ts";
import { OPENAI_OPTIONS as OPENAI } from "../../src/options/openai.ts";
import { resolveOptions } from "../../src/options/resolve.ts";
import { encodeRequest } from "../../src/apis/openai/upstream/request.ts";

const REQUEST: ChatRequest = {
  model: "m",
  messages: [{ role: "user", parts: [{ type: "text", text: "hi" }] }],
  stream: true,
  tools: [],
  sampling: {
    maxTokens: 64,
    temperature: 1.5,
    topK: 40,
    minP: 0.1,
    repeatPenalty: 1.1,
    seed: 7,
    frequencyPenalty: 0.5,
    stop: ["a", "b", "c", "d", "e"],
  },
  reasoning: "high",
};

function bodyFor(host: string, model: string, changes: Partial<ChatRequest> = {}) {
  return encodeRequest({ ...REQUEST, ...changes }, model, resolveOptions(OPENAI, { host }, model, {})).body;
}

const KWARGS = { chat_template_kwargs: { enable_thinking: true }, reasoning_effort: "high" };

const PLAIN = {
  messages: [{ role: "user", content: "hi" }],
  stream: true,
  stream_options: { include_usage: true },
  max_tokens: 64,
  temperature: 1.5,
  seed: 7,
  stop: ["a", "b", "c", "d", "e"],
  frequency_penalty: 0.5,
};
const four = ["a", "b", "c", "d"];

/** `changes` is against `PLAIN`; null: the field is omitted. */
type Row = readonly [host: string, model: string, changes: { readonly [field: string]: unknown }];

const ROWS: readonly Row[] = [
  ["unknown.example.com", "m", {}],
  ["api.openai.com", "gpt-4.1", { stop: four, reasoning_effort: "high" }],
  [
    "api.openai.com",
    "gpt-5",
    {
      stop: four,
      reasoning_effort: "high",
      max_tokens: null,
      max_completion_tokens: 64,
      temperature: null,
      frequency_penalty: null,
    },
  ],
  [
    "lab.openai.azure.com",
    "o3",
    {
      stop: four,
      reasoning_effort: "high",
      max_tokens: null,
      max_completion_tokens: 64,
      temperature: null,
      frequency_penalty: null,
    },
  ],
  ["api.anthropic.com", "claude-sonnet-4-5", { temperature: 1 }],
  [
    "generativelanguage.googleapis.com",
    "gemini-2.5-pro",
    { seed: null, frequency_penalty: null, reasoning_effort: "high" },
  ],
  [
    "dashscope.aliyuncs.com",
    "qwen3-max",
    { frequency_penalty: null, top_k: 40, repetition_penalty: 1.1, enable_thinking: true },
  ],
  ["api.moonshot.cn", "kimi-k2", { temperature: 1, thinking: { type: "enabled" } }],
  ["api.deepseek.com", "deepseek-chat", { thinking: { type: "enabled" }, reasoning_effort: "high" }],
  [
    "open.bigmodel.cn",
    "glm-4.6",
    {
      stream_options: null,
      temperature: 1,
      seed: null,
      frequency_penalty: null,
      thinking: { type: "enabled" },
    },
  ],
  [
    "api.z.ai",
    "glm-4.6",
    {
      stream_options: null,
      temperature: 1,
      seed: null,
      frequency_penalty: null,
      thinking: { type: "enabled" },
    },
  ],
  ["ark.cn-beijing.volces.com", "doubao-seed", { thinking: { type: "enabled" } }],
  ["api.siliconflow.cn", "Qwen/Qwen3-8B", { top_k: 40, min_p: 0.1, enable_thinking: true }],
  ["openrouter.ai", "x/y", { top_k: 40, min_p: 0.1, repetition_penalty: 1.1, reasoning: { effort: "high" } }],
  ["api.groq.com", "qwen/qwen3-32b", { stop: four, reasoning_effort: "default" }],
  ["api.groq.com", "openai/gpt-oss-120b", { stop: four, reasoning_effort: "high" }],
  ["api.mistral.ai", "magistral-medium", { stream_options: null, seed: null, random_seed: 7 }],
  [
    "api.mistral.ai",
    "mistral-small-2603",
    { stream_options: null, seed: null, random_seed: 7, reasoning_effort: "high" },
  ],
  [
    "api.together.xyz",
    "x/y",
    { top_k: 40, min_p: 0.1, repetition_penalty: 1.1, reasoning: { effort: "high" } },
  ],
  ["api.fireworks.ai", "x/y", { top_k: 40, min_p: 0.1, repetition_penalty: 1.1, reasoning_effort: "high" }],
  [
    "api.x.ai",
    "grok-4",
    { max_tokens: null, max_completion_tokens: 64, stop: null, frequency_penalty: null },
  ],
  ["api.x.ai", "grok-2", { max_tokens: null, max_completion_tokens: 64 }],
  [
    "api.x.ai",
    "grok-4.5",
    {
      max_tokens: null,
      max_completion_tokens: 64,
      stop: null,
      frequency_penalty: null,
      reasoning_effort: "high",
    },
  ],
  [
    "api.cerebras.ai",
    "x",
    { max_tokens: null, max_completion_tokens: 64, frequency_penalty: null, reasoning_effort: "high" },
  ],
  ["api.perplexity.ai", "sonar", { stream_options: null, top_k: 40, reasoning_effort: "high" }],
  ["api.cohere.com", "command-a", { reasoning_effort: "high" }],
  ["ollama.com", "x", { reasoning_effort: "high" }],
  ["integrate.api.nvidia.com", "x/y", { chat_template_kwargs: { enable_thinking: true } }],
  ["models.github.ai", "openai/gpt-4.1", { stop: four, reasoning_effort: "high" }],
  ["localhost:1234", "x", { top_k: 40, min_p: 0.1, repeat_penalty: 1.1 }],
  ["127.0.0.1:8080", "x", { top_k: 40, min_p: 0.1, repeat_penalty: 1.1, ...KWARGS }],
  ["127.0.0.1:8000", "x", { top_k: 40, min_p: 0.1, repetition_penalty: 1.1, ...KWARGS }],
  ["127.0.0.1:4000", "x", { reasoning_effort: "high" }],
  ["localhost:11434", "x", { reasoning_effort: "high" }],
];

test.each(ROWS.map((row) => ({ name: `${row[0]} ${row[1]}`, row })))(
  "$name",
  ({ row: [host, model, changes] }) => {
    const wanted = Object.entries({ model, ...PLAIN, ...changes }).filter(([, value]) => value !== null);
    expect(bodyFor(host, model)).toEqual(Object.fromEntries(wanted));
  },
);

test.each([
  ["dashscope.aliyuncs.com", "off", { enable_thinking: false }],
  ["api.moonshot.ai", "off", { thinking: { type: "disabled" } }],
  ["openrouter.ai", "off", { reasoning: { enabled: false } }],
  ["openrouter.ai", "on", { reasoning: { enabled: true } }],
  ["api.cohere.com", "off", { reasoning_effort: "none" }],
  ["api.mistral.ai", "off", { reasoning_effort: "none" }],
  ["ollama.com", "off", { reasoning_effort: "none" }],
  ["ollama.com", "max", { reasoning_effort: "max" }],
  ["api.deepseek.com", "max", { reasoning_effort: "max" }],
  ["api.openai.com", "on", { reasoning_effort: "medium" }],
  ["api.openai.com", "max", { reasoning_effort: "high" }],
] as const)("%s gets its fields for reasoning: %s", (host, reasoning, fields) => {
  expect(bodyFor(host, "m", { reasoning })).toMatchObject(fields);
});

test.each([
  [undefined, { type: "enabled", budget_tokens: 16384 }],
  [64_000, { type: "enabled", budget_tokens: 16384 }],
  [4096, { type: "enabled", budget_tokens: 4095 }],
  [1025, { type: "enabled", budget_tokens: 1024 }],
  [1024, undefined],
  [64, undefined],
])("Anthropic's thinking leaves room in a reply of %p tokens", (maxTokens, thinking) => {
  expect(bodyFor("api.anthropic.com", "m", { sampling: { maxTokens } })["thinking"]).toEqual(thinking);
});

test.each([
  ["off", ["none", "minimal"]],
  ["on", ["medium", "default", "high", "low"]],
  ["low", ["low", "minimal", "medium", "default", "high"]],
  ["medium", ["medium", "default", "high", "low"]],
  ["high", ["high", "default", "medium"]],
  ["max", ["max", "xhigh", "high", "default", "medium"]],
] as const)("the requested reasoning %s becomes the first supported effort of %j", (reasoning, best) => {
  for (const [index, effort] of best.entries()) {
    const reasoningEfforts = best.slice(index).toReversed();
    const configured = { thinking: "effort", reasoningEfforts } as const;
    const options = resolveOptions(OPENAI, { host: "x.example" }, "m", configured);
    const { body } = encodeRequest({ ...REQUEST, reasoning }, "m", options);
    expect(body["reasoning_effort"]).toBe(effort);
  }
});

test("gpt-5 gets its lowest effort when reasoning is off, and a provider without a switch gets nothing", () => {
  expect(bodyFor("api.openai.com", "gpt-5", { reasoning: "off" })).toMatchObject({
    reasoning_effort: "minimal",
  });
  expect(bodyFor("api.openai.com", "gpt-4.1", { reasoning: "off" })).not.toHaveProperty("reasoning_effort");
});

test("DashScope is asked for a stream unless reasoning is off", () => {
  const host = "dashscope.aliyuncs.com";
  expect(bodyFor(host, "m", { stream: false })).toMatchObject({
    stream: true,
    stream_options: { include_usage: true },
  });
  expect(bodyFor(host, "m", { stream: false, reasoning: "off" })).toMatchObject({ stream: false });
});

test("a provider that supports no schema gets it in the prompt", () => {
  const format = { type: "json-schema", schema: { type: "object" } } as const;
  expect(bodyFor("api.deepseek.com", "m", { format })).toMatchObject({
    response_format: { type: "json_object" },
    messages: [
      {
        role: "system",
        content: 'Answer in JSON that follows this JSON schema, with nothing around it: {"type":"object"}',
      },
      { role: "user", content: "hi" },
    ],
  });
  expect(bodyFor("api.anthropic.com", "m", { format })).not.toHaveProperty("response_format");
});

test("Mistral gets tool call ids of nine letters and digits, and no user message directly after a tool result", () => {
  const messages: ChatRequest["messages"] = [
    { role: "assistant", text: "", toolCalls: [{ id: "call_abc", name: "f", arguments: "{}" }] },
    { role: "tool", toolCallId: "call_abc", parts: [{ type: "text", text: "1" }] },
    { role: "user", parts: [{ type: "text", text: "and?" }] },
  ];
  const { messages: sent } = bodyFor("api.mistral.ai", "mistral-large", { messages });
  const id = JSON.stringify(sent).match(/"tool_call_id":"([A-Za-z0-9]{9})"/)?.[1];
  expect(sent).toEqual([
    {
      role: "assistant",
      content: "",
      tool_calls: [{ id, type: "function", function: { name: "f", arguments: "{}" } }],
    },
    { role: "tool", tool_call_id: id, content: "1" },
    { role: "assistant", content: "Done." },
    { role: "user", content: "and?" },
  ]);
});

test("Moonshot gets earlier reasoning back, or a placeholder beside tool calls; others do not", () => {
  const call = { id: "c", name: "f", arguments: "{}" };
  const sent = (host: string, reasoning: string | undefined) =>
    bodyFor(host, "m", { messages: [{ role: "assistant", text: "", reasoning, toolCalls: [call] }] })[
      "messages"
    ];
  expect(sent("api.moonshot.cn", undefined)).toMatchObject([{ reasoning_content: " " }, {}]);
  expect(sent("api.moonshot.cn", "x")).toMatchObject([{ reasoning_content: "x" }, {}]);
  expect(JSON.stringify(sent("api.groq.com", "x"))).not.toContain("reasoning");
});

test.each([
  ["generativelanguage.googleapis.com", "google"],
  ["europe-west1-aiplatform.googleapis.com", "vertex"],
])("%s gets its placeholder for a thought signature that is missing", (host, key) => {
  const messages: ChatRequest["messages"] = [
    { role: "assistant", text: "", toolCalls: [{ id: "c", name: "f", arguments: "{}" }] },
  ];
  expect(JSON.stringify(bodyFor(host, "m", { messages }))).toContain(
    `"extra_content":{"${key}":{"thought_signature":"skip_thought_signature_validator"}}`,
  );
});

test("Perplexity gets alternating roles", () => {
  const messages: ChatRequest["messages"] = ["a", "b"].map((text) => ({
    role: "user",
    parts: [{ type: "text", text }],
  }));
  expect(bodyFor("api.perplexity.ai", "sonar", { messages })["messages"]).toEqual([
    { role: "user", content: "a\n\nb" },
  ]);
});
