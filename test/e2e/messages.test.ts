/** `/v1/messages` and `/v1/messages/count_tokens` with a provider of the same API: requests and replies pass as they are. */
import { expect, test } from "bun:test";
import Anthropic from "@anthropic-ai/sdk";
import type { ProviderConfig } from "../../src/config/schema.ts";
import { startTestApp, testProvider } from "../support/app.ts";
import { type Upstream, startUpstream } from "../support/upstream.ts";

const JSON_HEADERS = { "content-type": "application/json" };

function anthropic(upstream: Upstream, overrides: Partial<ProviderConfig> = {}): ProviderConfig {
  return testProvider(`${upstream.url}/v1`, {
    apiType: "anthropic",
    secrets: ["upstream-secret"],
    ...overrides,
  });
}

/** Spaces, a long number, unknown fields and everything that no other API has. */
const BODY = `{ "model": "[p]-m", "max_tokens": 9, "future": {"n": 12345678901234567890},
  "system": [{"type":"text","text":"s","cache_control":{"type":"ephemeral","ttl":"1h"}}],
  "tools": [{"type":"bash_20250124","name":"bash"},{"type":"web_search_20250305","name":"web_search","max_uses":2}],
  "mcp_servers": [{"type":"url","url":"https://mcp.example.com","name":"x"}],
  "messages": [{"role":"user","content":[{"type":"text","text":"h\\u00e9","cache_control":{"type":"ephemeral"}}]},
               {"role":"assistant","content":[{"type":"thinking","thinking":"hm","signature":"c2ln"},{"type":"future_block","x":1.0}]},
               {"role":"user","content":"go"}] }`;

const REPLY = `{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"future_block","n":12345678901234567890},{"type":"text","text":"Hi"}],"stop_reason":"end_turn","stop_sequence":null,"usage":{"input_tokens":3,"cache_read_input_tokens":7,"output_tokens":2,"service_tier":"standard"}}`;

test("a request passes with every byte but the model's name, and so does the reply", async () => {
  using upstream = startUpstream(
    () =>
      new Response(REPLY, {
        headers: {
          ...JSON_HEADERS,
          "request-id": "req_1",
          "anthropic-ratelimit-tokens-remaining": "5",
          "set-cookie": "a=b",
        },
      }),
  );
  await using app = await startTestApp([
    anthropic(upstream, { headers: { "anthropic-beta": "configured-1" } }),
  ]);
  const response = await fetch(`${app.url}/v1/messages?beta=true`, {
    method: "POST",
    body: BODY,
    headers: {
      "anthropic-beta": "interleaved-thinking-2025-05-14,other-1",
      "x-api-key": "client-key",
      authorization: "Bearer client-token",
      cookie: "c=d",
    },
  });
  expect(await response.text()).toBe(REPLY.replace('"model":"m"', '"model":"[p]-m"'));
  expect(response.headers.get("request-id")).toBe("req_1");
  expect(response.headers.get("anthropic-ratelimit-tokens-remaining")).toBe("5");
  expect(response.headers.get("set-cookie")).toBeNull();
  const [sent] = upstream.received;
  expect(sent?.path).toBe("/v1/messages");
  expect(sent?.text).toBe(BODY.replace('"[p]-m"', '"m"'));
  expect(sent?.headers.get("anthropic-beta")).toBe("configured-1,interleaved-thinking-2025-05-14,other-1");
  expect(sent?.headers.get("anthropic-version")).toBe("2023-06-01");
  expect(sent?.headers.get("x-api-key")).toBe("upstream-secret");
  expect(sent?.headers.get("authorization")).toBeNull();
  expect(sent?.headers.get("cookie")).toBeNull();
});

