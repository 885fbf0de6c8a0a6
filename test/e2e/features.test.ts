/** Tools, thinking, images, formats and embeddings, by unmodified clients from npm through the executable. */
import { expect, test } from "bun:test";
import { tool } from "@langchain/core/tools";
import { ChatOllama, OllamaEmbeddings } from "@langchain/ollama";
import { embedMany, generateText, stepCountIs, tool as aiTool } from "ai";
import { createOllama as createAiSdkOllama } from "ai-sdk-ollama";
import { Ollama } from "ollama";
import { createOllama } from "ollama-ai-provider-v2";
import * as z from "zod";
import { useServer } from "../support/server.ts";

const server = useServer(
  (url) => `
providers:
- name: lab
  url: ${url}/v1
  models:
  - {name: m, capabilities: [completion, tools, vision]}
  - {name: thinks, capabilities: [completion, thinking]}
  - {name: vectors, capabilities: [embedding]}
`,
);

const PNG =
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
const WEATHER = {
  type: "function",
  function: {
    name: "weather",
    description: "Tells the weather",
    parameters: {
      type: "object",
      properties: { city: { type: "string", description: "Where" } },
      required: ["city"],
    },
  },
};

test("ollama: a tool is called, answered, and the answer used", async () => {
  const ollama = new Ollama({ host: server.url });
  const question = { role: "user", content: "weather?" };
  const called = await ollama.chat({ model: "[lab]-m", messages: [question], tools: [WEATHER] });
  expect(called.message.tool_calls).toMatchObject([
    { function: { name: "weather", arguments: { city: "Paris" } } },
  ]);
  const messages = [question, called.message, { role: "tool", tool_name: "weather", content: "sunny" }];
  const answered = await ollama.chat({ model: "[lab]-m", messages, tools: [WEATHER] });
  expect(answered.message.content).toBe("You said sunny");
});

test("ollama: thinking is shown, or hidden, and streamed before the text", async () => {
  const ollama = new Ollama({ host: server.url });
  const ask = { model: "[lab]-thinks", messages: [{ role: "user", content: "a" }] };
  expect((await ollama.chat({ ...ask, think: true })).message).toEqual({
    role: "assistant",
    content: "You said a",
    thinking: "hm",
  });
  expect((await ollama.chat({ ...ask, think: false })).message).toEqual({
    role: "assistant",
    content: "You said a",
  });
  const order: string[] = [];
  for await (const { message } of await ollama.chat({ ...ask, think: "high", stream: true })) {
    order.push(message.thinking === undefined ? message.content : `(${message.thinking})`);
  }
  expect(order).toEqual(["(hm)", "You", " said ", "a", ""]);
  expect((await ollama.generate({ model: "[lab]-thinks", prompt: "a", think: true })).thinking).toBe("hm");
});

test("ollama: images, formats and embeddings", async () => {
  const ollama = new Ollama({ host: server.url });
  const seen = await ollama.chat({
    model: "[lab]-m",
    messages: [{ role: "user", content: "what?", images: [PNG] }],
  });
  expect(seen.message.content).toBe("You said 1 image");
  const format = { type: "object", properties: { city: { type: "string" } } };
  const shaped = await ollama.chat({
    model: "[lab]-m",
    messages: [{ role: "user", content: "where?" }],
    format,
  });
  expect(JSON.parse(shaped.message.content)).toEqual({ city: "Paris" });
  expect((await ollama.embed({ model: "[lab]-vectors", input: ["a", "bc"] })).embeddings).toEqual([
    [1, 0],
    [1, 0],
  ]);
  expect((await ollama.embeddings({ model: "[lab]-vectors", prompt: "abc" })).embedding).toEqual([3, 0]);
});

test("LangChain: tools, formats, images and embeddings", async () => {
  const weather = tool(() => "sunny", {
    name: "weather",
    description: "Tells",
    schema: z.object({ city: z.string() }),
  });
  const chat = new ChatOllama({ baseUrl: server.url, model: "[lab]-m" });
  const called = await chat.bindTools([weather]).invoke("weather?");
  expect(called.tool_calls).toMatchObject([{ name: "weather", args: { city: "Paris" } }]);
  const shaped = chat.withStructuredOutput(z.object({ city: z.string() }), { method: "jsonSchema" });
  expect(await shaped.invoke("where?")).toEqual({ city: "Paris" });
  const embeddings = new OllamaEmbeddings({ baseUrl: server.url, model: "[lab]-vectors" });
  expect(await embeddings.embedDocuments(["a", "b"])).toEqual([
    [1, 0],
    [1, 0],
  ]);
});

test.each([
  ["ollama-ai-provider-v2", () => createOllama({ baseURL: `${server.url}/api` })],
  ["ai-sdk-ollama", () => createAiSdkOllama({ baseURL: server.url })],
] as const)("%s: a tool loop, an image, embeddings", async (_name, create) => {
  const ollama = create();
  const weather = aiTool({
    description: "Tells",
    inputSchema: z.object({ city: z.string() }),
    execute: async ({ city }) => `sunny in ${city}`,
  });
  const { text, steps } = await generateText({
    model: ollama("[lab]-m"),
    prompt: "weather?",
    tools: { weather },
    stopWhen: stepCountIs(3),
  });
  expect(steps.flatMap((step) => step.toolCalls.map((call) => call.input))).toEqual([{ city: "Paris" }]);
  expect(text).toContain("sunny in Paris");
  const image = { type: "file" as const, mediaType: "image/png", data: PNG };
  const seen = await generateText({
    model: ollama("[lab]-m"),
    messages: [{ role: "user", content: [image] }],
  });
  expect(seen.text).toBe("You said 1 image");
  const { embeddings } = await embedMany({ model: ollama.embedding("[lab]-vectors"), values: ["a", "b"] });
  expect(embeddings).toEqual([
    [1, 0],
    [1, 0],
  ]);
});
