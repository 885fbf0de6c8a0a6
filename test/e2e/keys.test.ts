/** Access with `api_keys`, and the errors without a valid key. */
import { expect, test } from "bun:test";
import OpenAI, { AuthenticationError } from "openai";
import { Ollama } from "ollama";
import Anthropic, { AuthenticationError as AnthropicAuthenticationError } from "@anthropic-ai/sdk";
import type { LogFields } from "../../src/runtime.ts";
import { post, startTestApp, testConfig, testProvider } from "../support/app.ts";
import { rejection } from "../support/rejection.ts";
import { fixedRuntime } from "../support/runtime.ts";
import { startUpstream } from "../support/upstream.ts";

const LAPTOP = "laptop-0123456789abcdef";
const PHONE = "phone/+ 0123456789abcdef";
const APP_KEYS = [
  { name: "laptop", secret: LAPTOP, secretFile: undefined },
  { name: "phone", secret: PHONE, secretFile: undefined },
];
const PROVIDER = testProvider("http://127.0.0.1:1");

type LogLine = readonly [level: string, message: string, fields: LogFields | undefined];

async function startKeyed(lines: LogLine[] = [], providers = [PROVIDER]) {
  const runtime = fixedRuntime((...line) => {
    const [level, message, fields] = line;
    lines.push([level, message, fields]);
  });
  return startTestApp(providers, runtime, { config: { apiKeys: APP_KEYS } });
}

async function statusOf(url: string, init: RequestInit = {}): Promise<number> {
  const response = await fetch(url, { redirect: "manual", ...init });
  await response.text();
  return response.status;
}

test.each([
  ["a bearer", "/api/tags", { authorization: `Bearer ${LAPTOP}` }],
  ["a bearer in another case", "/api/tags", { authorization: `bearer  ${LAPTOP}` }],
  ["an x-api-key", "/api/tags", { "x-api-key": LAPTOP }],
  ["a path", `/key/${LAPTOP}/api/tags`, {}],
  ["an encoded path", `/key/${encodeURIComponent(PHONE)}/api/tags`, {}],
  ["a path beside a made-up bearer", `/key/${LAPTOP}/api/tags`, { authorization: "Bearer ollama" }],
  ["an x-api-key beside a made-up bearer", "/v1/models", { "x-api-key": LAPTOP, authorization: "Bearer x" }],
  ["a path with nothing after it", `/key/${LAPTOP}`, {}],
  ["a path with a slash after it", `/key/${LAPTOP}/`, {}],
  ["any host name", "/api/tags", { authorization: `Bearer ${LAPTOP}`, host: "ai.example.com" }],
])("a key as %s is accepted", async (_form, path, headers: Record<string, string>) => {
  await using app = await startKeyed();
  expect(await statusOf(app.url + path, { headers })).toBe(200);
});

test.each([
  ["no key", "/api/tags", {}],
  ["a wrong bearer", "/api/tags", { authorization: "Bearer laptop-0123456789abcdeg" }],
  ["a part of a key", "/api/tags", { authorization: `Bearer ${LAPTOP.slice(0, -1)}` }],
  ["a key and a letter more", "/api/tags", { authorization: `Bearer ${LAPTOP}x` }],
  ["another scheme", "/api/tags", { authorization: `Basic ${LAPTOP}` }],
  ["an empty key", "/api/tags", { authorization: "Bearer ", "x-api-key": "" }],
  ["the name of a key", "/api/tags", { "x-api-key": "laptop" }],
  ["a wrong path", "/key/laptop-0123456789abcdeg/api/tags", {}],
  ["a path without a key", "/key//api/tags", {}],
  ["a key in another place", `/api/tags?key=${LAPTOP}`, {}],
  ["no key but what a reverse proxy says of the client", "/api/tags", { "x-forwarded-for": "127.0.0.1" }],
  ["a wrong key, for a health check", "/", { authorization: "Bearer x" }],
  ["no key, for an unknown path", "/nowhere", {}],
  ["no key, for a path that only lacks its last slash", "/api/tags/", {}],
])("a request with %s is rejected", async (_form, path, headers: Record<string, string>) => {
  await using app = await startKeyed();
  expect(await statusOf(app.url + path, { headers })).toBe(403);
});

