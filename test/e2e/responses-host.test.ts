/** `/v1/responses` with a provider of the same API: requests and replies pass as they are. */
import { expect, test } from "bun:test";
import OpenAI from "openai";
import { startTestApp, testProvider } from "../support/app.ts";
import { startUpstream } from "../support/upstream.ts";

const JSON_HEADERS = { "content-type": "application/json" };

/** Spaces, a long number, unknown fields and items that no other API has. */
const BODY = `{ "model": "[p]-m", "future": {"n": 12345678901234567890}, "store": false, "include": ["reasoning.encrypted_content"],
  "tools": [{"type":"local_shell"},{"type":"custom","name":"apply_patch","format":{"type":"grammar"}},{"type":"web_search"}],
  "prompt_cache_key": "c1",
  "input": [{"role":"user","content":[{"type":"input_text","text":"h\\u00e9"}]}, {"type":"item_reference","id":"rs_0"},
            {"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"gAAA1"},
            {"type":"local_shell_call","call_id":"c1","action":{"type":"exec","command":["ls"]},"status":"completed"},
            {"type":"local_shell_call_output","id":"c1","output":"a.txt"}, {"type":"future_item","x":1.0}] }`;

const REPLY = `{"id":"resp_1","object":"response","status":"completed","model":"m","output":[{"type":"reasoning","id":"rs_2","summary":[],"encrypted_content":"gAAA2"},{"type":"local_shell_call","call_id":"c2","action":{"type":"exec","command":["cat"]},"n":12345678901234567890}],"usage":{"input_tokens":3,"output_tokens":2}}`;

test("a request passes with every byte but the model's name, and so does the reply", async () => {
  using upstream = startUpstream(() => new Response(REPLY, { headers: JSON_HEADERS }));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`, { apiType: "responses" })]);
  const response = await fetch(`${app.url}/v1/responses`, { method: "POST", body: BODY });
  expect(await response.text()).toBe(REPLY.replace('"model":"m"', '"model":"[p]-m"'));
  expect(upstream.received[0]?.path).toBe("/v1/responses");
  expect(upstream.received[0]?.text).toBe(BODY.replace('"[p]-m"', '"m"'));
});

test("reasoning that the provider cannot read is removed from the request, and nothing else", async () => {
  let requests = 0;
  using upstream = startUpstream(() => {
    requests += 1;
    if (requests > 1) return new Response(REPLY, { headers: JSON_HEADERS });
    const error = {
      message: "The encrypted content gAAA1 could not be verified.",
      code: "invalid_encrypted_content",
    };
    return Response.json({ error }, { status: 400 });
  });
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`, { apiType: "responses" })]);
  const response = await fetch(`${app.url}/v1/responses`, { method: "POST", body: BODY });
  expect(response.status).toBe(200);
  expect(upstream.received[1]?.text).not.toContain("gAAA1");
  expect(upstream.received[1]?.text).toContain('"type":"local_shell_call"');
  expect(upstream.received[1]?.text).toContain("12345678901234567890");
});

test("OpenAI's client gets the events of a host that answers as a whole", async () => {
  const reply = {
    id: "resp_1",
    object: "response",
    status: "completed",
    model: "m",
    output: [
      {
        type: "message",
        id: "msg_1",
        role: "assistant",
        content: [{ type: "output_text", text: "Hi", annotations: [] }],
      },
      { type: "function_call", id: "fc_1", call_id: "c1", name: "f", arguments: '{"a":1}' },
    ],
  };
  using upstream = startUpstream(() => Response.json(reply));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`, { apiType: "responses" })]);
  const client = new OpenAI({ baseURL: `${app.url}/v1`, apiKey: "x", maxRetries: 0 });
  const stream = client.responses.stream({ model: "[p]-m", input: "hi" });
  const texts: string[] = [];
  stream.on("response.output_text.delta", ({ delta }) => texts.push(delta));
  const { output, output_text } = await stream.finalResponse();
  expect(texts).toEqual(["Hi"]);
  expect(output_text).toBe("Hi");
  expect(output[1]).toMatchObject({ type: "function_call", arguments: '{"a":1}' });
});

test("embeddings of a provider with this API work as those of OpenAI's", async () => {
  using upstream = startUpstream(() =>
    Response.json({
      object: "list",
      data: [{ object: "embedding", index: 0, embedding: [0.5] }],
      model: "m",
    }),
  );
  await using app = await startTestApp([
    testProvider(`${upstream.url}/v1`, {
      apiType: "responses",
      models: [{ name: "m", capabilities: ["embedding"] }],
    }),
  ]);
  const response = await fetch(`${app.url}/api/embed`, {
    method: "POST",
    body: JSON.stringify({ model: "[p]-m", input: "hi" }),
  });
  expect(await response.json()).toMatchObject({ embeddings: [[1]] });
  expect(upstream.received[0]?.path).toBe("/v1/embeddings");
});
