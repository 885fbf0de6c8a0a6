/** `/v1/messages`: the exact bytes of replies, and the client from npm that reads them. */
import { expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import { PING } from "../../src/apis/anthropic/client/encoder.ts";
import { ProxyError } from "../../src/chat/error.ts";
import type { ChatEvent } from "../../src/chat/event.ts";
import { ANTHROPIC, CONTEXT, REPLIES, startReplay, streamed, whole } from "../support/client-api.ts";
import { rejection } from "../support/rejection.ts";

const PLAIN = { model: "[p]-m", max_tokens: 100, messages: [{ role: "user", content: "hi" }] };
const STREAM = { ...PLAIN, stream: true };

function event(name: string, members = ""): string {
  return `event: ${name}\ndata: {"type":"${name}"${members}}\n\n`;
}

const START = event(
  "message_start",
  ',"message":{"id":"msg_abcdefgh01234567","type":"message","role":"assistant","model":"[p]-m","content":[],' +
    '"stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":12,"output_tokens":0}}',
);

function block(index: number, start: string, ...deltas: readonly string[]): string {
  return (
    event("content_block_start", `,"index":${index},"content_block":{${start}}`) +
    deltas.map((delta) => event("content_block_delta", `,"index":${index},"delta":{${delta}}`)).join("") +
    event("content_block_stop", `,"index":${index}`)
  );
}

function end(reason: string, usage: string): string {
  return (
    event("message_delta", `,"delta":{"stop_reason":"${reason}","stop_sequence":null},"usage":{${usage}}`) +
    event("message_stop")
  );
}

const WEATHER = '"type":"tool_use","id":"call_1","name":"weather","input":{}';
const TIME = '"type":"tool_use","id":"call_2","name":"time","input":{}';

function json(text: string): string {
  return `"type":"input_json_delta","partial_json":${JSON.stringify(text)}`;
}

const STREAMS: readonly (readonly [name: string, events: readonly ChatEvent[], bytes: string])[] = [
  ["nothing said", REPLIES.empty, START + end("end_turn", '"input_tokens":12,"output_tokens":0')],
  [
    "text and counts",
    REPLIES.text,
    START +
      block(
        0,
        '"type":"text","text":""',
        '"type":"text_delta","text":"Hi"',
        '"type":"text_delta","text":" \\"you\\"\\n"',
      ) +
      end("end_turn", '"input_tokens":9,"output_tokens":4'),
  ],
  [
    "thinking with its signature, and input from the cache",
    REPLIES.thinking,
    START +
      block(
        0,
        '"type":"thinking","thinking":""',
        '"type":"thinking_delta","thinking":"hm"',
        '"type":"signature_delta","signature":"c2ln"',
      ) +
      block(1, '"type":"text","text":""', '"type":"text_delta","text":"Hi"') +
      end("end_turn", '"input_tokens":1,"cache_read_input_tokens":8,"output_tokens":4'),
  ],
  [
    "tool calls, one without arguments",
    REPLIES.tools,
    START +
      block(0, '"type":"text","text":""', '"type":"text_delta","text":"Let me see"') +
      block(1, WEATHER, json('{"city":'), json('"Paris"}')) +
      block(2, TIME, json("{}")) +
      end("tool_use", '"input_tokens":12,"output_tokens":1'),
  ],
  [
    "tool calls that come in turns",
    REPLIES.interleaved,
    START +
      block(0, WEATHER, json('{"city":'), json('"Paris"}')) +
      block(1, TIME, json('{"zone":"CET"}')) +
      end("tool_use", '"input_tokens":12,"output_tokens":0'),
  ],
  [
    "the length limit",
    REPLIES.cut,
    START +
      block(0, '"type":"text","text":""', '"type":"text_delta","text":"Once upon"') +
      end("max_tokens", '"input_tokens":12,"output_tokens":1'),
  ],
  [
    "a content filter",
    [{ type: "finish", reason: "content-filter", raw: "safety" }],
    START + end("refusal", '"input_tokens":12,"output_tokens":0'),
  ],
  [
    "a failure in the middle",
    [{ type: "text-delta", text: "Hi" }],
    START +
      block(0, '"type":"text","text":""', '"type":"text_delta","text":"Hi"').replace(
        event("content_block_stop", ',"index":0'),
        event(
          "error",
          ',"error":{"type":"api_error","message":"[p] The provider ended the stream"},"request_id":"req_abcdefgh01234567"',
        ),
      ),
  ],
];

test.each(STREAMS)("a stream is exact to the byte: %s", (_name, events, expected) => {
  expect(streamed(ANTHROPIC.decodeRequest(STREAM), events)).toBe(expected);
});

test("arguments that come after their block was closed are an error, not lost", () => {
  const events: readonly ChatEvent[] = [
    ...REPLIES.interleaved.slice(0, 1),
    ...REPLIES.cut.slice(0, 1),
    { type: "tool-call-delta", index: 0, arguments: "{}" },
    ...REPLIES.empty,
  ];
  expect(() => streamed(ANTHROPIC.decodeRequest(STREAM), events)).toThrow(
    'The model continued its call of the tool "weather" after it had started another part; try again',
  );
});

test("a ping is an event of its own", () => {
  expect(PING).toBe('event: ping\ndata: {"type":"ping"}\n\n');
});

const HEAD = '{"id":"msg_abcdefgh01234567","type":"message","role":"assistant","model":"[p]-m","content":';

const WHOLE: readonly (readonly [name: string, events: readonly ChatEvent[], text: string])[] = [
  [
    "nothing said",
    REPLIES.empty,
    `${HEAD}[],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":12,"output_tokens":0}}`,
  ],
  [
    "thinking",
    REPLIES.thinking,
    `${HEAD}[{"type":"thinking","thinking":"hm","signature":"c2ln"},{"type":"text","text":"Hi"}],` +
      '"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":1,"cache_read_input_tokens":8,"output_tokens":4}}',
  ],
  [
    "tool calls",
    REPLIES.tools,
    `${HEAD}[{"type":"text","text":"Let me see"},` +
      '{"type":"tool_use","id":"call_1","name":"weather","input":{"city":"Paris"}},' +
      '{"type":"tool_use","id":"call_2","name":"time","input":{}}],' +
      '"stop_reason":"tool_use","stop_sequence":null,"usage":{"input_tokens":12,"output_tokens":1}}',
  ],
  [
    "a call cut in half",
    [...REPLIES.tools.slice(0, 3), ...REPLIES.cut.slice(1)],
    `${HEAD}[{"type":"text","text":"Let me see"}],"stop_reason":"max_tokens","stop_sequence":null,` +
      '"usage":{"input_tokens":12,"output_tokens":1}}',
  ],
];

test.each(WHOLE)("a whole reply is one object: %s", (_name, events, expected) => {
  expect(whole(ANTHROPIC.decodeRequest(PLAIN), events)).toBe(expected);
});

test.each([
  ["model-not-found", "not_found_error", "no"],
  ["bad-request", "invalid_request_error", "no"],
  ["context-overflow", "invalid_request_error", "prompt is too long: no"],
  ["forbidden", "permission_error", "no"],
  ["rate-limited", "rate_limit_error", "no"],
  ["overloaded", "overloaded_error", "no"],
  ["unauthorized", "permission_error", "no"],
] as const)("a failure of kind %s has the type %s", (kind, type, message) => {
  expect(ANTHROPIC.encodeError(new ProxyError(kind, "no"), CONTEXT.id)).toEqual({
    type: "error",
    error: { type, message },
    request_id: "req_abcdefgh01234567",
  });
});

const PARAMS = {
  model: "[p]-m",
  max_tokens: 100,
  messages: [{ role: "user" as const, content: "hi" }],
};

function client(url: string): Anthropic {
  return new Anthropic({ baseURL: url, apiKey: "none", maxRetries: 0 });
}

test("the npm client puts thinking, text and tool calls together", async () => {
  using thinking = startReplay(ANTHROPIC, REPLIES.thinking);
  const thought = await client(thinking.url).messages.stream(PARAMS).finalMessage();
  expect(thought.content).toMatchObject([
    { type: "thinking", thinking: "hm", signature: "c2ln" },
    { type: "text", text: "Hi" },
  ]);
  expect(thought.usage).toMatchObject({ input_tokens: 1, cache_read_input_tokens: 8, output_tokens: 4 });
  for (const name of ["tools", "interleaved"] as const) {
    using server = startReplay(ANTHROPIC, REPLIES[name]);
    const called = await client(server.url).messages.stream(PARAMS).finalMessage();
    expect(called.stop_reason).toBe("tool_use");
    expect(called.content.filter(({ type }) => type === "tool_use")).toMatchObject([
      { id: "call_1", name: "weather", input: { city: "Paris" } },
      { id: "call_2", name: "time", input: name === "tools" ? {} : { zone: "CET" } },
    ]);
  }
});

test("the npm client reads a whole reply, and an empty one", async () => {
  using server = startReplay(ANTHROPIC, REPLIES.text);
  const reply = await client(server.url).messages.create(PARAMS);
  expect(reply.content).toMatchObject([{ type: "text", text: 'Hi "you"\n' }]);
  using silent = startReplay(ANTHROPIC, REPLIES.empty);
  expect((await client(silent.url).messages.create(PARAMS)).content).toEqual([]);
  expect((await client(silent.url).messages.stream(PARAMS).finalMessage()).content).toEqual([]);
});

test("the npm client throws what failed, before the reply and in the middle of it", async () => {
  using server = startReplay(ANTHROPIC, [{ type: "text-delta", text: "Hi" }]);
  const { messages } = client(server.url);
  expect((await rejection(messages.create({ ...PARAMS, max_tokens: 0 }))).message).toContain(
    "max_tokens is required and must be positive",
  );
  expect((await rejection(messages.stream(PARAMS).finalMessage())).message).toContain(
    "The provider ended the stream",
  );
});

test("the npm client stops reading when its user does", async () => {
  using server = startReplay(ANTHROPIC, REPLIES.text);
  const stream = client(server.url).messages.stream(PARAMS);
  stream.on("text", () => stream.abort());
  expect((await rejection(stream.finalMessage())).message).toContain("aborted");
});
