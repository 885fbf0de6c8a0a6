/** Requests of other client APIs to a provider that is an Ollama server: they are relayed to its own routes. */
import { expect, test } from "bun:test";
import { type TestApp, post, startTestApp, testProvider } from "../support/app.ts";
import { type Upstream, startUpstream } from "../support/upstream.ts";

function start(upstream: Upstream): Promise<TestApp> {
  return startTestApp([testProvider(upstream.url, { apiType: "ollama" })]);
}

test("/v1/responses of a server that has it is relayed with every byte but the name", async () => {
  const reply =
    '{"id":"resp_1","object":"response","status":"completed","model":"m","output":[],"novel":1e400}';
  using upstream = startUpstream(() => new Response(reply));
  await using app = await start(upstream);
  const body =
    '{"model":"[p]-m","input":"hi","reasoning":{"effort":"max"},"novel":{"x":12345678901234567890}}';
  const response = await fetch(`${app.url}/v1/responses`, { method: "POST", body });
  expect(await response.text()).toBe(reply.replace('"m"', '"[p]-m"'));
  expect(upstream.received.map(({ path, text }) => [path, text])).toEqual([
    ["/v1/responses", body.replace("[p]-m", "m")],
  ]);
});

const EVENTS =
  'event: message_start\ndata: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"usage":{"input_tokens":2,"output_tokens":0}}}\n\n' +
  'event: content_block_start\ndata: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}\n\n' +
  'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hi"}}\n\n';
const END =
  'event: content_block_stop\ndata: {"type":"content_block_stop","index":0}\n\n' +
  'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"input_tokens":2,"output_tokens":1}}\n\n' +
  'event: message_stop\ndata: {"type":"message_stop"}\n\n';

test("/v1/messages of a server that has it is relayed with every byte but the name", async () => {
  let reply = EVENTS + END;
  using upstream = startUpstream(
    () => new Response(reply, { headers: { "content-type": "text/event-stream" } }),
  );
  await using app = await start(upstream);
  const body =
    '{"model":"[p]-m","max_tokens":9,"messages":[{"role":"user","content":"hi"}],"stream":true,"top_k":3,' +
    '"thinking":{"type":"disabled"},"output_config":{"effort":"max"},"tools":[{"type":"web_search_20250305","name":"web_search"}]}';
  const ask = (): Promise<string> =>
    fetch(`${app.url}/v1/messages`, { method: "POST", body }).then((response) => response.text());
  expect(await ask()).toBe(reply.replace('"model":"m"', '"model":"[p]-m"'));
  expect(upstream.received.map(({ path, text }) => [path, text])).toEqual([
    ["/v1/messages", body.replace("[p]-m", "m")],
  ]);
  // The real server does not tell of an error in the middle: the stream ends.
  reply = EVENTS;
  expect(await ask()).toEndWith(
    'event: error\ndata: {"type":"error","error":{"type":"api_error","message":"[p] The provider ended the stream before the reply was complete; try again"},"request_id":"req_abcdefgh01234567"}\n\n',
  );
});

test.each(["m", "M", "[p]-m"])(
  "an error of the server about the model has the client's name: %s",
  async (model) => {
    const error = '"m:latest" does not support thinking';
    using upstream = startUpstream(() => Response.json({ error }, { status: 400 }));
    await using app = await startTestApp([
      testProvider(upstream.url, { apiType: "ollama", models: [{ name: "m:latest" }] }),
    ]);
    const messages = [{ role: "user", content: "hi" }];
    const response = await post(`${app.url}/api/chat`, { model, messages, think: true });
    expect(await response.json()).toEqual({ error: `[p] "${model}" does not support thinking` });
  },
);
