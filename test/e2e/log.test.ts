/** One line a request, when it is over, and what went wrong with it. */
import { expect, test } from "bun:test";
import type { LogFields } from "../../src/runtime.ts";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { fixedRuntime } from "../support/runtime.ts";
import { startUpstream } from "../support/upstream.ts";

const HALF = 'data: {"choices":[{"delta":{"content":"Half"}}]}\n\n';
const WHOLE = `${HALF}data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n`;
const LINE = { model: "[p]-m", provider: "p", lane: "translate", status: 200, ms: 0, firstByteMs: 0 };

test("a request that is refused leaves one line, which says why", async () => {
  const lines: (readonly [string, string, LogFields | undefined])[] = [];
  const runtime = fixedRuntime((...line) => void lines.push([line[0], line[1], line[2]]));
  await using app = await startTestApp([testProvider("http://127.0.0.1:1")], runtime);
  await (await post(`${app.url}/api/chat`, { model: "nope", messages: [] })).text();
  expect(lines).toEqual([
    ["warn", "POST /api/chat", { model: "nope", status: 404, ms: 0, problem: "model 'nope' not found" }],
  ]);
});

test("a template that cannot be passed on is told of", async () => {
  const lines: (readonly [string, string, LogFields | undefined])[] = [];
  const runtime = fixedRuntime((...line) => void lines.push([line[0], line[1], line[2]]));
  using upstream = startUpstream(() => new Response(WHOLE));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)], runtime);
  await (
    await post(`${app.url}/api/generate`, { model: "[p]-m", prompt: "hi", template: "{{ .Prompt }}" })
  ).text();
  expect(lines[0]?.slice(0, 2)).toEqual([
    "warn",
    "The provider applies the template of its model; the one of the request is left out",
  ]);
});

test("embeddings leave a line as well", async () => {
  const lines: (readonly [string, LogFields | undefined])[] = [];
  const runtime = fixedRuntime((_level, message, logged) => void lines.push([message, logged]));
  using upstream = startUpstream(() => Response.json({ data: [{ index: 0, embedding: [1, 0] }] }));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)], runtime);
  await (await post(`${app.url}/api/embed`, { model: "[p]-m", input: "a" })).text();
  const { firstByteMs: _, ...line } = LINE;
  expect(lines).toEqual([["POST /api/embed", { ...line, problem: undefined }]]);
});

test.each([
  ["a whole reply", WHOLE, { ...LINE, problem: undefined }],
  [
    "a reply that broke off",
    HALF,
    { ...LINE, problem: "[p] The provider ended the stream before the reply was complete; try again" },
  ],
])("the log line of %s", async (_what, body, fields) => {
  const lines: (readonly [string, LogFields | undefined])[] = [];
  const runtime = fixedRuntime((_level, message, logged) => void lines.push([message, logged]));
  using upstream = startUpstream(() => new Response(body));
  await using app = await startTestApp(
    [testProvider(`${upstream.url}/v1`, { quirks: { refuses: ["stop"] } })],
    runtime,
  );
  const request = { model: "[p]-m", messages: [{ role: "user", content: "a secret prompt" }] };
  await (await post(`${app.url}/api/chat`, { ...request, options: { seed: 1, top_k: 3, stop: "x" } })).text();
  expect(lines).toEqual([["POST /api/chat", { ...fields, leftOut: "stop top_k" }]]);
  expect(JSON.stringify(lines)).not.toContain("secret");
});
