/** The routes under `/v1` as a table: requests, and the answers of a real server before it runs a model. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { type TestApp, post, startTestApp, testProvider } from "../support/app.ts";
import { type Row, testRows } from "../support/rows.ts";
import { startUpstream } from "../support/upstream.ts";

const JSON_TYPE = "application/json; charset=utf-8";
const BARE_JSON_TYPE = "application/json";
const HTML = "text/html; charset=utf-8";
const TEXT = "text/plain";
const HI = [{ role: "user", content: "hi" }];
const CHAT = "POST /v1/chat/completions";
const MESSAGES = "POST /v1/messages";
const RESPONSES = "POST /v1/responses";

function refused(message: string, type = "invalid_request_error"): object {
  return { error: { message, type, param: null, code: null } };
}

function missing(message: string): object {
  return refused(message, "not_found_error");
}

function failed(message: string, type = "invalid_request_error"): object {
  return { type: "error", error: { type, message }, request_id: "req_abcdefgh01234567" };
}

const listed = (id: string): object => ({
  id,
  object: "model",
  created: expect.any(Number),
  owned_by: "library",
});

const ROWS: readonly Row[] = [
  [
    "GET /v1/models",
    undefined,
    200,
    BARE_JSON_TYPE,
    { object: "list", data: [listed("[p]-m"), listed("[p]-org/a:1")] },
  ],
  ["GET /v1/models/[p]-m", undefined, 200, BARE_JSON_TYPE, listed("[p]-m")],
  ["GET /v1/models/%5Bp%5D-org%2Fa%3A1", undefined, 200, BARE_JSON_TYPE, listed("[p]-org/a:1")],
  ["GET /v1/models/nope", undefined, 404, BARE_JSON_TYPE, missing("model 'nope:latest' not found")],
  ["GET /v1/models/", undefined, 301, HTML, '<a href="/v1/models">Moved Permanently</a>.\n\n'],
  ["GET //v1//models", undefined, 307, HTML, '<a href="/v1/models">Temporary Redirect</a>.\n\n'],
  ["HEAD /v1/models", undefined, 405, TEXT, ""],
  ["POST /v1/models", {}, 405, TEXT, "405 method not allowed"],
  ["DELETE /v1/models/nope", undefined, 405, TEXT, "405 method not allowed"],
  ["HEAD /v1/messages", undefined, 405, TEXT, ""],
  ["GET /v1/chat/completions", undefined, 405, TEXT, "405 method not allowed"],
  ["GET /v1/chat/completions/", undefined, 404, TEXT, "404 page not found"],
  ["POST /v1/chat/completions/", {}, 307, null, ""],
  ["GET /v1/responses/resp_1", undefined, 404, TEXT, "404 page not found"],
  ["POST /v1/images/generations", { model: "[p]-m", prompt: "x" }, 404, TEXT, "404 page not found"],
  ["POST /v1/moderations", {}, 404, TEXT, "404 page not found"],

  [CHAT, "", 400, JSON_TYPE, refused("EOF")],
  [CHAT, "{", 400, JSON_TYPE, refused("unexpected EOF")],
  [CHAT, {}, 400, JSON_TYPE, refused("[] is too short - 'messages'")],
  [CHAT, { model: "nope", messages: HI }, 404, BARE_JSON_TYPE, missing("model 'nope' not found")],
  [
    CHAT,
    { model: "nope", messages: HI, stream: "x" },
    400,
    JSON_TYPE,
    refused("json: cannot unmarshal string into Go struct field ChatCompletionRequest.stream of type bool"),
  ],
  ["POST /v1/completions", { model: "nope" }, 404, BARE_JSON_TYPE, missing("model 'nope' not found")],
  ["POST /v1/embeddings", { model: "nope", input: [] }, 400, JSON_TYPE, refused("invalid input")],
  [
    "POST /v1/embeddings",
    { model: "nope", input: "x", encoding_format: "z" },
    400,
    JSON_TYPE,
    refused("Invalid value for 'encoding_format' = z. Supported values: ['float', 'base64']."),
  ],
  [
    "POST /v1/embeddings",
    { model: "nope", input: "x" },
    404,
    BARE_JSON_TYPE,
    missing('model "nope" not found, try pulling it first'),
  ],

  [MESSAGES, "", 400, JSON_TYPE, failed("EOF")],
  [
    MESSAGES,
    "[]",
    400,
    JSON_TYPE,
    failed("json: cannot unmarshal array into Go value of type anthropic.MessagesRequest"),
  ],
  [MESSAGES, "null", 400, JSON_TYPE, failed("model is required")],
  [
    MESSAGES,
    { model: "nope", max_tokens: "x", messages: HI },
    400,
    JSON_TYPE,
    failed("json: cannot unmarshal string into Go struct field MessagesRequest.max_tokens of type int"),
  ],
  [
    MESSAGES,
    { model: "nope", messages: HI },
    400,
    JSON_TYPE,
    failed("max_tokens is required and must be positive"),
  ],
  [
    MESSAGES,
    { model: "nope", max_tokens: 5, messages: HI },
    404,
    BARE_JSON_TYPE,
    failed("model 'nope' not found", "not_found_error"),
  ],

  [
    RESPONSES,
    '"a"',
    400,
    JSON_TYPE,
    refused("json: cannot unmarshal string into Go value of type openai.ResponsesRequest"),
  ],
  [RESPONSES, "null", 400, BARE_JSON_TYPE, refused("model is required")],
  [
    RESPONSES,
    { model: "nope", input: "x", stream: "x" },
    400,
    JSON_TYPE,
    refused("json: cannot unmarshal string into Go struct field ResponsesRequest.stream of type bool"),
  ],
  [
    RESPONSES,
    { model: "nope", input: [{ type: "odd" }] },
    400,
    JSON_TYPE,
    refused('input[0]: unknown input item type: "odd"'),
  ],
  [
    RESPONSES,
    { model: "nope", input: 3 },
    400,
    JSON_TYPE,
    refused(
      "input must be a string or array: json: cannot unmarshal number into Go value of type []json.RawMessage",
    ),
  ],
  [RESPONSES, { model: "nope", input: "x" }, 404, BARE_JSON_TYPE, missing("model 'nope' not found")],
];

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp([
    testProvider("http://127.0.0.1:9/v1", { models: [{ name: "m" }, { name: "org/a:1" }] }),
  ]);
});
afterAll(() => app[Symbol.asyncDispose]());

testRows(ROWS, () => app.url);

test.each([
  ["/v1/chat/completions", { messages: HI }, null],
  ["/v1/messages", { messages: HI, max_tokens: 5 }, "no-cache"],
  ["/v1/responses", { input: "hi" }, "no-cache"],
])("a stream of %s has the headers of the real server", async (path, body, caching) => {
  const end = 'data: {"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';
  using upstream = startUpstream(() => new Response(end));
  await using proxy = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const response = await post(proxy.url + path, { model: "[p]-m", stream: true, ...body });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  expect(response.headers.get("cache-control")).toBe(caching);
});
