/** Relayed routes of `/v1` report failures of the provider like `/api`. */
import { expect, test } from "bun:test";
import { objectAt, parseJson, stringAt } from "../../src/wire/json.ts";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { type Exchanged, type SharedProxy, useProxy } from "../support/shared-proxy.ts";
import { fixedRuntime } from "../support/runtime.ts";
import { startUpstream } from "../support/upstream.ts";

const USER = [{ role: "user", content: "hi" }];
/** What a client asks on each route. */
const ASKS = {
  "/v1/chat/completions": { model: "[p]-m", messages: USER },
  "/v1/completions": { model: "[p]-m", prompt: "hi" },
  "/v1/embeddings": { model: "[p]-m", input: "hi" },
  "/v1/responses": { model: "[p]-m", input: "hi" },
  "/api/chat": { model: "[p]-m", messages: USER },
  "/api/generate": { model: "[p]-m", prompt: "hi" },
  "/api/embed": { model: "[p]-m", input: "hi" },
  "/api/embeddings": { model: "[p]-m", prompt: "hi" },
} as const;
type Path = keyof typeof ASKS;

const PLAIN = useProxy();
const RELAYED = useProxy({ options: { responses: "relay" } });
const OLLAMA = useProxy({ apiType: "ollama" });

/** What the client gets when every answer of the provider is this one. */
function ask(path: Path, answer: () => Response, proxy: SharedProxy, more: object = {}): Promise<Exchanged> {
  return proxy.exchange(answer, path, JSON.stringify({ ...ASKS[path], ...more }));
}

function messageIn(text: string): string | undefined {
  const body = parseJson(text);
  return stringAt(objectAt(body, "error"), "message") ?? stringAt(body, "error");
}

const STREAM = { "content-type": "text/event-stream" };

/** The data of each event of a stream. */
function framesIn(text: string): readonly unknown[] {
  return [...text.matchAll(/^data: (.*)$/gm)].map(([, data = ""]) => parseJson(data) ?? data);
}

const NO_REPLY = [
  "{}",
  "[]",
  "null",
  "5",
  '"words"',
  '{"choices":null}',
  '{"choices":[]}',
  '{"choices":[null]}',
  '{"choices":["a"]}',
  '{"choices":[{}]}',
  '{"choices":[{"message":null}]}',
  '{"choices":[{"message":"a"}]}',
  '{"choices":{"message":{"content":"a"}}}',
  '{"choices":[{"message":{"content":5}}]}',
  '[{"choices":[{"message":{"content":"a"}}]}]',
];
const NO_VECTORS = [
  "{}",
  "[]",
  "null",
  '{"data":null}',
  '{"data":[]}',
  '{"data":{}}',
  '{"data":[null]}',
  '{"data":[{}]}',
  '{"data":[{"embedding":null}]}',
  '{"data":[{"embedding":[]}]}',
  '{"data":[{"embedding":["a"]}]}',
];
const NO_RESPONSE = ["{}", "[]", "null", '{"object":"response"}', '{"object":"response","output":null}'];

const WHOLE: readonly (readonly [Path, string, SharedProxy])[] = [
  ...NO_REPLY.map((body) => ["/v1/chat/completions", body, PLAIN] as const),
  ...NO_REPLY.map((body) => ["/v1/completions", body, PLAIN] as const),
  ...NO_REPLY.map((body) => ["/v1/responses", body, PLAIN] as const),
  ...NO_VECTORS.map((body) => ["/v1/embeddings", body, PLAIN] as const),
  ...NO_VECTORS.map((body) => ["/api/embed", body, PLAIN] as const),
  ...NO_RESPONSE.map((body) => ["/v1/responses", body, RELAYED] as const),
  ...["{}", "[]", "null", '{"message":null}', '{"message":{}}'].map(
    (body) => ["/api/chat", body, OLLAMA] as const,
  ),
  ...["{}", '{"response":null}'].map((body) => ["/api/generate", body, OLLAMA] as const),
  ...["{}", '{"embeddings":null}', '{"embeddings":[]}', '{"embeddings":[[]]}'].map(
    (body) => ["/api/embed", body, OLLAMA] as const,
  ),
  ...["{}", '{"embedding":null}', '{"embedding":"a"}'].map(
    (body) => ["/api/embeddings", body, OLLAMA] as const,
  ),
];

