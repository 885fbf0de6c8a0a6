/** OpenAI's routes under `/v1` are relayed unchanged except for the model's name, to both kinds of provider. */
import { expect, test } from "bun:test";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { fixedRuntime } from "../support/runtime.ts";
import { type Received, startUpstream } from "../support/upstream.ts";

/** What the provider received, and what the client got back. */
async function relay(
  path: string,
  body: string,
  answer: (request: Received) => Response,
  apiType: "openai" | "ollama" = "openai",
) {
  using upstream = startUpstream(answer);
  const url = apiType === "ollama" ? upstream.url : `${upstream.url}/v1`;
  await using app = await startTestApp([testProvider(url, { apiType })]);
  const response = await fetch(app.url + path, {
    method: "POST",
    body,
    headers: { authorization: "Bearer of-the-client" },
  });
  return { status: response.status, text: await response.text(), received: upstream.received };
}

const ASK =
  '{ "messages": [{"role":"user","content":"hi","model":"kept"}], "model": "[p]-m", "vendor": {"n": 12345678901234567890}, "n": 2 }';

test.each(["openai", "ollama"] as const)(
  "a chat with a provider of %s keeps every byte but the name",
  async (apiType) => {
    const answer =
      '{"id":"x","model":"m","novel":12345678901234567890,"choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}';
    const { text, received } = await relay("/v1/chat/completions", ASK, () => new Response(answer), apiType);
    expect(text).toBe(answer.replace('"m"', '"[p]-m"'));
    expect(received.map(({ path }) => path)).toEqual(["/v1/chat/completions"]);
    expect(received[0]?.text).toBe(ASK.replace('"[p]-m"', '"m"'));
    expect(received[0]?.headers.get("authorization")).toBe("Bearer test-secret");
  },
);

test("a stream keeps unknown fields of every event", async () => {
  const events = [
    '{"model":"m","choices":[{"delta":{"role":"assistant","content":"Hi","annotations":[1e400]},"finish_reason":null}],"vendor":{"a":1}}',
    '{"model":"m","choices":[{"delta":{},"finish_reason":"stop"}],"usage":{"cost":0.00012300}}',
    "[DONE]",
  ];
  const stream = events.map((event) => `data: ${event}\n\n`).join("");
  const ask = '{"model":"[p]-m","stream":true,"messages":[{"role":"user","content":"hi"}]}';
  const { text } = await relay("/v1/chat/completions", ask, () => new Response(`: comment\n\n${stream}`));
  expect(text).toBe(stream.replaceAll('"model":"m"', '"model":"[p]-m"'));
});

test.each([
  [
    "/v1/completions",
    '{"model":"[p]-m","prompt":"a","suffix":"b"}',
    '{"model":"m","choices":[{"text":"x","finish_reason":"stop"}]}',
  ],
  [
    "/v1/embeddings",
    '{"model":"[p]-m","input":["a"]}',
    '{"object":"list","data":[{"index":0,"embedding":[1,2]}],"model":"m","usage":{"prompt_tokens":1}}',
  ],
])("%s is passed on unchanged", async (path, ask, answer) => {
  const { text, received } = await relay(path, ask, () => new Response(answer));
  expect(text).toBe(answer.replace('"m"', '"[p]-m"'));
  expect(received[0]?.path).toBe(path);
  expect(received[0]?.text).toBe(ask.replace("[p]-m", "m"));
});

const whole = (message: string) => `{"choices":[{"message":${message},"finish_reason":"stop"}]}`;

test.each([
  ["200", 200, { object: "chat.completion", choices: [{ message: { content: "Hi" } }] }],
  ["429", 429, { error: { message: "too many" } }],
])(
  "what the provider says of its limits passes with a %s, its other headers do not",
  async (_, status, answer) => {
    using upstream = startUpstream(() =>
      Response.json(answer, {
        status,
        headers: {
          "x-ratelimit-remaining-requests": "7",
          "x-request-id": "req-of-the-provider",
          "set-cookie": "a=b",
          server: "theirs",
          "retry-after": "3600",
        },
      }),
    );
    await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
    for (const stream of [false, true]) {
      const { headers } = await fetch(`${app.url}/v1/chat/completions`, {
        method: "POST",
        body: JSON.stringify({ model: "[p]-m", stream, messages: [{ role: "user", content: "hi" }] }),
      });
      expect(headers.get("x-ratelimit-remaining-requests")).toBe("7");
      expect(headers.get("x-request-id")).toBe("req-of-the-provider");
      expect(headers.get("retry-after")).toBe(status === 429 ? "3600" : null);
      expect([headers.has("set-cookie"), headers.get("server")]).toEqual([false, null]);
    }
  },
);

