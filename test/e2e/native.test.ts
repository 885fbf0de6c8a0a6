/** Ollama's native API as a table: what is asked, and what a real server answers. Run against the executable. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { startHost } from "../support/host.ts";
import { Home, type Serving } from "../support/program.ts";
import type { Upstream } from "../support/upstream.ts";

const home = new Home();
let host: Upstream;
let serving: Serving;
let url: string;

beforeAll(async () => {
  host = startHost();
  home.write(`
providers:
- name: lab
  url: ${host.url}/v1
  models:
  - m
  - {name: plain, capabilities: [completion]}
  - {name: vectors, capabilities: [embedding]}
  - org/with-slash:1
`);
  serving = home.serve();
  url = (await serving.logged("Listening")).url.split(" ")[0] ?? "";
});

afterAll(async () => {
  await serving.end("SIGKILL");
  host[Symbol.dispose]();
  home.remove();
});

const JSON_TYPE = "application/json; charset=utf-8";
const TEXT = "text/plain";
const HI = [{ role: "user", content: "hi" }];
const FN = [{ type: "function", function: { name: "f" } }];
const load = { model: "[lab]-m", created_at: expect.any(String), done: true };
const said = { role: "assistant", content: "" };

/** Body text or JSON to send, status, content type, expected text or JSON. */
type Row = readonly [ask: string, body: unknown, status: number, type: string | null, answer: unknown];