test.each(WHOLE)("%s: %s is no reply", async (path, body, proxy) => {
  const got = await ask(path, () => new Response(body), proxy, { stream: false });
  expect(got.status).toBe(502);
  expect(messageIn(got.text)).toMatch(/^\[p\] The provider .*; (?:try again|check its "url")/);
});

const EMPTY_STREAMS = [
  "data: {}\n\n",
  "data: []\n\n",
  "data: 5\n\n",
  "data: null\n\n",
  'data: "words"\n\n',
  'data: {"choices":null}\n\n',
  'data: {"choices":[]}\n\ndata: [DONE]\n\n',
  'data: {"choices":[{"delta":null}]}\n\ndata: [DONE]\n\n',
  'data: {"choices":[{"delta":{"role":"assistant"}}]}\n\n',
  'data: [{"choices":[{"delta":{"content":"a"}}]}]\n\n',
  "data: [DONE]\n\n",
  "",
  "{}",
  "[]",
];

const STREAMED: readonly (readonly [Path, string, SharedProxy])[] = EMPTY_STREAMS.flatMap(
  (body) =>
    [
      ["/v1/chat/completions", body, PLAIN],
      ["/v1/completions", body, PLAIN],
      ["/v1/responses", body, PLAIN],
      ["/v1/responses", body, RELAYED],
    ] as const,
);

test.each(STREAMED)("%s: the stream %j is no reply", async (path, body, proxy) => {
  const got = await ask(path, () => new Response(body, { headers: STREAM }), proxy, { stream: true });
  expect(got.status).toBe(502);
  expect(messageIn(got.text)).toMatch(/^\[p\] The provider .*; (?:try again|check its "url")/);
});

const HELLO = 'data: {"choices":[{"delta":{"content":"Hello"},"text":"Hello"}]}\n\n';
const OPENED =
  'event: response.created\ndata: {"type":"response.created","response":{"object":"response","output":[]}}\n\n';
const BROKEN = "data: {broken\n\n";
const COMPLETED = 'event: response.completed\ndata: {"type":"response.completed","response":null}\n\n';
const IN_THE_MIDDLE = "[p] The provider sent invalid JSON in the middle of the reply; try again";

test.each([
  ["/v1/chat/completions", HELLO, PLAIN],
  ["/v1/completions", HELLO, PLAIN],
  ["/v1/responses", OPENED, RELAYED],
] as const)(
  "%s: an invalid event in the middle of a stream is an error with a message",
  async (path, begin, proxy) => {
    const answer = () => new Response(begin + BROKEN + begin, { headers: STREAM });
    const streamed = await ask(path, answer, proxy, { stream: true });
    const last = framesIn(streamed.text).at(-1);
    const error = objectAt(last, "error") ?? objectAt(objectAt(last, "response"), "error");
    expect([streamed.status, framesIn(streamed.text).length, error?.["message"]]).toEqual([
      200,
      2,
      IN_THE_MIDDLE,
    ]);
    const whole = await ask(path, answer, proxy);
    expect([whole.status, messageIn(whole.text)]).toEqual([502, IN_THE_MIDDLE]);
  },
);

test("a line of an Ollama server that is not JSON is an error with a message", async () => {
  const lines = '{"message":{"content":"Hello"},"done":false}\n{broken\n';
  const got = await ask("/api/chat", () => new Response(lines), OLLAMA);
  expect(messageIn(got.text.trimEnd().split("\n").at(-1) ?? "")).toBe(IN_THE_MIDDLE);
});

test.each([true, false])(
  "a response that completes without its content is no success (stream: %p)",
  async (stream) => {
    const got = await ask(
      "/v1/responses",
      () => new Response(OPENED + COMPLETED, { headers: STREAM }),
      RELAYED,
      {
        stream,
      },
    );
    expect(got.text).not.toContain("event: response.completed");
    expect(got.text).toContain("[p] The provider");
  },
);

const ERRORS = [
  '{"error":{"message":"no such input","code":400}}',
  '{"error":{"message":"no such input","code":400},"data":[]}',
  '{"error":{"message":"no such input","code":400},"data":null,"object":"list"}',
  '[{"error":{"message":"no such input","code":400}}]',
  '{"object":"error","message":"no such input","code":400}',
];

test.each(ERRORS.flatMap((body) => [["/v1/embeddings", body] as const, ["/api/embed", body] as const]))(
  "%s: the error %s in a reply with status 200 is told",
  async (path, body) => {
    const got = await ask(path, () => new Response(body), PLAIN);
    expect([got.status, messageIn(got.text)]).toEqual([400, "[p] no such input"]);
  },
);

