/** `/v1/responses`: the client from npm reads the replies. */
import { expect, test } from "bun:test";
import OpenAI from "openai";
import type { ChatEvent } from "../../src/chat/event.ts";
import { RESPONSES_API, REPLIES, startReplay } from "../support/client-api.ts";
import { rejection } from "../support/rejection.ts";

const PLAIN = { model: "[p]-m", input: "hi" };
const PATCH: readonly ChatEvent[] = [
  { type: "tool-call-start", index: 0, id: "call_1", name: "apply_patch" },
  { type: "tool-call-delta", index: 0, arguments: '{"input":"*** Begin"}' },
  { type: "finish", reason: "tool-calls", raw: "tool_calls" },
];

function client(url: string): OpenAI {
  return new OpenAI({ baseURL: `${url}/v1`, apiKey: "none", maxRetries: 0 });
}

test.each(["text", "thinking", "tools", "interleaved", "empty", "cut"] as const)(
  "the npm client puts together what a whole reply says: %s",
  async (name) => {
    using server = startReplay(RESPONSES_API, REPLIES[name]);
    const { responses } = client(server.url);
    const reply = await responses.create(PLAIN);
    const final = await responses.stream(PLAIN).finalResponse();
    // A whole reply without a call always has a message, as from a real server, and a stream has one only for text.
    const filled = reply.output.filter(({ type }) => type !== "message" || reply.output_text !== "");
    expect(final.output.map(({ type }) => type)).toEqual(filled.map(({ type }) => type));
    expect(final.output_text).toBe(reply.output_text);
    expect(final.status).toBe(reply.status);
    expect(final.usage).toEqual(reply.usage);
  },
);

test("the npm client reads custom tool calls", async () => {
  using server = startReplay(RESPONSES_API, PATCH);
  const tools = [{ type: "custom" as const, name: "apply_patch" }];
  const { output } = await client(server.url)
    .responses.stream({ ...PLAIN, tools })
    .finalResponse();
  expect(output[0]).toMatchObject({ type: "custom_tool_call", input: "*** Begin" });
});

test("the npm client throws what was rejected, and sees what failed in the middle", async () => {
  using server = startReplay(RESPONSES_API, [{ type: "text-delta", text: "Hi" }]);
  const { responses } = client(server.url);
  const refused = await rejection(responses.create({ ...PLAIN, background: true }));
  expect(refused.message).toStartWith('400 Cannot forward "background"');
  const final = await responses.stream(PLAIN).finalResponse();
  expect(final).toMatchObject({ status: "failed", error: { message: "[p] The provider ended the stream" } });
});

test("the npm client stops reading when its user does", async () => {
  using server = startReplay(RESPONSES_API, REPLIES.text);
  const reading = client(server.url).responses.stream(PLAIN);
  reading.on("response.output_text.delta", () => reading.abort());
  expect((await rejection(reading.finalResponse())).message).toContain("aborted");
});
