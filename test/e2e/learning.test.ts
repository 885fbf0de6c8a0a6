/** A provider that refuses part of a request is asked once more without, and never with it again. */
import { expect, test } from "bun:test";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { startUpstream } from "../support/upstream.ts";

const HELLO =
  'data: {"choices":[{"delta":{"content":"Hello"}}]}\n\ndata: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n';
const ASK = {
  model: "[p]-m",
  messages: [{ role: "user", content: "hi" }],
  options: { num_predict: 64, temperature: 0.2 },
};

function refusal(message: string): Response {
  return Response.json({ error: { message } }, { status: 400 });
}

test("what is refused is renamed or dropped, and remembered for the model", async () => {
  using upstream = startUpstream(({ text }) => {
    const body = JSON.parse(text);
    if ("max_tokens" in body) {
      return refusal(
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      );
    }
    if ("temperature" in body)
      return refusal("Unsupported value: 'temperature' does not support 0.2 with this model.");
    return new Response(HELLO);
  });
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  for (let ask = 0; ask < 2; ask += 1) {
    const response = await post(`${app.url}/api/chat`, ASK);
    expect(await response.text()).toContain('"done":true');
  }
  const bodies = upstream.received.map(({ text }) => JSON.parse(text));
  expect(
    bodies.map(({ max_tokens, max_completion_tokens, temperature }) => ({
      max_tokens,
      max_completion_tokens,
      temperature,
    })),
  ).toEqual([
    { max_tokens: 64, max_completion_tokens: undefined, temperature: 0.2 },
    { max_tokens: undefined, max_completion_tokens: 64, temperature: 0.2 },
    { max_tokens: undefined, max_completion_tokens: 64, temperature: undefined },
    { max_tokens: undefined, max_completion_tokens: 64, temperature: undefined },
  ]);
});

test("a refusal that teaches nothing reaches the client after one request", async () => {
  using upstream = startUpstream(() => refusal("Unsupported parameter: 'tools'"));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const response = await post(`${app.url}/api/chat`, {
    ...ASK,
    tools: [{ type: "function", function: { name: "f" } }],
  });
  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({ error: "[p] Unsupported parameter: 'tools'" });
  expect(upstream.received).toHaveLength(1);
});

test("a provider that refuses for ever is asked no more than four times", async () => {
  using upstream = startUpstream(({ text }) => {
    const [field = ""] = Object.keys(JSON.parse(text)).filter(
      (name) => !["model", "messages", "stream"].includes(name),
    );
    return refusal(`Unsupported parameter: '${field}'`);
  });
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const options = {
    temperature: 1,
    top_p: 1,
    seed: 1,
    num_predict: 1,
    presence_penalty: 1,
    frequency_penalty: 1,
  };
  expect((await post(`${app.url}/api/chat`, { ...ASK, options })).status).toBe(400);
  expect(upstream.received).toHaveLength(4);
});
