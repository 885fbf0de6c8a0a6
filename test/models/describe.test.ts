/** The description of a model comes from the best available source. */
import { expect, test } from "bun:test";
import { describeModel } from "../../src/models/capabilities.ts";

test.each([
  ["gpt-5", 400000, ["completion", "vision", "tools", "thinking"]],
  ["openai/gpt-5-2025-08-07", 400000, ["completion", "vision", "tools", "thinking"]],
  ["anthropic/claude-sonnet-4.5", 200000, ["completion", "vision", "tools", "thinking"]],
  ["claude-sonnet-4-5-20250929", 200000, ["completion", "vision", "tools", "thinking"]],
  ["us.anthropic.claude-sonnet-4-5-20250929-v1:0", 200000, ["completion", "vision", "tools", "thinking"]],
  ["gemini-2.5-pro", 1048576, ["completion", "vision", "tools", "thinking"]],
  ["zai-org/GLM-4.5:free", 128000, ["completion", "tools", "thinking"]],
  ["gpt-oss-120b", 131072, ["completion", "tools", "thinking"]],
  ["qwen3-max", 262144, ["completion", "tools"]],
  ["qwen3-max-preview", 262144, ["completion", "tools"]],
  ["kimi-k2-0905", 131072, ["completion", "tools"]],
  ["nobody-knows-this", 32768, ["completion", "tools"]],
  ["text-embedding-v4", 32768, ["embedding"]],
])("%s, of which only the name is known, has %d tokens and %j", (id, contextLength, capabilities) => {
  expect(describeModel(id, {})).toMatchObject({ contextLength, capabilities });
});

test("the configuration overrides the list, and the list overrides the table of known models", () => {
  const listed = { id: "gpt-5", contextLength: 2, capabilities: ["completion" as const] };
  expect(describeModel("gpt-5", { listed }).contextLength).toBe(2);
  expect(describeModel("gpt-5", { listed, configured: { contextLength: 3 } }).contextLength).toBe(3);
  expect(describeModel("gpt-5", { listed, configured: { capabilities: ["vision"] } }).capabilities).toEqual([
    "completion",
    "vision",
  ]);
});

test("capabilities that the list omits come from the table of known models", () => {
  const listed = { id: "gpt-5", capabilities: ["completion" as const, "tools" as const] };
  expect(describeModel("gpt-5", { listed }).capabilities).toEqual([
    "completion",
    "vision",
    "tools",
    "thinking",
  ]);
});

test("only capabilities without any source are a guess", () => {
  expect(describeModel("nobody-knows-this", {}).isGuess).toBe(true);
  expect(describeModel("gpt-5", {}).isGuess).toBe(false);
  expect(describeModel("x", { configured: { capabilities: ["completion"] } }).isGuess).toBe(false);
});

test("a model whose list rules out tools has none, whatever the table says", () => {
  const listed = { id: "gpt-5", capabilities: ["completion" as const], hasNoTools: true as const };
  expect(describeModel("gpt-5", { listed }).capabilities).toEqual(["completion", "vision", "thinking"]);
  expect(describeModel("gpt-5", { listed, configured: { capabilities: ["tools"] } }).capabilities).toEqual([
    "completion",
    "tools",
  ]);
});
