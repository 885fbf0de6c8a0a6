/** `/v1/chat/completions`: the exact bytes of replies, and the client from npm that reads them. */
import { expect, test } from "bun:test";
import OpenAI from "openai";
import { ProxyError } from "../../src/chat/error.ts";
import type { ChatEvent } from "../../src/chat/event.ts";
import { OPENAI, CONTEXT, REPLIES, startReplay, streamed, whole } from "../support/client-api.ts";
import { rejection } from "../support/rejection.ts";

const PLAIN = { model: "[p]-m", messages: [{ role: "user", content: "hi" }] };
const HEAD =
  '"id":"chatcmpl-abcdefgh01234567","object":"chat.completion.chunk","created":1767225600,"model":"[p]-m","system_fingerprint":"fp_ollama"';

function chunk(delta: string, finish = "null", rest = ""): string {
  return `data: {${HEAD},"choices":[{"index":0,"delta":{${delta}},"finish_reason":${finish}${rest}}]}\n\n`;
}

const DONE = "data: [DONE]\n\n";
const STREAM = { ...PLAIN, stream: true };
const USAGE_STREAM = { ...STREAM, stream_options: { include_usage: true } };

const logprobs = [{ token: "é", logprob: -0.5, top: [{ token: "e", logprob: -1 }] }];
const STREAMS: readonly (readonly [
  name: string,
  request: object,
  events: readonly ChatEvent[],
  bytes: string,
])[] = [
  [
    "nothing said",
    STREAM,
    REPLIES.empty,
    chunk('"role":"assistant","content":""') + chunk("", '"stop"') + DONE,
  ],
  [
    "text and counts",
    USAGE_STREAM,
    REPLIES.text,
    `${chunk('"role":"assistant","content":"Hi"')}${chunk('"content":" \\"you\\"\\n"')}${chunk("", '"stop"')}` +
      `data: {${HEAD},"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13}}\n\n${DONE}`,
  ],
  [
    "thinking",
    STREAM,
    REPLIES.thinking,
    chunk('"role":"assistant","content":"","reasoning":"hm"') +
      chunk('"content":"Hi"') +
      chunk("", '"stop"') +
      DONE,
  ],
  [
    "tool calls in pieces, one without arguments",
    STREAM,
    REPLIES.tools,
    chunk('"role":"assistant","content":"Let me see"') +
      chunk(
        '"content":"","tool_calls":[{"id":"call_1","index":0,"type":"function","function":{"name":"weather","arguments":""}}]',
      ) +
      chunk('"tool_calls":[{"index":0,"function":{"arguments":"{\\"city\\":"}}]') +
      chunk('"tool_calls":[{"index":0,"function":{"arguments":"\\"Paris\\"}"}}]') +
      chunk(
        '"content":"","tool_calls":[{"id":"call_2","index":1,"type":"function","function":{"name":"time","arguments":""}}]',
      ) +
      chunk('"tool_calls":[{"index":1,"function":{"arguments":"{}"}}]') +
      chunk("", '"tool_calls"') +
      DONE,
  ],
  [
    "the length limit",
    STREAM,
    REPLIES.cut,
    chunk('"role":"assistant","content":"Once upon"') + chunk("", '"length"') + DONE,
  ],
  [
    "a content filter",
    STREAM,
    [{ type: "finish", reason: "content-filter", raw: "safety" }],
    chunk('"role":"assistant","content":""') + chunk("", '"content_filter"') + DONE,
  ],
  [
    "counts that nobody gave",
    USAGE_STREAM,
    REPLIES.cut,
    `${chunk('"role":"assistant","content":"Once upon"')}${chunk("", '"length"')}data: {${HEAD},"choices":[],` +
      `"usage":{"prompt_tokens":12,"completion_tokens":1,"total_tokens":13}}\n\n${DONE}`,
  ],
  [
    "log probabilities",
    STREAM,
    [{ type: "text-delta", text: "é", logprobs }, ...REPLIES.empty],
    chunk(
      '"role":"assistant","content":"é"',
      "null",
      ',"logprobs":{"content":[{"token":"é","logprob":-0.5,"bytes":[195,169],"top_logprobs":[{"token":"e","logprob":-1,"bytes":[101]}]}]}',
    ) +
      chunk("", '"stop"') +
      DONE,
  ],
  [
    "a failure in the middle",
    STREAM,
    [{ type: "text-delta", text: "Hi" }],
    `${chunk('"role":"assistant","content":"Hi"')}data: {"error":{"message":"[p] The provider ended the stream","type":"api_error","param":null,"code":null}}\n\n`,
  ],
];
test.each(STREAMS)("a stream is exact to the byte: %s", (_name, request, events, expected) => {
  expect(streamed(OPENAI.decodeRequest(request), events)).toBe(expected);
});

