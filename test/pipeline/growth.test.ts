/** The work for a reply grows with its length, not faster: each piece costs the same, whatever came before it. */
import { expect, test } from "bun:test";
import type { Fixture } from "../support/fixtures.ts";
import { clientsOf, replayTo } from "../support/replay.ts";
import { countWork } from "../support/work.ts";

const utf8 = new TextEncoder();

const FIXTURE: Fixture = {
  name: "growth",
  upstream: "openai",
  provider: "none",
  constructed: "for this test",
  why: "growth",
  status: 200,
  expect_status: 200,
  content_type: "text/event-stream",
  options: {},
  client: {},
  body: new Uint8Array(),
  request: undefined,
  expected: () => Promise.resolve(""),
  update: () => Promise.resolve(),
};

function frame(delta: object, more: object = {}): string {
  return `data: ${JSON.stringify({ id: "x", choices: [{ index: 0, delta, finish_reason: null, ...more }] })}\n\n`;
}

function call(index: number | undefined, id: string, args: string): object {
  return { tool_calls: [{ index, id, type: "function", function: { name: "f", arguments: args } }] };
}

function argumentsOf(index: number | undefined, args: string): object {
  return { tool_calls: [{ index, function: { arguments: args } }] };
}

const TOKEN = { token: "hi", logprob: -0.1, top_logprobs: [{ token: "hi", logprob: -0.1 }] };
const END = `${frame({}, { finish_reason: "stop" })}data: [DONE]\n\n`;
const TEXT = frame({ content: "text" });

/** Long pieces, so that going through them again counts more than what each frame costs. */
const WORDS = "word ".repeat(40);
const BLANKS = "\n".repeat(200);

function repeated(count: number, piece: string): readonly string[] {
  return Array.from({ length: count }, () => piece);
}

/** The pieces of a reply with `count` similar ones. */
const REPLIES: { readonly [what: string]: (count: number) => readonly string[] } = {
  text: (count) => [...repeated(count, frame({ content: WORDS })), END],
  "white space before the text": (count) => [...repeated(count, frame({ content: BLANKS })), TEXT, END],
  thinking: (count) => [...repeated(count, frame({ reasoning_content: WORDS })), TEXT, END],
  "thinking in two fields": (count) => [
    ...repeated(count, frame({ reasoning_content: WORDS, reasoning: WORDS })),
    TEXT,
    END,
  ],
  "white space before the thinking": (count) => [
    ...repeated(count, frame({ reasoning_content: BLANKS })),
    frame({ reasoning_content: "hm" }),
    TEXT,
    END,
  ],
  "thinking between tags": (count) => [
    frame({ content: "<think>" }),
    ...repeated(count, frame({ content: `${WORDS}<` })),
    frame({ content: "</think>text" }),
    END,
  ],
  "log probabilities": (count) => [
    ...repeated(count, frame({ content: "hi" }, { logprobs: { content: [TOKEN] } })),
    END,
  ],
  "arguments of a tool": (count) => [
    frame(call(0, "a", '{"a":"')),
    ...repeated(count, frame(argumentsOf(0, `${WORDS}\\n`))),
    frame(argumentsOf(0, '"}')),
    END,
  ],
  "arguments of a tool without an index": (count) => [
    frame(call(undefined, "a", '{"a":"')),
    ...repeated(count, frame(argumentsOf(undefined, WORDS))),
    frame(argumentsOf(undefined, '"}')),
    END,
  ],
  "white space in arguments": (count) => [
    frame(call(0, "a", "")),
    ...repeated(count, frame(argumentsOf(0, BLANKS))),
    frame(argumentsOf(0, "{}")),
    END,
  ],
  "tool calls": (count) => [
    ...Array.from({ length: count }, (_, index) => frame(call(index, `id${index}`, '{"a":1}'))),
    END,
  ],
  "tool calls without indexes": (count) => [
    ...Array.from({ length: count }, (_, index) => frame(call(undefined, `id${index}`, '{"a":1}'))),
    END,
  ],
  "tool calls in one frame": (count) => [
    frame({
      tool_calls: Array.from({ length: count }, (_, index) => ({
        index,
        id: `id${index}`,
        function: { name: "f", arguments: "{}" },
      })),
    }),
    END,
  ],
  "two choices": (count) => [
    ...repeated(
      count,
      'data: {"choices":[{"index":0,"delta":{"content":"a"}},{"index":1,"delta":{"content":"b"}}]}\n\n',
    ),
    END,
  ],
  comments: (count) => [...repeated(count, `: keep-alive ${WORDS}\n\n`), TEXT, END],
  "data that is not JSON": (count) => [...repeated(count, `data: HEARTBEAT ${WORDS}\n\n`), TEXT, END],
  "one long event": (count) => [
    'data: {"choices":[{"index":0,"delta":{"content":"',
    ...repeated(count, WORDS),
    '"}}]}\n\n',
    END,
  ],
  "one document": (count) => [
    '{"choices":[{"message":{"content":"',
    ...repeated(count, WORDS),
    '"},"finish_reason":"stop"}],\n"usage":{}}',
  ],
};

const SMALL = 25;
const FACTOR = 4;
/** Linear work grows by `FACTOR`, and quadratic work by its square. */
const MAX_GROWTH = 1.2 * FACTOR;

/** The routes that get the reply: each of them streamed, and whole where the reply is translated. */
const CLIENTS = clientsOf(FIXTURE).flatMap(([file, client]) => {
  const whole = { ...client, question: { ...client.question, stream: false } };
  const streamed = { ...client, question: { ...client.question, stream: true } };
  return file === "openai.sse" ? [streamed] : [streamed, whole];
});

for (const [what, reply] of Object.entries(REPLIES)) {
  test(`the work for ${what} is linear on every route`, async () => {
    for (const client of CLIENTS) {
      const replay = replayTo(client, FIXTURE);
      const workFor = (count: number): Promise<number> => {
        const pieces = reply(count).map((piece) => utf8.encode(piece));
        return countWork(() => replay(pieces));
      };
      const small = await workFor(SMALL);
      const large = await workFor(FACTOR * SMALL);
      expect(large / small, `${client.path} ${JSON.stringify(client.question)}`).toBeLessThan(MAX_GROWTH);
    }
  });
}