function nested(depth: number, open: string, close: string): string {
  return open.repeat(depth) + '"deep"' + close.repeat(depth);
}

const DEEP = [100, 3000, 100_000].flatMap((depth) => [
  nested(depth, '{"error":', "}"),
  `{"error":${nested(depth, '{"message":', "}")}}`,
  `{"error":{"message":${nested(depth, "[", "]")}}}`,
  `{"detail":${nested(depth, '[{"detail":', "}]")}}`,
]);

test.each([
  ["/v1/chat/completions", 400],
  ["/v1/chat/completions", 200],
  ["/v1/embeddings", 200],
  ["/v1/responses", 400],
  ["/api/embed", 422],
] as const)("%s: a deeply nested error with status %i is an error", async (path, status) => {
  for (const body of DEEP) {
    const got = await ask(path, () => new Response(body, { status }), RELAYED);
    expect(messageIn(got.text)).toStartWith("[p] ");
    expect(messageIn(got.text)).not.toMatch(/ollama-proxy|call stack|exchange/i);
    expect(got.text.length).toBeLessThan(3000);
    if (status === 200) expect(got.status).toBeGreaterThanOrEqual(500);
    else expect(got.status).toBe(status);
  }
});

test("a deeply nested frame is an error", async () => {
  for (const body of DEEP) {
    const answer = () => new Response(`${HELLO}data: ${body}\n\n`, { headers: STREAM });
    const got = await ask("/v1/chat/completions", answer, PLAIN, { stream: true });
    expect(got.text).toMatch(/"message":"\[p\] /);
    expect(got.text).not.toMatch(/ollama-proxy|call stack|exchange/i);
  }
});

test.each([
  ["retry-after", "-5"],
  ["retry-after", "NaN"],
  ["retry-after", "1e99"],
  ["retry-after", "1e3"],
  ["retry-after", "99999999999"],
  ["retry-after", "1.2.3"],
  ["retry-after", "Infinity"],
  ["retry-after", "soon"],
  ["retry-after", ""],
  ["retry-after", "Wed, 21 Oct 2015 07:28:00 GMT"],
  ["retry-after", "Wed, 21 Oct 2099 07:28:00 GMT"],
  ["retry-after-ms", "-1"],
  ["retry-after-ms", "1e99"],
  ["retry-after-ms", "Infinity"],
  ["x-ratelimit-reset", "1e300"],
])("%s: %s is not a valid delay", async (name, value) => {
  let sent = 0;
  using upstream = startUpstream(() => {
    sent += 1;
    return Response.json({ error: { message: "slow down" } }, { status: 429, headers: { [name]: value } });
  });
  await using app = await startTestApp([testProvider(upstream.url)], fixedRuntime());
  for (const path of ["/v1/chat/completions", "/v1/messages", "/api/chat"]) {
    const response = await post(app.url + path, { ...ASKS["/api/chat"], max_tokens: 5 });
    expect([response.status, response.headers.get("retry-after")]).toEqual([429, null]);
  }
  // As without the header: it neither forbids another attempt nor brings it forward.
  expect(sent).toBe(9);
});

test.each([
  ["retry-after", "0", "0"],
  ["retry-after", "3600", "3600"],
  ["retry-after", "Thu, 01 Jan 2026 01:00:00 GMT", "3600"],
  ["retry-after-ms", "61500", "62"],
  ["llm_provider-retry-after", "3600", "3600"],
  ["x-ratelimit-reset", "1767229200000", "3600"],
])("%s: %s is passed on as %s seconds", async (name, value, seconds) => {
  using upstream = startUpstream(
    () => new Response("slow down", { status: 429, headers: { [name]: value } }),
  );
  await using app = await startTestApp([testProvider(upstream.url)], fixedRuntime());
  const response = await post(`${app.url}/v1/chat/completions`, ASKS["/v1/chat/completions"]);
  expect(response.headers.get("retry-after")).toBe(seconds);
});

test("an invalid delay in the body of an error response is dropped", async () => {
  const refusal = '{"error":{"message":"slow down","details":[{"retryDelay":"99999999999s"}]}}';
  using upstream = startUpstream(() => new Response(refusal, { status: 429 }));
  await using app = await startTestApp([testProvider(upstream.url)], fixedRuntime());
  const response = await post(`${app.url}/v1/chat/completions`, ASKS["/v1/chat/completions"]);
  expect([response.status, response.headers.get("retry-after")]).toEqual([429, null]);
});
