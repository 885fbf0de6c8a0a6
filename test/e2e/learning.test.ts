/** After a provider rejects part of a request, the request is sent again without it, and later requests omit it too. */
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

test("a rejected parameter is renamed or dropped, and the fix is kept for the model", async () => {
  using upstream = startUpstream(({ text }) => {
    const body = JSON.parse(text);
    if ("max_tokens" in body) {
      return refusal(
        "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
      );
    }
    if ("temperature" in body)
      return refusal(
        "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default (1) value is supported.",
      );
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

test("an error without a known fix reaches the client after one request", async () => {
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

test("a provider that always rejects gets at most four requests", async () => {
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

const WHOLE =
  '{"choices":[{"index":0,"message":{"role":"assistant","content":"Hello"},"finish_reason":"stop"}]}';

test.each<[what: string, message: string, sent: string, repaired: string]>([
  [
    "a role",
    "unsupported role developer",
    '{ "seed" : 12345678901234567890, "messages":[ {"content":"\\u0041","role" : "developer"} , {"role":"user","content":"hi","x":1e400}],"model" : "[p]-m" }',
    '{ "seed" : 12345678901234567890, "messages":[{"content":"\\u0041","role" : "system"},{"role":"user","content":"hi","x":1e400}],"model" : "m" }',
  ],
  [
    "a field",
    "body.store: property 'body.store' is unsupported",
    '{"store" :false, "model":"[p]-m","seed":1.0, "messages": [{"role":"user","content":"hi"}] }',
    '{ "model":"m","seed":1.0, "messages": [{"role":"user","content":"hi"}] }',
  ],
  [
    "a limit",
    "max_tokens must be at most 8192, got 100000",
    '{"model":"[p]-m","max_tokens":1e5 , "seed":1.0,"messages": [{"role":"user","content":"hi"}]}',
    '{"model":"m","max_tokens":8192 , "seed":1.0,"messages": [{"role":"user","content":"hi"}]}',
  ],
  [
    "a name",
    "Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.",
    '{"model":"[p]-m","max_tokens":100,"seed":1.0,"messages": [{"role":"user","content":"hi"}]}',
    '{"model":"m","seed":1.0,"messages": [{"role":"user","content":"hi"}],"max_completion_tokens":100}',
  ],
  [
    "the last of two members of one name",
    "unsupported role developer",
    '{"model":"[p]-m","messages":[{"role":"user","content":"a"}],"seed":1.0,"messages":[{"role":"developer","content":"hi"}]}',
    '{"model":"m","seed":1.0,"messages":[{"role":"system","content":"hi"}]}',
  ],
])("only the rejected part of a relayed request is changed: %s", async (_, message, sent, repaired) => {
  using upstream = startUpstream(({ text }) => (text === repaired ? new Response(WHOLE) : refusal(message)));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const response = await fetch(`${app.url}/v1/chat/completions`, { method: "POST", body: sent });
  expect(upstream.received.map(({ text }) => text)).toEqual([sent.replace("[p]-m", "m"), repaired]);
  expect(response.status).toBe(200);
});

test.each([
  "This response_format type is unavailable now",
  "response_format is not supported by this model",
  "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
  "This model does not support response format `json_schema`. See supported models at https://h.example",
  "response_format.type: Input should be 'text' or 'json_object'",
  'response_format type must be one of "text" or "json_object", but got: json_schema',
  "Failed to deserialize: response_format.type: unknown variant `json_schema`, expected one of `text`, `json_object`",
  "Structured outputs are not enabled for this model",
  "response_format: Extra inputs are not permitted",
  "Unrecognized request argument supplied: response_format",
])("a provider that knows no schema is told none again: %s", async (message) => {
  using upstream = startUpstream(({ text }) =>
    text.includes("json_schema") ? refusal(message) : new Response(WHOLE),
  );
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const ask = { ...ASK, stream: false, format: { type: "object" } };
  for (let count = 0; count < 2; count += 1) {
    expect((await post(`${app.url}/api/chat`, ask)).status).toBe(200);
  }
  const hasSchema = upstream.received.map(({ text }) => text.includes("json_schema"));
  expect(hasSchema).toEqual([true, false, false]);
});