test("health checks need no key, and other methods on that path do", async () => {
  await using app = await startKeyed();
  expect(await (await fetch(app.url)).text()).toBe("Ollama is running");
  expect(await statusOf(app.url, { method: "HEAD" })).toBe(200);
  expect(await statusOf(app.url, { method: "POST" })).toBe(403);
  expect(await statusOf(app.url, { headers: { host: "evil.example" } })).toBe(403);
});

const MISSING =
  "ollama-proxy requires an API key; send `Authorization: Bearer KEY` or `x-api-key: KEY`, or add /key/KEY to the URL, as in http://HOST:11434/key/KEY";
const WRONG =
  "The API key is not in `api_keys` of the ollama-proxy configuration; correct it in the settings of the app";

test.each([
  ["POST", "/api/chat", 403, { error: MISSING }],
  ["GET", "/nowhere", 403, { error: MISSING }],
  [
    "POST",
    "/v1/chat/completions",
    401,
    { error: { message: MISSING, type: "invalid_request_error", param: null, code: "invalid_api_key" } },
  ],
  [
    "GET",
    "/v1/nowhere",
    401,
    { error: { message: MISSING, type: "invalid_request_error", param: null, code: "invalid_api_key" } },
  ],
  [
    "POST",
    "/v1/messages",
    401,
    {
      type: "error",
      error: { type: "authentication_error", message: MISSING },
      request_id: "req_abcdefgh01234567",
    },
  ],
])("%s %s without a key gets %d in the format of its API", async (method, path, status, body) => {
  await using app = await startKeyed();
  const response = await fetch(app.url + path, { method });
  expect(response.status).toBe(status);
  expect(response.headers.get("www-authenticate")).toBe(status === 401 ? "Bearer" : null);
  expect(await response.json()).toEqual(body);
});

const QUESTION: Anthropic.MessageCountTokensParams = {
  model: "m",
  messages: [{ role: "user", content: "hi" }],
};

test("client libraries report a wrong key", async () => {
  await using app = await startKeyed();
  const apiKey = "wrong-0123456789abcdef";
  const openAi = new OpenAI({ baseURL: `${app.url}/v1`, apiKey });
  const listed = await rejection((async () => openAi.models.list())());
  expect(listed).toBeInstanceOf(AuthenticationError);
  expect(listed.message).toBe(`401 ${WRONG}`);
  const anthropic = new Anthropic({ baseURL: app.url, apiKey });
  const counted = await rejection((async () => anthropic.messages.countTokens(QUESTION))());
  expect(counted).toBeInstanceOf(AnthropicAuthenticationError);
  const ollama = new Ollama({ host: app.url, headers: { authorization: `Bearer ${apiKey}` } });
  expect((await rejection(ollama.list())).message).toBe(WRONG);
});

async function idsOf(models: AsyncIterable<{ readonly id: string }>): Promise<readonly string[]> {
  const ids: string[] = [];
  for await (const { id } of models) ids.push(id);
  return ids;
}

test("client libraries get access with a key in a header or in the URL", async () => {
  await using app = await startKeyed();
  expect(await idsOf(new OpenAI({ baseURL: `${app.url}/v1`, apiKey: LAPTOP }).models.list())).toEqual([
    "[p]-m",
  ]);
  expect(
    await idsOf(new OpenAI({ baseURL: `${app.url}/key/${LAPTOP}/v1`, apiKey: "none" }).models.list()),
  ).toEqual(["[p]-m"]);
  const { models } = await new Ollama({ host: `${app.url}/key/${LAPTOP}` }).list();
  expect(models.map((model) => model.name)).toEqual(["[p]-m"]);
});

test("a redirect keeps the key of the URL", async () => {
  await using app = await startKeyed();
  const response = await fetch(`${app.url}/key/${LAPTOP}//api/tags`, { redirect: "manual" });
  expect(response.headers.get("location")).toBe(`/key/${LAPTOP}/api/tags`);
  expect(await statusOf(`${app.url}/key/${LAPTOP}//api/tags`, { redirect: "follow" })).toBe(200);
});

test("without `api_keys` a path contains no key", async () => {
  await using app = await startTestApp([PROVIDER]);
  expect(await statusOf(`${app.url}/key/${LAPTOP}/api/tags`)).toBe(404);
  expect(await statusOf(`${app.url}/api/tags`, { headers: { authorization: "Bearer any" } })).toBe(200);
});

