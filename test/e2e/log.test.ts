/** The log line of a request, which is written at its end. */
import { expect, test } from "bun:test";
import type { LogFields } from "../../src/runtime.ts";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { tableUnder, spansOf } from "../support/readme.ts";
import { fixedRuntime } from "../support/runtime.ts";
import { startUpstream } from "../support/upstream.ts";
import { received } from "../support/received.ts";

type Line = readonly [level: string, message: string, fields: LogFields | undefined];

const HALF = 'data: {"choices":[{"delta":{"content":"Half"}}]}\n\n';
const WHOLE = `${HALF}data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n`;
/** Of a request for a model that failed before any provider was asked. */
const REFUSED = {
  request: "abcdefgh01234567",
  key: undefined,
  app: expect.stringMatching(/^Bun\//),
  model: "[p]-m",
  provider: undefined,
  mode: undefined,
  status: 404,
  ms: 0,
  firstByteMs: undefined,
  inputTokens: 0,
  cachedTokens: undefined,
  outputTokens: 0,
  reasoningTokens: undefined,
  tokensPerSecond: 0,
  tokensAreEstimated: undefined,
  attempts: 0,
  dropped: "none",
  fixes: undefined,
  problem: undefined,
};
const LINE = {
  ...REFUSED,
  provider: "p",
  mode: "translate",
  status: 200,
  firstByteMs: 0,
  attempts: 1,
};

/** A runtime that collects the lines of the log, without those for `debug`. */
function collecting(lines: Line[]) {
  return fixedRuntime((...line) => {
    if (line[0] !== "debug") lines.push([line[0], line[1], line[2]]);
  });
}

test("a rejected request has one log line with the reason", async () => {
  const lines: Line[] = [];
  await using app = await startTestApp([testProvider("http://127.0.0.1:1")], collecting(lines));
  await (await post(`${app.url}/api/chat`, { model: "nope", messages: [] })).text();
  const problem = "model 'nope' not found";
  expect(lines).toEqual([["warn", "POST /api/chat", { ...REFUSED, model: "nope", problem }]]);
});

test("a request that a provider rejects has the same log line", async () => {
  const lines: Line[] = [];
  using upstream = startUpstream(() => Response.json({ error: { message: "Wrong key" } }, { status: 401 }));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)], collecting(lines));
  await (await post(`${app.url}/api/chat`, { model: "[p]-m", messages: [] })).text();
  await (await post(`${app.url}/api/chat`, { model: "[p]-m", messages: [{ role: "user" }] })).text();
  const failed = {
    ...LINE,
    status: 403,
    firstByteMs: undefined,
    problem: expect.stringContaining("Wrong key"),
  };
  expect(lines).toEqual([
    ["info", "POST /api/chat", { ...REFUSED, status: 200, firstByteMs: 0 }],
    ["warn", "POST /api/chat", failed],
  ]);
});

test("a template that cannot be passed on is named among what was dropped", async () => {
  const lines: Line[] = [];
  using upstream = startUpstream(() => new Response(WHOLE));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)], collecting(lines));
  const ask = { model: "[p]-m", prompt: "hi", template: "{{ .Prompt }}" };
  await (await post(`${app.url}/api/generate`, ask)).text();
  expect(lines[0]?.[2]?.["dropped"]).toBe("template");
});

test.each([
  ["a whole reply", WHOLE, { ...LINE, inputTokens: 4, outputTokens: 1, tokensAreEstimated: true }],
  [
    "a reply that broke off",
    HALF,
    {
      ...LINE,
      inputTokens: 4,
      outputTokens: 1,
      tokensAreEstimated: true,
      problem: "[p] The provider ended the stream before the reply was complete; try again",
    },
  ],
])("the log line of %s", async (_what, body, fields) => {
  const lines: Line[] = [];
  using upstream = startUpstream(() => new Response(body));
  await using app = await startTestApp(
    [testProvider(`${upstream.url}/v1`, { options: { unsupportedParams: ["stop"] } })],
    collecting(lines),
  );
  const request = { model: "[p]-m", messages: [{ role: "user", content: "a secret prompt" }] };
  await received(`${app.url}/api/chat`, { ...request, options: { seed: 1, top_k: 3, stop: "x" } });
  expect(lines).toEqual([
    [fields.problem === undefined ? "info" : "warn", "POST /api/chat", { ...fields, dropped: "stop top_k" }],
  ]);
  expect(JSON.stringify(lines)).not.toContain("secret");
});

test("the log line names a learned option as the configuration does", async () => {
  const lines: Line[] = [];
  const refusal = "Tool call id was call_1 but must be a-z, A-Z, 0-9, with a length of 9.";
  using upstream = startUpstream(({ text }) =>
    text.includes('"call_1"')
      ? Response.json({ error: { message: refusal } }, { status: 400 })
      : new Response(WHOLE),
  );
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)], collecting(lines));
  const call = { id: "call_1", function: { name: "f", arguments: {} } };
  const messages = [
    { role: "user", content: "hi" },
    { role: "assistant", tool_calls: [call] },
    { role: "tool", tool_call_id: "call_1", content: "1" },
  ];
  await (await post(`${app.url}/api/chat`, { model: "[p]-m", messages })).text();
  const line = lines.find(([, message]) => message === "POST /api/chat");
  expect(line?.[2]?.["fixes"]).toBe('tool_call_id_format="alnum9"');
});

test("the README explains every field of the line, in its order", async () => {
  const lines: Line[] = [];
  using upstream = startUpstream(() => new Response(WHOLE));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)], collecting(lines));
  await (await post(`${app.url}/api/chat`, { model: "[p]-m", messages: [{ role: "user" }] })).text();
  const written = Object.keys(lines[0]?.[2] ?? {});
  expect(written.length).toBeGreaterThan(0);
  expect(tableUnder("Log").flatMap(([names = ""]) => spansOf(names))).toEqual(written);
});

test.each([
  ["POST", "/api/nowhere", {}, ["info", "POST /api/nowhere", 404]],
  ["GET", "/api/chat", {}, ["info", "GET /api/chat", 405]],
  ["GET", "/api/tags/", {}, ["info", "GET /api/tags/", 301]],
  ["GET", "/key/made-up-key/api/tags", {}, ["info", "GET (unknown path)", 404]],
  ["GET", "/api/tags", { origin: "https://page.example" }, ["warn", "GET /api/tags", 403]],
] as const)("%s %s %j has a log line", async (method, path, headers, [level, message, status]) => {
  const lines: Line[] = [];
  await using app = await startTestApp([testProvider("http://127.0.0.1:1")], collecting(lines));
  await fetch(app.url + path, { method, headers: { ...headers }, redirect: "manual" });
  expect(lines).toEqual([[level, message, { status, problem: expect.any(String) }]]);
});

test.each([
  ["/api/show", { model: "[p]-m" }, "[p]-m"],
  ["/api/pull", { model: "[p]-m", stream: false }, "[p]-m"],
  ["/api/copy", { source: "[p]-m", destination: "x" }, "[p]-m"],
  [
    "/v1/messages/count_tokens",
    { model: "[p]-m", max_tokens: 1, messages: [{ role: "user", content: "hi" }] },
    "[p]-m",
  ],
] as const)("the log line of %s has the model and no tokens", async (path, body, model) => {
  const lines: Line[] = [];
  await using app = await startTestApp([testProvider("http://127.0.0.1:1")], collecting(lines));
  await (await post(app.url + path, body)).text();
  expect(lines.map(([, message, fields]) => [message, fields?.["model"], fields?.["inputTokens"]])).toEqual([
    [`POST ${path}`, model, undefined],
  ]);
});
