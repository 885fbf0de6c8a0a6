/** Replies in several choices: one reply for a client that wants one, and untouched for a client that wants several. */
import { expect, test } from "bun:test";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { startUpstream } from "../support/upstream.ts";

const CHAT = { model: "[p]-m", messages: [{ role: "user", content: "hi" }] };
const TEXT = { index: 0, message: { role: "assistant", content: "I look." }, finish_reason: "tool_calls" };
const CALL = { id: "call_1", type: "function", function: { name: "f", arguments: "{}" } };
const CALLS = { index: 1, message: { role: "assistant", tool_calls: [CALL] }, finish_reason: "tool_calls" };
const WHOLE = `{ "model":"m", "choices":[${JSON.stringify(TEXT)},${JSON.stringify(CALLS)}] }`;
const EVENTS =
  'data: {"model":"m", "choices":[{"index":0,"delta":{"role":"assistant","content":"A"}},{"index":1,"delta":{"role":"assistant","content":"B"}}]}\n\n' +
  'data: {"model":"m", "choices":[{"index":1,"delta":{},"finish_reason":"stop"}]}\n\n' +
  'data: {"model":"m", "choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\n' +
  "data: [DONE]\n\n";

test.each([undefined, null, 1])("a whole reply in two choices is one where n is %p", async (n) => {
  using upstream = startUpstream(() => new Response(WHOLE));
  await using app = await startTestApp([testProvider(upstream.url)]);
  const response = await post(`${app.url}/v1/chat/completions`, { ...CHAT, n });
  expect(await response.json()).toEqual({
    model: "[p]-m",
    choices: [
      {
        index: 0,
        message: { role: "assistant", content: "I look.", tool_calls: [{ ...CALL, index: 0 }] },
        finish_reason: "tool_calls",
      },
    ],
  });
  const native = await post(`${app.url}/api/chat`, { ...CHAT, stream: false });
  expect(await native.json()).toMatchObject({
    message: { content: "I look.", tool_calls: [{ function: { name: "f", arguments: {} } }] },
    done: true,
  });
});

test("a client that asks for two replies gets them byte for byte, but for the model's name", async () => {
  using upstream = startUpstream(({ text }) => new Response(text.includes('"stream":true') ? EVENTS : WHOLE));
  await using app = await startTestApp([testProvider(upstream.url)]);
  const path = `${app.url}/v1/chat/completions`;
  const whole = await post(path, { ...CHAT, n: 2 });
  expect(await whole.text()).toBe(WHOLE.replace('"m"', '"[p]-m"'));
  const streamed = await post(path, { ...CHAT, n: 2, stream: true });
  expect(await streamed.text()).toBe(EVENTS.replaceAll('"m"', '"[p]-m"'));
});

test("a completion of two prompts has two choices", async () => {
  const reply =
    '{"model":"m","choices":[{"index":0,"text":"A","finish_reason":"stop"},{"index":1,"text":"B","finish_reason":"stop"}]}';
  const events =
    'data: {"model":"m","choices":[{"index":0,"text":"A","finish_reason":"stop"}]}\n\n' +
    'data: {"model":"m","choices":[{"index":1,"text":"B","finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';
  using upstream = startUpstream(({ text }) => new Response(text.includes('"stream":true') ? events : reply));
  await using app = await startTestApp([testProvider(upstream.url)]);
  const body = { model: "[p]-m", prompt: ["a", "b"] };
  const whole = await post(`${app.url}/v1/completions`, body);
  expect(await whole.text()).toBe(reply.replace('"m"', '"[p]-m"'));
  const streamed = await post(`${app.url}/v1/completions`, { ...body, stream: true });
  expect(await streamed.text()).toBe(events.replaceAll('"m"', '"[p]-m"'));
});

test("a whole reply of a host that only streams is one too, and says nothing twice", async () => {
  const events =
    'data: {"choices":[{"index":0,"delta":{"content":"I "}}]}\n\n' +
    "data: : keepalive\n\n" +
    'data: {"choices":[{"index":1,"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{}"}}]}}]}\n\n' +
    'data: {"choices":[{"index":0,"delta":{"content":"look."}}]}\n\n' +
    'data: {"choices":[{"index":0,"message":{"content":"I look."},"finish_reason":"tool_calls"}]}\n\n' +
    "data: [DONE]\n\n";
  using upstream = startUpstream(() => new Response(events));
  await using app = await startTestApp([testProvider(upstream.url)]);
  const response = await post(`${app.url}/v1/chat/completions`, CHAT);
  expect(await response.json()).toMatchObject({
    choices: [
      {
        index: 0,
        message: { content: "I look.", tool_calls: [{ id: "c", function: { name: "f", arguments: "{}" } }] },
        finish_reason: "tool_calls",
      },
    ],
  });
});
