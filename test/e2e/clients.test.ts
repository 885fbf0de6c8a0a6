/** Unmodified clients from npm, the compiled executable, and a real server as provider. */
import { expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import { tool } from "@langchain/core/tools";
import { ChatOllama } from "@langchain/ollama";
import { generateText, streamText } from "ai";
import { Ollama } from "ollama";
import { createOllama } from "ollama-ai-provider-v2";
import OpenAI from "openai";
import * as z from "zod";
import { rejection } from "../support/rejection.ts";
import { useServer } from "../support/server.ts";

const server = useServer((url) => `providers:\n- name: lab\n  url: ${url}/v1\n  secret: sk-lab\n`);

const NAMES = ["[lab]-m", "[lab]-thinks", "[lab]-vectors", "[lab]-breaks", "[lab]-waits"];
const messages = [{ role: "user", content: "hello" }];
const HELLO = [{ role: "user" as const, content: "hello" }];

test("ollama lists and shows", async () => {
  const ollama = new Ollama({ host: server.url });
  const { models } = await ollama.list();
  expect(models.map((model) => model.name)).toEqual(NAMES);
  const shown = await ollama.show({ model: "[lab]-m" });
  expect(shown.capabilities).toEqual(["completion", "tools"]);
  expect(await ollama.ps()).toEqual({ models: [] });
});

test("ollama chats, streamed and whole", async () => {
  const ollama = new Ollama({ host: server.url });
  let text = "";
  for await (const part of await ollama.chat({ model: "[lab]-m", messages, stream: true }))
    text += part.message.content;
  expect(text).toBe("You said hello");
  const whole = await ollama.chat({ model: "[lab]-m", messages });
  expect(whole).toMatchObject({
    model: "[lab]-m",
    message: { role: "assistant", content: "You said hello" },
    done: true,
    done_reason: "stop",
    prompt_eval_count: 11,
    eval_count: 3,
  });
  for (const duration of [
    whole.total_duration,
    whole.load_duration,
    whole.prompt_eval_duration,
    whole.eval_duration,
  ]) {
    expect(duration).toBeGreaterThan(0);
    expect(duration).toBeInteger();
  }
});

test("ollama generates, and goes on from the context it got", async () => {
  const ollama = new Ollama({ host: server.url });
  const first = await ollama.generate({ model: "[lab]-m", prompt: "hello", system: "Be brief" });
  expect(first).toMatchObject({ response: "You said hello", done: true });
  let text = "";
  const parts = await ollama.generate({
    model: "[lab]-m",
    prompt: "again",
    context: first.context,
    stream: true,
  });
  for await (const part of parts) text += part.response;
  expect(text).toBe("You said again");
  expect(JSON.parse(server.received.at(-1)?.text ?? "")).toMatchObject({
    messages: [
      { role: "user", content: "hello" },
      { role: "assistant", content: "You said hello" },
      { role: "user", content: "again" },
    ],
  });
});

test("ollama sees an error in the middle, and one before the first text", async () => {
  const ollama = new Ollama({ host: server.url });
  const read = async (): Promise<string> => {
    let text = "";
    for await (const part of await ollama.chat({ model: "[lab]-breaks", messages, stream: true })) {
      text += part.message.content;
    }
    return text;
  };
  expect((await rejection(read())).message).toContain(
    "[lab] The provider ended the stream before the reply was complete",
  );
  expect((await rejection(ollama.chat({ model: "[lab]-nope", messages }))).message).toContain(
    "model '[lab]-nope' not found",
  );
});

test("ollama aborts", async () => {
  const ollama = new Ollama({ host: server.url });
  const stream = await ollama.chat({ model: "[lab]-waits", messages, stream: true });
  const read = async (): Promise<void> => {
    for await (const part of stream) {
      expect(part.message.content).toBe("One");
      stream.abort();
    }
  };
  expect((await rejection(read())).message).toContain("aborted");
});

test("LangChain chats and calls a tool", async () => {
  const weather = tool(() => "sunny", {
    name: "weather",
    description: "Tells the weather",
    schema: z.object({ city: z.string() }),
  });
  const chat = new ChatOllama({ baseUrl: server.url, model: "[lab]-m" });
  expect((await chat.invoke("hello")).text).toBe("You said hello");
  const called = await chat.bindTools([weather]).invoke("weather?");
  expect(called.tool_calls).toMatchObject([{ name: "weather", args: { city: "Paris" } }]);
});

test("the AI SDK generates and streams", async () => {
  const ollama = createOllama({ baseURL: `${server.url}/api` });
  const whole = await generateText({ model: ollama("[lab]-m"), prompt: "hello" });
  expect(whole.text).toBe("You said hello");
  expect(whole.usage.outputTokens).toBe(3);
  expect(await streamText({ model: ollama("[lab]-m"), prompt: "hello" }).text).toBe("You said hello");
  const completed = await generateText({ model: ollama.completion("[lab]-m"), prompt: "hello" });
  expect(completed.text).toStartWith("You said user:\nhello");
});

test("OpenAI's SDK lists, chats, streams and calls a tool", async () => {
  const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "of the client", maxRetries: 0 });
  expect((await client.models.list()).data.map((model) => model.id)).toEqual(NAMES);
  expect((await client.models.retrieve("[lab]-m")).id).toBe("[lab]-m");
  const whole = await client.chat.completions.create({ model: "[lab]-m", messages: HELLO });
  expect(whole).toMatchObject({ model: "[lab]-m", choices: [{ message: { content: "You said hello" } }] });
  let text = "";
  const stream = await client.chat.completions.create({ model: "[lab]-m", messages: HELLO, stream: true });
  for await (const chunk of stream) text += chunk.choices[0]?.delta.content ?? "";
  expect(text).toBe("You said hello");
  const called = await client.chat.completions
    .stream({
      model: "[lab]-m",
      messages: HELLO,
      tools: [{ type: "function", function: { name: "weather", parameters: {} } }],
    })
    .finalChatCompletion();
  expect(called.choices[0]?.message.tool_calls).toMatchObject([
    { function: { name: "weather", arguments: '{"city":"Paris"}' } },
  ]);
});