const ROWS: readonly Row[] = [
  ["GET /", undefined, 200, "text/plain; charset=utf-8", "Ollama is running"],
  ["HEAD /", undefined, 200, "text/plain; charset=utf-8", ""],
  ["GET /api/version", undefined, 200, JSON_TYPE, '{"version":"33.0.0"}'],
  ["HEAD /api/version", undefined, 200, JSON_TYPE, ""],
  ["GET /api/status", undefined, 200, JSON_TYPE, '{"cloud":{"disabled":true,"source":"env"}}'],
  ["HEAD /api/tags", undefined, 200, JSON_TYPE, ""],
  ["GET /api/nothing", undefined, 404, TEXT, "404 page not found"],
  ["GET /api/chat", undefined, 405, TEXT, "405 method not allowed"],
  ["HEAD /api/ps", undefined, 405, TEXT, ""],
  ["GET /api/tags/", undefined, 301, null, ""],
  ["POST /api/show/", {}, 307, null, ""],
  ["GET //api//tags", undefined, 301, null, ""],

  ["POST /api/chat", "", 400, JSON_TYPE, { error: "missing request body" }],
  ["POST /api/chat", "{", 400, JSON_TYPE, { error: "unexpected EOF" }],
  ["POST /api/chat", "x", 400, JSON_TYPE, { error: "invalid character 'x' looking for beginning of value" }],
  [
    "POST /api/chat",
    "[]",
    400,
    JSON_TYPE,
    { error: "json: cannot unmarshal array into Go value of type api.ChatRequest" },
  ],
  ["POST /api/chat", "null", 400, JSON_TYPE, { error: "model is required" }],
  [
    "POST /api/chat",
    { model: "[lab]-m", stream: "yes" },
    400,
    JSON_TYPE,
    { error: "json: cannot unmarshal string into Go struct field ChatRequest.stream of type bool" },
  ],
  ["POST /api/chat", { model: "nope", messages: HI }, 404, JSON_TYPE, { error: "model 'nope' not found" }],
  [
    "POST /api/chat",
    { MODEL: "[lab]-m", Messages: HI, stream: false },
    200,
    JSON_TYPE,
    expect.objectContaining({ message: { role: "assistant", content: "You said hi" } }),
  ],
  [
    "POST /api/chat",
    '{"model":"[LAB]-M:latest","messages":[{"role":"user","content":"hi"}],"stream":false} trailing',
    200,
    JSON_TYPE,
    expect.objectContaining({ model: "[LAB]-M:latest" }),
  ],
  [
    "POST /api/chat",
    { model: "m", messages: HI, stream: false },
    200,
    JSON_TYPE,
    expect.objectContaining({ model: "m" }),
  ],
  [
    "POST /api/chat",
    { model: "[lab]-m", messages: HI, top_logprobs: 21 },
    400,
    JSON_TYPE,
    { error: "top_logprobs must be between 0 and 20" },
  ],
  [
    "POST /api/chat",
    { model: "[lab]-m", messages: HI, think: "lots" },
    400,
    JSON_TYPE,
    { error: 'invalid think value: "lots" (must be "high", "medium", "low", "max", true, or false)' },
  ],
  [
    "POST /api/chat",
    { model: "[lab]-m", messages: HI, think: 3 },
    400,
    JSON_TYPE,
    { error: 'think must be a boolean or string ("high", "medium", "low", "max", true, or false)' },
  ],
  [
    "POST /api/chat",
    { model: "[lab]-m", messages: HI, format: "xml" },
    500,
    JSON_TYPE,
    { error: 'invalid format: "xml"; expected "json" or a valid JSON Schema object' },
  ],
  [
    "POST /api/chat",
    { model: "[lab]-m", messages: HI, options: { num_ctx: "many" } },
    500,
    JSON_TYPE,
    { error: 'option "num_ctx" must be of type integer' },
  ],
  [
    "POST /api/chat",
    { model: "[lab]-m", messages: HI, keep_alive: "300" },
    400,
    JSON_TYPE,
    { error: 'time: missing unit in duration "300"' },
  ],
  [
    "POST /api/chat",
    { model: "[lab]-m", messages: HI, keep_alive: "5min" },
    400,
    JSON_TYPE,
    { error: 'time: unknown unit "min" in duration "5min"' },
  ],
  [
    "POST /api/chat",
    { model: "[lab]-plain", messages: HI, tools: FN },
    400,
    JSON_TYPE,
    { error: "registry.ollama.ai/library/[lab]-plain:latest does not support tools" },
  ],
  [
    "POST /api/chat",
    { model: "[lab]-plain", messages: HI, think: true },
    400,
    JSON_TYPE,
    { error: '"[lab]-plain" does not support thinking' },
  ],
  [
    "POST /api/chat",
    { model: "[lab]-vectors", messages: HI },
    400,
    JSON_TYPE,
    { error: '"[lab]-vectors" does not support chat' },
  ],
  [
    "POST /api/generate",
    { model: "[lab]-vectors", prompt: "hi" },
    400,
    JSON_TYPE,
    { error: '"[lab]-vectors" does not support generate' },
  ],
  ["POST /api/generate", { prompt: "hi" }, 404, JSON_TYPE, { error: "model '' not found" }],
  [
    "POST /api/generate",
    { model: "[lab]-m", prompt: "a", raw: true, system: "b" },
    400,
    JSON_TYPE,
    { error: "raw mode does not support template, system, or context" },
  ],
  [
    "POST /api/generate",
    { model: "[lab]-m", prompt: "a", suffix: "b" },
    400,
    JSON_TYPE,
    { error: "registry.ollama.ai/library/[lab]-m:latest does not support insert" },
  ],

  ["POST /api/chat", { model: "[lab]-m" }, 200, JSON_TYPE, { ...load, message: said, done_reason: "load" }],
  [
    "POST /api/generate",
    { model: "[lab]-m", keep_alive: "10m" },
    200,
    JSON_TYPE,
    { ...load, response: "", done_reason: "load" },
  ],
  [
    "GET /api/ps",
    undefined,
    200,
    JSON_TYPE,
    { models: [expect.objectContaining({ name: "[lab]-m", model: "[lab]-m", context_length: 32768 })] },
  ],
  [
    "POST /api/generate",
    { model: "[lab]-m", keep_alive: "0s" },
    200,
    JSON_TYPE,
    { ...load, response: "", done_reason: "unload" },
  ],
  [
    "POST /api/chat",
    { model: "[lab]-m", messages: [], keep_alive: 0 },
    200,
    JSON_TYPE,
    { ...load, message: said, done_reason: "unload" },
  ],
  ["GET /api/ps", undefined, 200, JSON_TYPE, { models: [] }],

  ["POST /api/show", {}, 400, JSON_TYPE, { error: "model is required" }],
  ["POST /api/show", { model: "foo" }, 404, JSON_TYPE, { error: "model 'foo:latest' not found" }],
  [
    "POST /api/show",
    { model: "", name: "[lab]-org/with-slash:1" },
    200,
    JSON_TYPE,
    expect.objectContaining({ capabilities: ["completion", "tools"] }),
  ],

  [
    "POST /api/embed",
    { model: "nope", input: "a" },
    404,
    JSON_TYPE,
    { error: 'model "nope" not found, try pulling it first' },
  ],
  ["POST /api/embed", { input: "a" }, 404, JSON_TYPE, { error: "model '' not found" }],
  [
    "POST /api/embed",
    { model: "[lab]-vectors", input: [1] },
    400,
    JSON_TYPE,
    { error: "invalid input type" },
  ],
  [
    "POST /api/embed",
    { model: "[lab]-vectors", input: [] },
    200,
    JSON_TYPE,
    '{"model":"[lab]-vectors","embeddings":[]}',
  ],
  ["POST /api/embeddings", { prompt: "a" }, 400, JSON_TYPE, { error: "model is required" }],
  ["POST /api/embeddings", { model: "[lab]-vectors", prompt: "" }, 200, JSON_TYPE, '{"embedding":[]}'],

  ["POST /api/pull", { model: "[lab]-m", stream: false }, 200, JSON_TYPE, '{"status":"success"}'],
  [
    "POST /api/pull",
    { name: "nope", stream: false },
    500,
    JSON_TYPE,
    { error: "pull model manifest: file does not exist" },
  ],
  [
    "POST /api/pull",
    { name: "nope" },
    200,
    "application/x-ndjson",
    '{"status":"pulling manifest"}\n{"error":"pull model manifest: file does not exist"}\n',
  ],
  ["POST /api/pull", {}, 400, JSON_TYPE, { error: "invalid model name" }],
  ["POST /api/push", {}, 400, JSON_TYPE, { error: "model is required" }],
  ["POST /api/create", { model: "x" }, 400, JSON_TYPE, { error: "neither 'from' or 'files' was specified" }],
  [
    "POST /api/copy",
    { source: "nope", destination: "x" },
    404,
    JSON_TYPE,
    { error: 'model "nope" not found' },
  ],
  ["POST /api/copy", { source: "nope" }, 400, JSON_TYPE, { error: 'destination "" is invalid' }],
  ["DELETE /api/delete", { name: "nope" }, 404, JSON_TYPE, { error: "model 'nope' not found" }],
  ["DELETE /api/delete", {}, 400, JSON_TYPE, { error: "model is required" }],
  ["HEAD /api/blobs/sha256:" + "0".repeat(64), undefined, 404, JSON_TYPE, ""],
  ["POST /api/blobs/md5:1", "x", 400, JSON_TYPE, { error: "invalid digest format" }],
  ["POST /api/me", "", 401, JSON_TYPE, { error: "unauthorized", signin_url: "https://ollama.com/connect" }],
  ["POST /api/signout", "", 401, JSON_TYPE, { error: "you are not currently signed in" }],
  [
    "POST /api/experimental/web_search",
    { query: "x" },
    403,
    JSON_TYPE,
    { error: "ollama cloud is disabled: web search is unavailable" },
  ],
  ["POST /api/experimental/web_fetch", "", 400, JSON_TYPE, { error: "missing request body" }],
  ["GET /api/experimental/model-recommendations", undefined, 200, JSON_TYPE, '{"recommendations":[]}'],
];