test("a whole reply is one object", () => {
  const request = OPENAI.decodeRequest(PLAIN);
  const head = HEAD.replace(".chunk", "");
  expect(whole(request, REPLIES.thinking)).toBe(
    `{${head},"choices":[{"index":0,"message":{"role":"assistant","content":"Hi","reasoning":"hm"},"finish_reason":"stop"}],` +
      '"usage":{"prompt_tokens":9,"completion_tokens":4,"total_tokens":13,"prompt_tokens_details":{"cached_tokens":8},"completion_tokens_details":{"reasoning_tokens":2}}}',
  );
  expect(whole(request, REPLIES.interleaved)).toBe(
    `{${head},"choices":[{"index":0,"message":{"role":"assistant","content":"","tool_calls":[` +
      '{"id":"call_1","index":0,"type":"function","function":{"name":"weather","arguments":"{\\"city\\":\\"Paris\\"}"}},' +
      '{"id":"call_2","index":1,"type":"function","function":{"name":"time","arguments":"{\\"zone\\":\\"CET\\"}"}}]},"finish_reason":"tool_calls"}],' +
      '"usage":{"prompt_tokens":12,"completion_tokens":0,"total_tokens":12}}',
  );
});

test.each([
  ["model-not-found", "not_found_error", null],
  ["bad-request", "invalid_request_error", null],
  ["context-overflow", "invalid_request_error", "context_length_exceeded"],
  ["rate-limited", "api_error", null],
] as const)("a failure of kind %s has the type %s and the code %p", (kind, type, code) => {
  const body = OPENAI.encodeError(new ProxyError(kind, "no"), CONTEXT.id);
  expect(body).toEqual({ error: { message: "no", type, param: null, code } });
});

const model = "[p]-m";
const messages = [{ role: "user", content: "hi" }] as const;

function client(url: string): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0 });
}

test("the npm client puts tool calls together from their pieces", async () => {
  for (const name of ["tools", "interleaved"] as const) {
    using server = startReplay(OPENAI, REPLIES[name]);
    const stream = client(server.url).chat.completions.stream({ model, messages: [...messages] });
    const { message, finish_reason } = (await stream.finalChatCompletion()).choices[0] ?? {};
    expect(finish_reason).toBe("tool_calls");
    expect(message?.tool_calls).toMatchObject([
      { id: "call_1", function: { name: "weather", arguments: '{"city":"Paris"}' } },
      { id: "call_2", function: { name: "time", arguments: name === "tools" ? "{}" : '{"zone":"CET"}' } },
    ]);
  }
});

test("the npm client reads text, thinking and counts", async () => {
  using server = startReplay(OPENAI, REPLIES.thinking);
  const chunks = await client(server.url).chat.completions.create({
    model,
    messages: [...messages],
    stream: true,
    stream_options: { include_usage: true },
  });
  const deltas: unknown[] = [];
  let total: number | undefined;
  for await (const { choices, usage } of chunks) {
    deltas.push(...choices.map(({ delta }) => delta));
    total = usage?.total_tokens ?? total;
  }
  expect(deltas).toEqual([{ role: "assistant", content: "", reasoning: "hm" }, { content: "Hi" }, {}]);
  expect(total).toBe(13);
});

test("the npm client reads a whole reply", async () => {
  using server = startReplay(OPENAI, REPLIES.text);
  const reply = await client(server.url).chat.completions.create({ model, messages: [...messages] });
  expect(reply.choices[0]?.message.content).toBe('Hi "you"\n');
  expect(reply.usage?.total_tokens).toBe(13);
});

test("the npm client throws what failed, before the reply and in the middle of it", async () => {
  using server = startReplay(OPENAI, [{ type: "text-delta", text: "Hi" }]);
  const { completions } = client(server.url).chat;
  const refused = await rejection(completions.create({ model, messages: [...messages], n: 2 }));
  expect(refused.message).toStartWith('400 Cannot forward "n"');
  const stream = completions.stream({ model, messages: [...messages] });
  expect((await rejection(stream.finalChatCompletion())).message).toContain("The provider ended the stream");
});

test("the npm client stops reading when its user does", async () => {
  using server = startReplay(OPENAI, REPLIES.text);
  const stream = client(server.url).chat.completions.stream({ model, messages: [...messages] });
  stream.on("content", () => stream.abort());
  expect((await rejection(stream.finalChatCompletion())).message).toContain("aborted");
});
