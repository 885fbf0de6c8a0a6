/** The family of a listed model, which is found from its name. */
import { expect, test } from "bun:test";
import { arrayAt, objectAt, stringAt } from "../../src/wire/json.ts";
import { startTestApp, testProvider } from "../support/app.ts";

const FAMILIES: { readonly [name: string]: string } = {
  "Qwen/Qwen3-VL-8B": "qwen3vl",
  "qwen3-max": "qwen3",
  "qwen2.5-vl-72b": "qwen25vl",
  "qwen-plus": "qwen2",
  "qwq-32b": "qwen2",
  "deepseek-chat": "deepseek2",
  "openai/gpt-oss-120b": "gptoss",
  "gpt-5": "gpt",
  "chatgpt-4o-latest": "gpt",
  "o1-mini": "gpt",
  o3: "gpt",
  "o4-mini": "gpt",
  "llama4-maverick": "llama4",
  "meta-llama/Llama-4-Scout": "llama4",
  "codellama-70b": "llama",
  "llama-3.3-70b": "llama",
  "zai-org/GLM-4.6": "glm4",
  "kimi-k2": "kimi",
  "moonshot-v1-8k": "kimi",
  "magistral-medium": "mistral3",
  "devstral-small": "mistral3",
  "codestral-latest": "mistral",
  "ministral-8b": "mistral3",
  "open-mixtral-8x22b": "llama",
  "mistral-large": "mistral3",
  gemma3n: "gemma3",
  "google/gemma-3-27b": "gemma3",
  "gemma-7b": "gemma2",
  "gemini-2.5-pro": "gemini",
  "anthropic/claude-sonnet-4.5": "claude",
  "grok-4": "grok",
  "command-a": "command-r",
  "phi-4": "phi3",
  "granite-4": "granite",
  "nvidia/nemotron-nano": "nemotron",
  "minimax-m2": "minimax",
  "ernie-4.5": "ernie4_5",
  "hunyuan-turbo": "hunyuan",
  "doubao-seed": "doubao",
  "baai/bge-m3": "bert",
  "nomic-embed-text": "nomic-bert",
  "all-minilm": "bert",
  "vendor/Solar_Pro-2": "solar",
  "qwenx2/unknown": "qwen2",
  "someone/anotherphi": "anotherphi",
  "vendor/模型": "model",
};

test("every model is listed with its family", async () => {
  const models = Object.keys(FAMILIES).map((name) => ({ name }));
  await using app = await startTestApp([testProvider("http://127.0.0.1:1/v1", { models })]);
  const listed: unknown = await (await fetch(`${app.url}/api/tags`)).json();
  const families = arrayAt(listed, "models").map((model) => [
    stringAt(model, "name")?.replace("[p]-", ""),
    stringAt(objectAt(model, "details"), "family"),
  ]);
  expect(Object.fromEntries(families)).toEqual(FAMILIES);
});
