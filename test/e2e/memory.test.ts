/** A provider gets the metadata of its tool calls back, although Ollama's clients do not keep it. */
import { expect, test } from "bun:test";
import { arrayAt, objectAt } from "../../src/wire/json.ts";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { startUpstream } from "../support/upstream.ts";

const EXTRA = { google: { thought_signature: "EjQK" } };
const CALL = { id: "call_1", function: { name: "search", arguments: '{"q":"a"}' }, extra_content: EXTRA };
const REPLY =
  `data: ${JSON.stringify({ choices: [{ delta: { reasoning_content: "hm", tool_calls: [CALL] } }] })}\n\n` +
  'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n';

/** The assistant's message that the provider gets back after a turn, with a call of that id. */
async function secondTurn(id: string, options: object): Promise<unknown> {
  using upstream = startUpstream(() => new Response(REPLY));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`, { options })]);
  const ask = { model: "[p]-m", messages: [{ role: "user", content: "?" }] };
  await (await post(`${app.url}/api/chat`, ask)).text();
  const called = {
    role: "assistant",
    content: "",
    tool_calls: [{ id, function: { name: "search", arguments: { q: "a" } } }],
  };
  const messages = [...ask.messages, called, { role: "tool", tool_call_id: id, content: "1" }];
  await (await post(`${app.url}/api/chat`, { ...ask, messages })).text();
  return JSON.parse(upstream.received[1]?.text ?? "").messages[1];
}

const SENT = { role: "assistant", content: "" };
const FUNCTION = { type: "function", function: { name: "search", arguments: '{"q":"a"}' } };

test("metadata of a call is sent back with it", async () => {
  expect(await secondTurn("call_1", {})).toEqual({
    ...SENT,
    tool_calls: [{ id: "call_1", extra_content: EXTRA, ...FUNCTION }],
  });
});

test("reasoning that led to a call is sent back in the field that the option names", async () => {
  expect(await secondTurn("call_1", { reasoningHistoryField: "reasoning_content" })).toMatchObject({
    reasoning_content: "hm",
  });
});

test("an unknown call gets the provider's placeholder, or nothing", async () => {
  const filler = { google: { thought_signature: "skip" } };
  expect(await secondTurn("call_9", { missingThoughtSignature: filler })).toMatchObject({
    tool_calls: [{ extra_content: filler }],
  });
  expect(await secondTurn("call_9", {})).toEqual({ ...SENT, tool_calls: [{ id: "call_9", ...FUNCTION }] });
});

test("at most the last two thousand calls are kept", async () => {
  const calls = Array.from({ length: 2001 }, (_, index) => ({ ...CALL, index, id: `call_${index}` }));
  const finish = 'data: {"choices":[{"delta":{},"finish_reason":"tool_calls"}]}\n\n';
  const reply = `data: ${JSON.stringify({ choices: [{ delta: { tool_calls: calls } }] })}\n\n${finish}`;
  using upstream = startUpstream(() => new Response(reply));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const ask = (messages: readonly object[]) => post(`${app.url}/api/chat`, { model: "[p]-m", messages });
  await (await ask([{ role: "user", content: "?" }])).text();
  const called = [0, 1, 2000].flatMap((index) => [
    {
      role: "assistant",
      content: "",
      tool_calls: [{ id: `call_${index}`, function: { name: "search", arguments: {} } }],
    },
    { role: "tool", tool_call_id: `call_${index}`, content: "1" },
  ]);
  await (await ask([{ role: "user", content: "?" }, ...called])).text();
  const sent: unknown = JSON.parse(upstream.received[1]?.text ?? "");
  const extras = arrayAt(sent, "messages").flatMap((message) =>
    arrayAt(message, "tool_calls").map((call) => objectAt(call, "extra_content")),
  );
  expect(extras).toEqual([undefined, EXTRA, EXTRA]);
});
