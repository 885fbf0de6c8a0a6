/** The legacy `/v1/completions` with a provider of another API. */
import { expect, test } from "bun:test";
import OpenAI from "openai";
import { startTestApp, testProvider } from "../support/app.ts";
import { type Upstream, startUpstream } from "../support/upstream.ts";

const EVENTS = [
  { type: "message_start", message: { usage: { input_tokens: 3, output_tokens: 1 } } },
  { type: "content_block_start", index: 0, content_block: { type: "thinking", thinking: "hm" } },
  { type: "content_block_start", index: 1, content_block: { type: "text", text: "" } },
  { type: "content_block_delta", index: 1, delta: { type: "text_delta", text: "a " } },
  { type: "content_block_delta", index: 1, delta: { type: "text_delta", text: "time" } },
  { type: "message_delta", delta: { stop_reason: "max_tokens" }, usage: { output_tokens: 5 } },
  { type: "message_stop" },
];

function startAnthropic(): Upstream {
  const text = EVENTS.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
  return startUpstream(() => new Response(text, { headers: { "content-type": "text/event-stream" } }));
}

async function withClient(use: (client: OpenAI, upstream: Upstream) => Promise<void>): Promise<void> {
  using upstream = startAnthropic();
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`, { apiType: "anthropic" })]);
  await use(new OpenAI({ baseURL: `${app.url}/v1`, apiKey: "any", maxRetries: 0 }), upstream);
}

test("a prompt is a message of the user, and the reply is a completion", async () => {
  await withClient(async (client, upstream) => {
    const completion = await client.completions.create({
      model: "[p]-m",
      prompt: "Once upon",
      max_tokens: 2,
      stop: "END",
    });
    expect(completion).toMatchObject({
      object: "text_completion",
      model: "[p]-m",
      choices: [{ text: "a time", index: 0, finish_reason: "length" }],
      usage: { prompt_tokens: 3, completion_tokens: 5, total_tokens: 8 },
    });
    expect(JSON.parse(upstream.received[0]?.text ?? "")).toMatchObject({
      max_tokens: 2,
      stop_sequences: ["END"],
      messages: [{ role: "user", content: [{ type: "text", text: "Once upon" }] }],
    });
  });
});

test("a stream has the text, the reason of its end and the tokens", async () => {
  await withClient(async (client) => {
    const chunks = await Array.fromAsync(
      await client.completions.create({
        model: "[p]-m",
        prompt: ["Once upon"],
        stream: true,
        stream_options: { include_usage: true },
      }),
    );
    expect(chunks.map(({ choices }) => choices[0]?.text)).toEqual(["a ", "time", "", undefined]);
    expect(chunks.map(({ choices }) => String(choices[0]?.finish_reason))).toEqual([
      "null",
      "null",
      "length",
      "undefined",
    ]);
    expect(chunks.at(-1)?.usage?.total_tokens).toBe(8);
  });
});

test.each([
  [{ prompt: "a", suffix: "b" }, "Cannot insert text"],
  [{ prompt: ["a", "b"] }, 'Cannot forward "prompt"'],
  [{ prompt: [1, 2] }, 'Cannot forward "prompt"'],
  [{ prompt: "a", echo: true }, 'Cannot forward "echo"'],
  [{ prompt: "a", best_of: 2 }, 'Cannot forward "best_of"'],
])("what cannot be translated is an error: %j", async (fields, message) => {
  await withClient(async (client, upstream) => {
    const error: unknown = await client.completions.create({ model: "[p]-m", ...fields }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(String(error)).toContain(message);
    expect(upstream.received).toEqual([]);
  });
});