test("a client that does not stream gets the whole reply of a provider that only streams", async () => {
  const events = [
    {
      type: "message_start",
      message: {
        id: "msg_1",
        type: "message",
        role: "assistant",
        model: "m",
        content: [],
        usage: { input_tokens: 3, output_tokens: 1 },
      },
    },
    { type: "content_block_start", index: 0, content_block: { type: "text", text: "", citations: null } },
    { type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Hi\ud83d" } },
    {
      type: "content_block_delta",
      index: 0,
      delta: { type: "citations_delta", citation: { cited_text: "x" } },
    },
    {
      type: "content_block_start",
      index: 1,
      content_block: { type: "tool_use", id: "t", name: "f", input: {} },
    },
    { type: "content_block_delta", index: 1, delta: { type: "input_json_delta", partial_json: '{"a":' } },
    {
      type: "content_block_delta",
      index: 1,
      delta: { type: "input_json_delta", partial_json: "12345678901234567891}" },
    },
    {
      type: "message_delta",
      delta: { stop_reason: "tool_use", stop_sequence: null },
      usage: { output_tokens: 5 },
    },
    { type: "message_stop" },
  ];
  const text = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");
  using upstream = startUpstream(() => new Response(text));
  await using app = await startTestApp([anthropic(upstream)]);
  const response = await fetch(`${app.url}/v1/messages`, { method: "POST", body: BODY });
  // Every digit arrives, and half a character is replaced.
  expect(await response.text()).toBe(
    '{"id":"msg_1","type":"message","role":"assistant","model":"[p]-m","content":[' +
      String.raw`{"type":"text","text":"Hi\ufffd","citations":[{"cited_text":"x"}]},` +
      '{"type":"tool_use","id":"t","name":"f","input":{"a":12345678901234567891}}],' +
      '"usage":{"input_tokens":3,"output_tokens":5},"stop_reason":"tool_use","stop_sequence":null}',
  );
});

test("Anthropic's SDK streams and counts through the relay", async () => {
  const events = `event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"usage":{"input_tokens":3,"output_tokens":1}}}

event: ping\ndata: {"type":"ping"}

event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}}

event: content_block_stop\ndata: {"type":"content_block_stop","index":0}

event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":5}}

event: message_stop\ndata: {"type":"message_stop"}

`;
  using upstream = startUpstream(({ path }) =>
    path.startsWith("/v1/messages/count_tokens")
      ? new Response('{ "input_tokens": 42 }', { headers: JSON_HEADERS })
      : new Response(events, { headers: { "content-type": "text/event-stream" } }),
  );
  await using app = await startTestApp([anthropic(upstream)]);
  const client = new Anthropic({ baseURL: app.url, apiKey: "any" });
  const messages = [{ role: "user", content: "hi" }] as const;
  const params = { model: "[p]-m", max_tokens: 9, messages: [...messages] };
  const message = await client.messages.stream(params).finalMessage();
  expect(message).toMatchObject({
    model: "[p]-m",
    content: [{ type: "thinking", thinking: "", signature: "c2ln" }],
    usage: { input_tokens: 3, output_tokens: 5 },
  });
  const count = await client.messages.countTokens({ model: "[p]-m", messages: [...messages] });
  expect(count).toEqual({ input_tokens: 42 });
  expect(upstream.received.at(-1)?.text).toBe('{"model":"m","messages":[{"role":"user","content":"hi"}]}');
});

const COUNT = JSON.stringify({ model: "[p]-m", messages: [{ role: "user", content: "12345678" }] });

test.each([
  ["the provider has no such route", {}, 404, 1],
  ["it is configured", { options: { countTokens: "estimate" } }, 500, 0],
  ["the provider speaks another API", { apiType: "openai" }, 500, 0],
  ["the model is unknown", { models: [{ name: "other" }] }, 500, 0],
] as const)("tokens are estimated when %s", async (_, overrides, status, requests) => {
  using upstream = startUpstream(() => new Response("Not Found", { status }));
  await using app = await startTestApp([anthropic(upstream, overrides)]);
  const response = await fetch(`${app.url}/v1/messages/count_tokens`, { method: "POST", body: COUNT });
  expect(await response.json()).toEqual({ input_tokens: 2 });
  expect(response.status).toBe(200);
  expect(upstream.received).toHaveLength(requests);
});

test("an error of the provider's count is told", async () => {
  using upstream = startUpstream(
    () =>
      new Response('{"type":"error","error":{"type":"authentication_error","message":"no"}}', {
        status: 401,
      }),
  );
  await using app = await startTestApp([anthropic(upstream)]);
  const response = await fetch(`${app.url}/v1/messages/count_tokens`, { method: "POST", body: COUNT });
  expect(response.status).toBe(403);
  expect(await response.text()).toContain("[p] no");
});