test.each([
  "Unknown parameter: 'messages[1].reasoning'.",
  "Unrecognized request argument supplied: messages[1].reasoning",
])("a provider that rejects earlier thinking is understood: %s", async (message) => {
  using upstream = startUpstream(({ text }) =>
    text.includes('"reasoning"')
      ? Response.json({ error: { message } }, { status: 400 })
      : new Response(whole('{"content":"Hi"}')),
  );
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const user = { role: "user", content: "hi" };
  const ask = {
    model: "[p]-m",
    messages: [user, { role: "assistant", content: "a", reasoning: "hm" }, user],
  };
  expect((await post(`${app.url}/v1/chat/completions`, ask)).status).toBe(200);
  const sent = JSON.stringify({ model: "m", messages: [user, { role: "assistant", content: "a" }, user] });
  expect(upstream.received.at(-1)?.text).toBe(sent);
});

test("unsupported parameters are dropped and named in the log", async () => {
  using upstream = startUpstream(() => Response.json({ choices: [{ message: { content: "Hi" } }] }));
  const lines: unknown[] = [];
  const runtime = fixedRuntime((_, message, fields) => void lines.push([message, fields?.["dropped"]]));
  const provider = testProvider(`${upstream.url}/v1`, { options: { unsupportedParams: ["stop", "seed"] } });
  await using app = await startTestApp([provider], runtime);
  const ask = { model: "[p]-m", stop: ["x"], messages: [{ role: "user", content: "hi" }] };
  expect((await post(`${app.url}/v1/chat/completions`, ask)).status).toBe(200);
  expect(JSON.parse(upstream.received[0]?.text ?? "")).not.toHaveProperty("stop");
  expect(lines).toContainEqual(["POST /v1/chat/completions", "stop"]);
});

test("relayed requests learn from rejected parameters too", async () => {
  const { status, received } = await relay("/v1/chat/completions", ASK, ({ text }) =>
    text.includes('"vendor"')
      ? Response.json(
          { error: { message: "Unrecognized request argument supplied: vendor" } },
          { status: 400 },
        )
      : Response.json({ choices: [{ message: { content: "Hi" } }] }),
  );
  expect(status).toBe(200);
  expect(JSON.parse(received[1]?.text ?? "")).toEqual({
    messages: [{ role: "user", content: "hi", model: "kept" }],
    model: "m",
    n: 2,
  });
});

test.each([
  ["/v1/chat/completions", "", 400, "EOF"],
  [
    "/v1/chat/completions",
    "[]",
    400,
    "json: cannot unmarshal array into Go value of type openai.ChatCompletionRequest",
  ],
  [
    "/v1/chat/completions",
    '{"model":5}',
    400,
    "json: cannot unmarshal number into Go struct field ChatCompletionRequest.model of type string",
  ],
  ["/v1/chat/completions", '{"model":"nope"}', 400, "[] is too short - 'messages'"],
  ["/v1/chat/completions", '{"messages":[{}]}', 400, "model is required"],
  ["/v1/chat/completions", '{"model":"nope","messages":[{}]}', 404, "model 'nope' not found"],
  ["/v1/completions", "{}", 404, "model '' not found"],
  ["/v1/embeddings", '{"model":"[p]-m","input":[]}', 400, "invalid input"],
  ["/v1/embeddings", '{"input":"a"}', 404, "model '' not found"],
])("%s %p fails with OpenAI's message", async (path, body, status, message) => {
  const got = await relay(path, body, () => new Response());
  const type = status === 404 ? "not_found_error" : "invalid_request_error";
  expect(JSON.parse(got.text)).toEqual({ error: { message, type, param: null, code: null } });
  expect(got.status).toBe(status);
});

test("a body compressed with zstd is understood", async () => {
  using upstream = startUpstream(() =>
    Response.json({ model: "m", choices: [{ message: { content: "Hi" } }] }),
  );
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const body = Bun.zstdCompressSync(ASK);
  const response = await fetch(`${app.url}/v1/chat/completions`, {
    method: "POST",
    body,
    headers: { "content-encoding": "zstd" },
  });
  expect(response.status).toBe(200);
  expect(upstream.received[0]?.text).toBe(ASK.replace('"[p]-m"', '"m"'));
});

test("models are listed and found by names with slashes and colons, encoded or not", async () => {
  await using app = await startTestApp([
    testProvider("http://127.0.0.1:1", { models: [{ name: "a/b:free" }] }),
  ]);
  const model = { id: "[p]-a/b:free", object: "model", created: 1767225600, owned_by: "library" };
  expect(await (await fetch(`${app.url}/v1/models`)).json()).toEqual({ object: "list", data: [model] });
  for (const path of ["[p]-a/b:free", encodeURIComponent("[p]-a/b:free"), "[p]-a%2Fb:free"]) {
    expect(await (await fetch(`${app.url}/v1/models/${path}`)).json()).toEqual(model);
  }
  expect((await fetch(`${app.url}/v1/models/nope`)).status).toBe(404);
});
