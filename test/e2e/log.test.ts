/** One line a request, when it is over, and what went wrong with it. */
import { expect, test } from "bun:test";
import type { LogFields } from "../../src/runtime.ts";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { fixedRuntime } from "../support/runtime.ts";
import { startUpstream } from "../support/upstream.ts";

const HALF = 'data: {"choices":[{"delta":{"content":"Half"}}]}\n\n';
const WHOLE = `${HALF}data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n`;
const LINE = {
  model: "[p]-m",
  provider: "p",
  mode: "translate",
  status: 200,
  ms: 0,
  firstByteMs: 0,
  outputTokens: 0,
  tokensPerSecond: 0,
  attempts: 1,
  dropped: "none",
  fixes: undefined,
  problem: undefined,
};

/** A runtime that collects the lines of the log, without those for `debug`. */
function collecting(lines: (readonly [string, LogFields | undefined])[]) {
  return fixedRuntime((level, message, logged) => {
    if (level !== "debug") lines.push([message, logged]);
  });
}

test("a request that is refused leaves one line, which says why", async () => {
  const lines: (readonly [string, string, LogFields | undefined])[] = [];
  const runtime = fixedRuntime((...line) => void lines.push([line[0], line[1], line[2]]));
  await using app = await startTestApp([testProvider("http://127.0.0.1:1")], runtime);
  await (await post(`${app.url}/api/chat`, { model: "nope", messages: [] })).text();
  expect(lines).toEqual([
    ["warn", "POST /api/chat", { model: "nope", status: 404, ms: 0, problem: "model 'nope' not found" }],
  ]);
});

test("a template that cannot be passed on is named among what was dropped", async () => {
  const lines: (readonly [string, LogFields | undefined])[] = [];
  using upstream = startUpstream(() => new Response(WHOLE));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)], collecting(lines));
  const ask = { model: "[p]-m", prompt: "hi", template: "{{ .Prompt }}" };
  await (await post(`${app.url}/api/generate`, ask)).text();
  expect(lines[0]?.[1]?.["dropped"]).toBe("template");
});

test("embeddings leave a line as well", async () => {
  const lines: (readonly [string, LogFields | undefined])[] = [];
  const runtime = collecting(lines);
  using upstream = startUpstream(() => Response.json({ data: [{ index: 0, embedding: [1, 0] }] }));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)], runtime);
  await (await post(`${app.url}/api/embed`, { model: "[p]-m", input: "a" })).text();
  expect(lines).toEqual([["POST /api/embed", { ...LINE, inputTokens: 1, tokensAreEstimated: true }]]);
});

test.each([
  ["a whole reply", WHOLE, { ...LINE, inputTokens: 4, outputTokens: 1, tokensAreEstimated: true }],
  [
    "a reply that broke off",
    HALF,
    {
      ...LINE,
      inputTokens: 0,
      problem: "[p] The provider ended the stream before the reply was complete; try again",
    },
  ],
])("the log line of %s", async (_what, body, fields) => {
  const lines: (readonly [string, LogFields | undefined])[] = [];
  const runtime = collecting(lines);
  using upstream = startUpstream(() => new Response(body));
  await using app = await startTestApp(
    [testProvider(`${upstream.url}/v1`, { options: { unsupportedParams: ["stop"] } })],
    runtime,
  );
  const request = { model: "[p]-m", messages: [{ role: "user", content: "a secret prompt" }] };
  await (await post(`${app.url}/api/chat`, { ...request, options: { seed: 1, top_k: 3, stop: "x" } })).text();
  expect(lines).toEqual([["POST /api/chat", { ...fields, dropped: "stop top_k" }]]);
  expect(JSON.stringify(lines)).not.toContain("secret");
});

test("the log line names a learned option as the configuration does", async () => {
  const lines: (readonly [string, LogFields | undefined])[] = [];
  const message = "Tool call id was call_1 but must be a-z, A-Z, 0-9, with a length of 9.";
  using upstream = startUpstream(({ text }) =>
    text.includes('"call_1"') ? Response.json({ error: { message } }, { status: 400 }) : new Response(WHOLE),
  );
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)], collecting(lines));
  const call = { id: "call_1", function: { name: "f", arguments: {} } };
  const messages = [
    { role: "user", content: "hi" },
    { role: "assistant", tool_calls: [call] },
    { role: "tool", tool_call_id: "call_1", content: "1" },
  ];
  await (await post(`${app.url}/api/chat`, { model: "[p]-m", messages })).text();
  const [, logged] = lines.find(([line]) => line === "POST /api/chat") ?? [];
  expect(logged?.["fixes"]).toBe('tool_call_id_format="alnum9"');
});
