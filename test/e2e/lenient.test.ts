/** What a real Ollama refuses, and what is accepted here on purpose, because clients send it. */
import { expect, test } from "bun:test";
import { parseJson } from "../../src/wire/json.ts";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { startUpstream } from "../support/upstream.ts";

const REPLY = { choices: [{ message: { content: "Hi" }, finish_reason: "stop" }] };
const LINE = { model: "m", message: { role: "assistant", content: "Hi" }, done: true };

/** What a provider of each API gets of a chat. */
async function sentFor(fields: object): Promise<readonly [openai: unknown, ollama: unknown]> {
  using host = startUpstream(() => Response.json(REPLY));
  using server = startUpstream(() => Response.json(LINE));
  await using app = await startTestApp([
    testProvider(`${host.url}/v1`, {
      models: [{ name: "m", capabilities: ["completion", "vision", "tools"] }],
    }),
    testProvider(server.url, { name: "o", apiType: "ollama" }),
  ]);
  for (const model of ["[p]-m", "[o]-m"]) {
    const response = await post(`${app.url}/api/chat`, { model, stream: false, ...fields });
    expect([response.status, await response.json()]).toEqual([200, expect.objectContaining({ done: true })]);
  }
  return [parseJson(host.received[0]?.text ?? ""), parseJson(server.received[0]?.text ?? "")];
}

test("content as a list of parts", async () => {
  const content = [
    { type: "text", text: "What " },
    { type: "text", text: "is it?" },
  ];
  const [openai, ollama] = await sentFor({ messages: [{ role: "user", content }] });
  expect(openai).toMatchObject({ messages: [{ role: "user", content: "What is it?" }] });
  expect(ollama).toMatchObject({ messages: [{ role: "user", content: "What is it?" }] });
});

test("arguments of a call as text", async () => {
  const calls = [{ function: { name: "f", arguments: '{"a":1}' } }];
  const [openai, ollama] = await sentFor({
    messages: [
      { role: "user", content: "hi" },
      { role: "assistant", content: "", tool_calls: calls },
      { role: "tool", content: "2", tool_name: "f" },
    ],
  });
  expect(openai).toMatchObject({
    messages: [{}, { tool_calls: [{ function: { arguments: '{"a":1}' } }] }, {}],
  });
  expect(ollama).toMatchObject({
    messages: [{}, { tool_calls: [{ function: { arguments: { a: 1 } } }] }, {}],
  });
});

test("a stop that is a text, and pictures as data URIs", async () => {
  const messages = [{ role: "user", content: "?", images: ["data:image/png;base64,iVBORw0K"] }];
  const [openai, ollama] = await sentFor({ messages, options: { stop: "END" } });
  expect(openai).toMatchObject({ stop: ["END"] });
  expect(ollama).toMatchObject({ messages: [{ images: ["iVBORw0K"] }], options: { stop: ["END"] } });
});

test("the role developer is Ollama's own: its server keeps the model's system message beside it", async () => {
  const messages = [
    { role: "developer", content: "Be brief" },
    { role: "user", content: "hi" },
  ];
  const [openai, ollama] = await sentFor({ messages });
  expect(openai).toMatchObject({ messages: [{ role: "system", content: "Be brief" }, {}] });
  expect(ollama).toMatchObject({ messages });
});
