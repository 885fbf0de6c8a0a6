/** Replies that lack a field on which clients insist: the reason of the end, and the role. */
import { expect, test } from "bun:test";
import { startTestApp, testProvider } from "../support/app.ts";
import { startUpstream } from "../support/upstream.ts";
import { received } from "../support/received.ts";

const MESSAGES = [{ role: "user", content: "hi" }];
const SSE = { headers: { "content-type": "text/event-stream" } };

async function ask(path: string, body: object, answer: string, init?: ResponseInit) {
  using upstream = startUpstream(() => new Response(answer, init));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const response = await received(app.url + path, { model: "[p]-m", messages: MESSAGES, ...body });
  return { status: response.status, text: await response.text() };
}

const CALL = '"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]';

test.each([
  ["null", '{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":null}'],
  ["missing", '{"index":0,"message":{"role":"assistant","content":"Hello"}}'],
  ["empty", '{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":""}'],
])("a whole reply is finished, whose finish_reason is %s", async (_, choice) => {
  const answer = `{"id":"c1", "seed":1.0, "choices":[${choice}]}`;
  for (const stream of [false, true]) {
    const chat = await ask("/api/chat", { stream }, answer);
    expect(JSON.parse(chat.text.trim().split("\n").at(-1) ?? "")).toMatchObject({
      done: true,
      done_reason: "stop",
    });
  }
  const messages = await ask("/v1/messages", { max_tokens: 9 }, answer);
  expect(JSON.parse(messages.text)).toMatchObject({ stop_reason: "end_turn" });
  const relayed = await ask("/v1/chat/completions", {}, answer);
  expect(JSON.parse(relayed.text).choices[0].finish_reason).toBe("stop");
  expect(relayed.text).toStartWith(
    '{"id":"c1", "seed":1.0, "choices":[{"index":0,"message":{"role":"assistant","content":"Hello"}',
  );
  const streamed = await ask("/v1/chat/completions", { stream: true }, answer);
  expect(streamed.text).toContain('"finish_reason":"stop"');
});

test("a whole reply with calls and no reason ends with its calls", async () => {
  const answer = `{"choices":[{"index":0,"message":{"role":"assistant","content":null,${CALL}},"finish_reason":null}]}`;
  expect(JSON.parse((await ask("/v1/messages", { max_tokens: 9 }, answer)).text).stop_reason).toBe(
    "tool_use",
  );
  const relayed = await ask("/v1/chat/completions", {}, answer);
  expect(relayed.text).toBe(answer.replace('"finish_reason":null', '"finish_reason":"tool_calls"'));
});

test.each([
  [
    "a stream of messages",
    'data: {"choices":[{"index":0,"message":{"role":"assistant","content":"Hel"}}]}\n\n',
    SSE,
  ],
  [
    "a stream of deltas",
    'data: {"choices":[{"index":0,"delta":{"role":"assistant","content":"Hel"}}]}\n\n',
    SSE,
  ],
  [
    "lines of JSON",
    '{"choices":[{"index":0,"message":{"content":"Hel"}}]}\n{"choices":[{"index":0,"message":{"content":"lo"}}]}\n',
    {},
  ],
  ["a delta without events", '{"choices":[{"index":0,"delta":{"content":"Hel"}}]}', {}],
])("%s that breaks off is not finished", async (_, answer, init) => {
  const { text } = await ask("/api/chat", {}, answer, init);
  expect(text).toContain("before the reply was complete");
});

const STOP = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';

function event(delta: string): string {
  return `data: {"choices":[{"index":0,"delta":${delta}}]}\n\n`;
}

test.each<[what: string, first: string, expected: string]>([
  ["missing", '{"content":"Hi", "x":1.0}', '{"content":"Hi", "x":1.0,"role":"assistant"}'],
  ["null", '{"role":null,"content":"Hi"}', '{"role":"assistant","content":"Hi"}'],
  ["empty", '{"role" : "","content":"Hi"}', '{"role" : "assistant","content":"Hi"}'],
  ["there", '{"role" : "assistant", "content":"Hi"}', '{"role" : "assistant", "content":"Hi"}'],
  ["another one", '{"role":"tool","content":"Hi"}', '{"role":"tool","content":"Hi"}'],
])("the first delta of a stream has a role where it was %s", async (_, first, expected) => {
  const later = event('{"content":" there"}');
  const { text } = await ask("/v1/chat/completions", { stream: true }, event(first) + later + STOP, SSE);
  expect(text).toBe(event(expected) + later + STOP);
});
