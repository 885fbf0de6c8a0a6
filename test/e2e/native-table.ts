/**
 * Ollama's native API: requests, and the answers of a real server. The provider `lab` has the models `m`, `plain` (which only
 * completes), `vectors` (which only embeds) and `org/with-slash:1`.
 */
import { expect } from "bun:test";
import type { Row } from "../support/rows.ts";

const JSON_TYPE = "application/json; charset=utf-8";
const BARE_JSON_TYPE = "application/json";
const HTML = "text/html; charset=utf-8";
const TEXT = "text/plain";
const HI = [{ role: "user", content: "hi" }];
const FN = [{ type: "function", function: { name: "f" } }];
const load = { model: "[lab]-m", created_at: expect.any(String), done: true };
const said = { role: "assistant", content: "" };

export const ROWS: readonly Row[] = [
  ["GET /", undefined, 200, "text/plain; charset=utf-8", "Ollama is running"],
  ["HEAD /", undefined, 200, "text/plain; charset=utf-8", ""],
  ["GET /api/version", undefined, 200, JSON_TYPE, '{"version":"33.0.0"}'],
  ["HEAD /api/version", undefined, 200, JSON_TYPE, ""],
  ["GET /api/status", undefined, 200, JSON_TYPE, '{"cloud":{"disabled":true,"source":"env"}}'],
  ["HEAD /api/tags", undefined, 200, JSON_TYPE, ""],
  ["GET /api/nothing", undefined, 404, TEXT, "404 page not found"],
  ["GET /api/chat", undefined, 405, TEXT, "405 method not allowed"],
  ["HEAD /api/ps", undefined, 405, TEXT, ""],
  ["GET /api/tags/", undefined, 301, HTML, '<a href="/api/tags">Moved Permanently</a>.\n\n'],
  ["POST /api/show/", {}, 307, null, ""],
  ["GET //api//tags", undefined, 307, HTML, '<a href="/api/tags">Temporary Redirect</a>.\n\n'],

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
  [
    "POST /api/chat",
    { model: "[阿里云]-x", messages: HI },
    404,
    JSON_TYPE,
    { error: "model '[阿里云]-x' not found" },
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
    BARE_JSON_TYPE,
    { error: 'invalid format: "\\"xml\\""; expected "json" or a valid JSON Schema object' },
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
  ...[{ system: "s" }, { template: "t" }, { context: [1] }].map((fields): Row => [
    "POST /api/generate",
    { model: "[lab]-m", prompt: "hi", raw: true, ...fields },
    400,
    JSON_TYPE,
    { error: "raw mode does not support template, system, or context" },
  ]),
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
  ["POST /api/chat", { model: "not a name", messages: HI }, 400, JSON_TYPE, { error: "invalid model name" }],
  [
    "POST /api/generate",
    { model: "a:cloud:local" },
    400,
    JSON_TYPE,
    { error: 'use either :local or :cloud, not both: "a:cloud:local"' },
  ],
  ["POST /api/show", { model: "a.b/c/d" }, 404, JSON_TYPE, { error: "model 'a.b/c/d:latest' not found" }],
  [
    "POST /api/chat",
    { model: "[lab]-m", messages: [5] },
    400,
    JSON_TYPE,
    { error: "json: cannot unmarshal number into Go struct field ChatRequest.messages of type api.Alias" },
  ],
  [
    "POST /api/chat",
    { model: "[lab]-m", messages: [{ role: "user", content: 5 }] },
    400,
    JSON_TYPE,
    {
      error: "json: cannot unmarshal number into Go struct field ChatRequest.messages.content of type string",
    },
  ],
  [
    "POST /api/generate",
    { model: "[lab]-m", prompt: "a", images: ["!!"] },
    400,
    JSON_TYPE,
    { error: "illegal base64 data at input byte 0" },
  ],
  [
    "POST /api/generate",
    { model: "[lab]-m", prompt: "a", images: [5] },
    400,
    JSON_TYPE,
    {
      error:
        "json: cannot unmarshal number into Go struct field GenerateRequest.images of type api.ImageData",
    },
  ],
  [
    "POST /api/chat",
    { model: "[lab]-m", messages: HI, tools: [{}] },
    400,
    JSON_TYPE,
    { error: "Cannot read the tools: every tool needs a function with a name" },
  ],
  ["POST /api/push", {}, 400, JSON_TYPE, { error: "model is required" }],
  [
    "POST /api/create",
    { model: "x" },
    400,
    BARE_JSON_TYPE,
    { error: "neither 'from' or 'files' was specified" },
  ],
];