test("OpenAI's SDK gets responses, streamed and whole, with a tool call", async () => {
  const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "x", maxRetries: 0 });
  const request = { model: "[lab]-m", input: "hello" };
  expect((await client.responses.create(request)).output_text).toBe("You said hello");
  expect((await client.responses.stream(request).finalResponse()).output_text).toBe("You said hello");
  const tools = [{ type: "function" as const, name: "weather", parameters: {}, strict: false }];
  const called = await client.responses.stream({ ...request, tools }).finalResponse();
  expect(called.output).toMatchObject([
    { type: "function_call", name: "weather", arguments: '{"city":"Paris"}' },
  ]);
});

test("OpenAI's SDK sees an error in the middle, and one before the first text", async () => {
  const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: "x", maxRetries: 0 });
  const read = async (): Promise<void> => {
    for await (const chunk of await client.chat.completions.create({
      model: "[lab]-breaks",
      messages: HELLO,
      stream: true,
    })) {
      expect(chunk.choices[0]?.delta.content).toBe("Half");
    }
  };
  expect((await rejection(read())).message).toContain(
    "The provider ended the stream before the reply was complete",
  );
  const missing = client.chat.completions.create({ model: "[lab]-nope", messages: HELLO });
  expect((await rejection(missing)).message).toBe("404 model '[lab]-nope' not found");
});

test("Anthropic's SDK chats, streams and calls a tool", async () => {
  const client = new Anthropic({ baseURL: server.url, apiKey: "of the client", maxRetries: 0 });
  const request = { model: "[lab]-m", max_tokens: 100, messages: HELLO };
  expect((await client.messages.create(request)).content).toMatchObject([
    { type: "text", text: "You said hello" },
  ]);
  const streamed = await client.messages.stream(request).finalMessage();
  expect(streamed).toMatchObject({
    content: [{ text: "You said hello" }],
    stop_reason: "end_turn",
    usage: { output_tokens: 3 },
  });
  const tools = [{ name: "weather", input_schema: { type: "object" as const } }];
  const called = await client.messages.stream({ ...request, tools }).finalMessage();
  expect(called.content).toMatchObject([{ type: "tool_use", name: "weather", input: { city: "Paris" } }]);
  expect((await client.messages.countTokens(request)).input_tokens).toBeGreaterThan(0);
});

test("the provider gets the secret, and no key of the client", () => {
  for (const { headers } of server.received) {
    expect(headers.get("authorization")).toBe("Bearer sk-lab");
    expect(headers.get("user-agent")).toBe("ollama-proxy/33.0.0");
  }
});
