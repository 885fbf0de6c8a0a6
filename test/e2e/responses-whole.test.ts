/** A response that a provider sends as a whole reaches a client that asked for a stream. */
import { expect, test } from "bun:test";
import OpenAI from "openai";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { rejection } from "../support/rejection.ts";
import { startUpstream } from "../support/upstream.ts";

const OUTPUT = [
  {
    type: "reasoning",
    id: "rs_1",
    summary: [{ type: "summary_text", text: "Hm" }],
    encrypted_content: "abc",
  },
  {
    type: "message",
    id: "msg_1",
    status: "completed",
    role: "assistant",
    content: [
      {
        type: "output_text",
        text: "Hello",
        annotations: [{ type: "url_citation", url: "https://h.example" }],
      },
      { type: "refusal", refusal: "No" },
    ],
  },
  {
    type: "function_call",
    id: "fc_1",
    call_id: "call_1",
    name: "f",
    arguments: '{"a":1}',
    status: "completed",
  },
];

function startWhole(status: string, more: object = {}) {
  return startUpstream(({ text }) =>
    JSON.parse(text).stream === false
      ? Response.json({
          id: "resp_1",
          object: "response",
          created_at: 1,
          model: "m",
          status,
          output: OUTPUT,
          usage: { input_tokens: 3, output_tokens: 2, total_tokens: 5 },
          ...more,
        })
      : new Response("", { headers: { "content-type": "text/event-stream" } }),
  );
}

test.each(["completed", "incomplete"])("OpenAI's library reads all of it (%s)", async (status) => {
  using upstream = startWhole(status);
  await using app = await startTestApp([testProvider(upstream.url, { options: { responses: "relay" } })]);
  const client = new OpenAI({ apiKey: "none", baseURL: `${app.url}/v1` });
  const stream = client.responses.stream({ model: "[p]-m", input: "hi" });
  const types: string[] = [];
  for await (const { type } of stream) types.push(type);
  expect(types).toEqual([
    "response.created",
    "response.in_progress",
    "response.output_item.added",
    "response.reasoning_summary_part.added",
    "response.reasoning_summary_text.delta",
    "response.reasoning_summary_text.done",
    "response.reasoning_summary_part.done",
    "response.output_item.done",
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
    "response.output_text.done",
    "response.content_part.done",
    "response.content_part.added",
    "response.refusal.delta",
    "response.refusal.done",
    "response.content_part.done",
    "response.output_item.done",
    "response.output_item.added",
    "response.function_call_arguments.delta",
    "response.function_call_arguments.done",
    "response.output_item.done",
    `response.${status}`,
  ]);
  const final = await stream.finalResponse();
  expect(final).toMatchObject({ model: "[p]-m", status, output: OUTPUT });
  expect(final.output_text).toBe("Hello");
  expect(upstream.received).toHaveLength(2);
});

test("every event is complete, and a response without a status is completed", async () => {
  const call = { type: "function_call", id: "fc_1", call_id: "call_1", name: "f", arguments: "{}" };
  const text = { type: "output_text", text: "Hi" };
  const message = { type: "message", id: "msg_1", role: "assistant", content: [text] };
  const whole = { object: "response", model: "m", output: [call, message] };
  using upstream = startUpstream(() => Response.json(whole));
  await using app = await startTestApp([testProvider(upstream.url, { options: { responses: "relay" } })]);
  const response = await post(`${app.url}/v1/responses`, { model: "[p]-m", input: "hi", stream: true });
  const events = [...(await response.text()).matchAll(/^event: (.*)\ndata: (.*)$/gm)];
  const named = { object: "response", model: "[p]-m" };
  const begun = { ...named, status: "in_progress", output: [], usage: null };
  const first = { item_id: "fc_1", output_index: 0 };
  const second = { item_id: "msg_1", output_index: 1, content_index: 0 };
  const expected = [
    { type: "response.created", response: begun },
    { type: "response.in_progress", response: begun },
    {
      type: "response.output_item.added",
      output_index: 0,
      item: { ...call, status: "in_progress", arguments: "" },
    },
    { type: "response.function_call_arguments.delta", ...first, delta: "{}" },
    { type: "response.function_call_arguments.done", ...first, name: "f", arguments: "{}" },
    { type: "response.output_item.done", output_index: 0, item: call },
    {
      type: "response.output_item.added",
      output_index: 1,
      item: { ...message, status: "in_progress", content: [] },
    },
    { type: "response.content_part.added", ...second, part: { ...text, text: "" } },
    { type: "response.output_text.delta", ...second, delta: "Hi", logprobs: [] },
    { type: "response.output_text.done", ...second, text: "Hi", logprobs: [] },
    { type: "response.content_part.done", ...second, part: text },
    { type: "response.output_item.done", output_index: 1, item: message },
    { type: "response.completed", response: { ...named, output: [call, message] } },
  ];
  expect(events.map(([, , data = ""]) => JSON.parse(data))).toEqual(
    expected.map((event, index) => ({ ...event, sequence_number: index })),
  );
  expect(events.map(([, name]) => name)).toEqual(expected.map(({ type }) => type));
});

test("a response that failed is an error", async () => {
  using upstream = startWhole("failed", { error: { code: "server_error", message: "Out of memory" } });
  await using app = await startTestApp([testProvider(upstream.url, { options: { responses: "relay" } })]);
  const client = new OpenAI({ apiKey: "none", baseURL: `${app.url}/v1`, maxRetries: 0 });
  const stream = client.responses.create({ model: "[p]-m", input: "hi", stream: true });
  expect(String(await rejection(stream))).toContain("[p] Out of memory");
});
