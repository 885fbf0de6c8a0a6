/** `bun run record` in a copy of the repository: what a provider sends becomes a fixture that passes, without the key. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { Sandbox } from "./mutation/sandbox.ts";
import { type Received, startUpstream } from "./support/upstream.ts";

const KEY = "sk-test-0123456789abcdef";
const MASKED = "***";

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await Sandbox.create();
}, 60_000);
afterAll(() => sandbox[Symbol.asyncDispose]());

async function record(...args: readonly string[]) {
  const child = Bun.spawn([process.execPath, "packaging/record.ts", ...args], {
    cwd: sandbox.root,
    env: { ...process.env, TEST_KEY: KEY },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { exitCode: await child.exited, output: stdout + stderr };
}

function fixture(name: string) {
  const folder = join(sandbox.root, "test/wire", name);
  const read = (file: string): string => readFileSync(join(folder, file), "latin1");
  return { files: readdirSync(folder).toSorted(), read, case: parse(read("case.yaml")) };
}

function sse(key: string): string {
  const text = `data: {"choices":[{"index":0,"delta":{"content":"Gr\u00fc\u00dfe ${key}"}}]}\r\n\r\n: comment\r\n\r\n`;
  return `${text}data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\r\n\r\ndata: [DONE]\r\n\r\n`;
}

test("a stream is recorded as it came, with the key masked", async () => {
  using upstream = startUpstream(({ headers }: Received) => {
    const [, key = ""] = (headers.get("authorization") ?? "").split(" ");
    return new Response(sse(key), { headers: { "content-type": "text/event-stream" } });
  });
  const url = `${upstream.url}/v1`;
  const { exitCode, output } = await record(
    "some-host",
    url,
    "m-1",
    "--key-from-env",
    "TEST_KEY",
    "--prompt",
    "Hi",
  );
  expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
  expect(upstream.received[0]?.path).toBe("/v1/chat/completions");
  expect(JSON.parse(upstream.received[0]?.text ?? "")).toEqual({
    stream: true,
    stream_options: { include_usage: true },
    messages: [{ role: "user", content: "Hi" }],
    model: "m-1",
  });
  const { files, read, case: fields } = fixture("some-host");
  expect(files).toEqual([
    "anthropic.sse",
    "case.yaml",
    "ollama.ndjson",
    "openai.sse",
    "recorded-request.json",
    "responses.sse",
    "upstream.sse",
  ]);
  expect(read("upstream.sse")).toBe(Buffer.from(sse(MASKED)).toString("latin1"));
  const date = new Date().toISOString().slice(0, 10);
  expect(fields).toMatchObject({ upstream: "openai", recorded: { url, model: "m-1", date } });
  for (const file of files) expect(read(file)).not.toContain(KEY);
  expect(output).not.toContain(KEY);
  const again = await record("some-host", url, "m-1");
  expect(again).toMatchObject({ exitCode: 1, output: expect.stringContaining("exists") });
}, 60_000);

test("a request of one's own is asked of an Ollama server", async () => {
  const lines =
    '{"model":"m","message":{"role":"assistant","content":"Hi"},"done":true,"done_reason":"stop"}\n';
  using upstream = startUpstream(
    () => new Response(lines, { headers: { "content-type": "application/x-ndjson" } }),
  );
  const path = join(sandbox.root, "request.json");
  writeFileSync(path, JSON.stringify({ messages: [{ role: "user", content: KEY }], think: true }));
  const args = ["an-ollama", upstream.url, "qwen3", "--api", "ollama", "--request", path];
  const { exitCode, output } = await record(...args, "--key-from-env", "TEST_KEY");
  expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
  expect(upstream.received[0]?.path).toBe("/api/chat");
  expect(JSON.parse(upstream.received[0]?.text ?? "")).toMatchObject({ think: true, model: "qwen3" });
  const { files, read, case: fields } = fixture("an-ollama");
  expect(files).toEqual(["case.yaml", "ollama.ndjson", "recorded-request.json", "upstream.ndjson"]);
  expect(read("upstream.ndjson")).toBe(lines);
  expect(fields).toMatchObject({ upstream: "ollama", content_type: "application/x-ndjson" });
  expect(read("recorded-request.json")).toContain(MASKED);
  expect(read("recorded-request.json")).not.toContain(KEY);
}, 60_000);

test("a reply of another API is asked for as the proxy would", async () => {
  const reply =
    '{"type":"message","role":"assistant","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn"}';
  using upstream = startUpstream(
    () => new Response(reply, { headers: { "content-type": "application/json" } }),
  );
  const { exitCode, output } = await record(
    "a-claude",
    upstream.url,
    "m-1",
    "--api",
    "anthropic",
    "--prompt",
    "Hi",
  );
  expect({ exitCode, output }).toMatchObject({ exitCode: 0 });
  const [sent] = upstream.received;
  expect(sent?.path).toBe("/v1/messages");
  expect(sent?.headers.get("anthropic-version")).toBe("2023-06-01");
  expect(JSON.parse(sent?.text ?? "")).toMatchObject({
    model: "m-1",
    stream: true,
    max_tokens: expect.any(Number),
  });
  expect(fixture("a-claude").case).toMatchObject({ upstream: "anthropic", content_type: "application/json" });
}, 60_000);

test.each([
  ["no model", ["name", "http://localhost:1/v1"], "Usage: bun run record"],
  ["a name that leads elsewhere", ["../name", "http://localhost:1/v1", "m"], "must consist of a-z"],
  [
    "a variable that is not set",
    ["name", "http://localhost:1", "m", "--key-from-env", "NOT_SET"],
    "is not set",
  ],
  [
    "a key without https",
    ["name", "http://llm.example.com", "m", "--key-from-env", "TEST_KEY"],
    "needs https",
  ],
  ["a host that is not there", ["name", "http://127.0.0.1:1/v1", "m"], "http://127.0.0.1:1"],
])("%s is rejected, and nothing is written", async (_, args, problem) => {
  const { exitCode, output } = await record(...args);
  expect({ exitCode, output }).toEqual({ exitCode: 1, output: expect.stringContaining(problem) });
  expect(existsSync(join(sandbox.root, "test/wire/name"))).toBe(false);
});