test("a log line has the name of the key and not the key", async () => {
  const lines: LogLine[] = [];
  await using app = await startKeyed(lines);
  await statusOf(`${app.url}/key/${encodeURIComponent(PHONE)}/api/tags`);
  await statusOf(`${app.url}/api/tags`, { headers: { "x-api-key": LAPTOP } });
  await statusOf(`${app.url}/api/tags`, { headers: { "x-api-key": `${LAPTOP}x` } });
  await statusOf(`${app.url}/key/${LAPTOP}x/api/tags`);
  await statusOf(`${app.url}/keys/${LAPTOP}/api/tags`);
  const refused = { status: 403, problem: WRONG };
  const served = {
    status: 200,
    ms: 0,
    request: expect.any(String),
    app: expect.any(String),
    problem: undefined,
  };
  expect(lines).toEqual([
    ["info", "GET /api/tags", { ...served, key: "phone" }],
    ["info", "GET /api/tags", { ...served, key: "laptop" }],
    ["warn", "GET /api/tags", refused],
    ["warn", "GET /api/tags", refused],
    ["warn", "GET (unknown path)", { status: 403, problem: MISSING }],
  ]);
  expect(JSON.stringify(lines)).not.toContain("0123456789abcdef");
});

test("a key that a client sends in place of a model's name is in no reply and no log line", async () => {
  const lines: LogLine[] = [];
  await using app = await startKeyed(lines);
  const headers = { "x-api-key": LAPTOP };
  const body = JSON.stringify({ model: LAPTOP, messages: [{ role: "user", content: "hi" }] });
  const response = await fetch(`${app.url}/api/chat`, { method: "POST", headers, body });
  expect(await response.text()).toBe(`{"error":"model '***' not found"}`);
  expect(lines).toHaveLength(1);
  expect(JSON.stringify(lines)).not.toContain(LAPTOP);
});

test("no provider gets a client's key", async () => {
  const choices = [{ message: { role: "assistant", content: "Hi" }, finish_reason: "stop" }];
  using upstream = startUpstream(() => Response.json({ choices }));
  await using app = await startKeyed([], [testProvider(`${upstream.url}/v1`)]);
  const body = { model: "m", stream: false, messages: [{ role: "user", content: "hi" }] };
  const headers = { authorization: `Bearer ${LAPTOP}`, "x-api-key": PHONE };
  for (const path of ["/api/chat", "/v1/chat/completions", `/key/${LAPTOP}/v1/chat/completions`]) {
    expect((await post(app.url + path, body, { headers })).status).toBe(200);
  }
  expect(upstream.received.length).toBe(3);
  for (const request of upstream.received) {
    expect(request.headers.get("authorization")).toBe("Bearer test-secret");
    expect(JSON.stringify([request.path, ...request.headers])).not.toContain("0123456789abcdef");
  }
});

test("a page of an allowed origin may send a preflight request without a key, and read why it is rejected", async () => {
  await using app = await startKeyed();
  const headers = { origin: "http://localhost:3000" };
  const preflight = await fetch(`${app.url}/api/chat`, { method: "OPTIONS", headers });
  expect(preflight.status).toBe(204);
  const refused = await fetch(`${app.url}/api/chat`, { method: "POST", headers });
  expect(refused.status).toBe(403);
  expect(refused.headers.get("access-control-allow-origin")).toBe(headers.origin);
});

test("a page of another origin is rejected even with a key", async () => {
  await using app = await startKeyed();
  const headers = { origin: "https://evil.example", authorization: `Bearer ${LAPTOP}` };
  expect(await statusOf(`${app.url}/api/tags`, { headers })).toBe(403);
});

test("a reload changes the keys immediately", async () => {
  await using app = await startKeyed();
  const headers = { "x-api-key": LAPTOP };
  expect(await statusOf(`${app.url}/api/tags`, { headers })).toBe(200);
  await app.app.reload(
    testConfig([PROVIDER], { apiKeys: [{ name: "new", secret: PHONE, secretFile: undefined }] }),
  );
  expect(await statusOf(`${app.url}/api/tags`, { headers })).toBe(403);
  expect(await statusOf(`${app.url}/api/tags`, { headers: { "x-api-key": PHONE } })).toBe(200);
});

test("a request without a key is rejected before its body arrives", async () => {
  await using app = await startKeyed();
  const { promise, resolve } = Promise.withResolvers<string>();
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port: Number(new URL(app.url).port),
    socket: { data: (_socket, bytes) => resolve(bytes.toString()), close: () => resolve("") },
  });
  socket.write("POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\n{");
  expect(await promise).toStartWith("HTTP/1.1 403 ");
  socket.terminate();
});