test.each(ROWS.map((row) => ({ name: `${row[0]} ${JSON.stringify(row[1]) ?? ""} → ${row[2]}`, row })))(
  "$name",
  async ({ row }) => {
    const [ask, body, status, type, answer] = row;
    const [method = "", path = ""] = ask.split(" ");
    const response = await fetch(url + path, {
      method,
      redirect: "manual",
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    expect(typeof answer === "string" ? text : JSON.parse(text)).toEqual(answer);
    expect(response.status).toBe(status);
    expect(response.headers.get("content-type")).toBe(type);
  },
);

test("wrong methods name the right ones, redirects the right path", async () => {
  expect((await fetch(`${url}/api/chat`)).headers.get("allow")).toBe("POST");
  const redirect = await fetch(`${url}//api//tags/`, { redirect: "manual" });
  expect(redirect.headers.get("location")).toBe("/api/tags");
});

test("300 shows in a row ask no provider", async () => {
  const before = host.received.length;
  for (let index = 0; index < 300; index += 1) {
    await fetch(`${url}/api/show`, { method: "POST", body: '{"model":"[lab]-m"}' });
  }
  expect(host.received.length).toBe(before);
});

test("Open WebUI gets ids with a tag, everyone else as they are", async () => {
  const names = async (headers: Record<string, string>): Promise<readonly string[]> => {
    const body: { readonly models: readonly { readonly name: string; readonly model: string }[] } =
      JSON.parse(await (await fetch(`${url}/api/tags`, { headers })).text());
    return body.models.map((model) => model.model);
  };
  expect(await names({})).toEqual(["[lab]-m", "[lab]-plain", "[lab]-vectors", "[lab]-org/with-slash:1"]);
  expect(await names({ "user-agent": "Python/3.11 aiohttp/3.12.15" })).toEqual([
    "[lab]-m:latest",
    "[lab]-plain:latest",
    "[lab]-vectors:latest",
    "[lab]-org/with-slash:1",
  ]);
});
