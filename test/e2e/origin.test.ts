/** Access for web pages and host names, as in a real Ollama. */
import { expect, test } from "bun:test";
import { hostname } from "node:os";
import type { LogFields } from "../../src/runtime.ts";
import { startTestApp, testProvider, type TestSettings } from "../support/app.ts";
import { fixedRuntime } from "../support/runtime.ts";

async function ask(init: RequestInit, path = "/api/version", settings: TestSettings = {}): Promise<Response> {
  await using app = await startTestApp([testProvider("http://127.0.0.1:1")], fixedRuntime(), settings);
  const response = await fetch(app.url + path, init);
  await response.text();
  return response;
}

test.each([
  "http://localhost",
  "http://localhost:3000",
  "https://127.0.0.1:8443",
  "http://0.0.0.0:1",
  "app://obsidian.md",
  "file://",
  "tauri://localhost",
  "vscode-webview://1abc",
  "vscode-file://vscode-app",
])("%s may send requests and read replies", async (origin) => {
  const response = await ask({ headers: { origin } });
  expect(response.status).toBe(200);
  expect(response.headers.get("access-control-allow-origin")).toBe(origin);
  expect(response.headers.get("vary")).toBe("Origin");
  expect(response.headers.has("access-control-allow-credentials")).toBe(false);
});

test.each([
  "https://example.com",
  "http://localhost.example.com",
  "http://127.0.0.1.example.com:80",
  "chrome-extension://abc",
  "null",
])("%s may send no request, with any path and method", async (origin) => {
  for (const path of ["/api/version", "/nowhere"]) {
    for (const method of ["GET", "POST", "OPTIONS"]) {
      const response = await ask({ method, headers: { origin } }, path);
      expect(response.status).toBe(403);
      expect(response.headers.has("access-control-allow-origin")).toBe(false);
    }
  }
});

test("a preflight gets Ollama's fixed lists, even for an unknown path", async () => {
  const response = await ask({ method: "OPTIONS", headers: { origin: "http://localhost:1" } }, "/nowhere");
  expect(response.status).toBe(204);
  expect(response.headers.get("access-control-max-age")).toBe("43200");
  expect(response.headers.get("access-control-allow-methods")).toBe("GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS");
  expect(response.headers.get("access-control-allow-headers")).toStartWith(
    "Authorization,Content-Type,User-Agent,Accept,",
  );
  expect(response.headers.get("vary")).toBe(
    "Origin, Access-Control-Request-Method, Access-Control-Request-Headers",
  );
});

const ORIGINS =
  "https://*.example.com, chrome-extension://*, https://Exact.example, http://a*:1, http://xy*xy:2";

test.each([
  ["https://app.example.com", true],
  ["https://a.b.example.com", true],
  ["https://.example.com", true],
  ["https://example.com", false],
  ["https://evilexample.com", false],
  ["http://app.example.com", false],
  ["https://app.example.com.evil.net", false],
  ["https://app.example.com:8443", false],
  ["chrome-extension://abc", true],
  ["moz-extension://abc", false],
  ["https://exact.example", true],
  ["https://exact.example.com", true],
  ["https://exact.exampl", false],
  ["http://a:1", true],
  ["http://ab:1", true],
  ["http://b:1", false],
  ["http://a:2", false],
  // The beginning and the end of a pattern may not share letters.
  ["http://xy:2", false],
  ["http://xyxy:2", true],
])("with patterns in OLLAMA_ORIGINS, %s may send requests: %p", async (origin, isAllowed) => {
  const response = await ask({ headers: { origin } }, "/api/version", { origins: ORIGINS });
  expect(response.status).toBe(isAllowed ? 200 : 403);
  expect(response.headers.get("access-control-allow-origin")).toBe(isAllowed ? origin : null);
});

test("a single `*` in OLLAMA_ORIGINS allows every origin with one fixed header", async () => {
  const response = await ask({ headers: { origin: "https://any.example" } }, "/", { origins: "x, *" });
  expect(response.status).toBe(200);
  expect(response.headers.get("access-control-allow-origin")).toBe("*");
  expect(response.headers.has("vary")).toBe(false);
});

test.each([
  ["GET", "/nowhere", 404],
  ["GET", "/api/chat", 405],
  ["POST", "/api/chat", 400],
  ["POST", "/v1/chat/completions", 400],
  ["POST", "/v1/messages", 400],
])("an allowed page may read why %s %s failed", async (method, path, status) => {
  const response = await ask({ method, headers: { origin: "http://localhost:1" } }, path);
  expect(response.status).toBe(status);
  expect(response.headers.get("access-control-allow-origin")).toBe("http://localhost:1");
  expect(response.headers.get("vary")).toBe("Origin");
});

test.each([
  ["localhost", 200],
  ["localhost:11434", 200],
  ["my.localhost", 200],
  ["printer.local", 200],
  ["host.docker.internal:11434", 200],
  ["192.168.1.5", 200],
  ["10.0.0.1:80", 200],
  ["[::1]:11434", 200],
  ["[::1]", 200],
  ["[::]:11434", 200],
  ["::1", 200],
  ["[fd12::1]:80", 200],
  ["127.9.9.9", 200],
  ["172.16.0.1", 200],
  ["172.31.0.1", 200],
  ["0.0.0.0:11434", 200],
  ["LOCALHOST", 200],
  [hostname(), 200],
  ["172.15.0.1", 403],
  ["172.32.0.1", 403],
  ["0.0.0.00", 403],
  ["[2001:db8::1]", 403],
  ["xlocal", 403],
  ["xlocalhost", 403],
  ["xinternal", 403],
  ["printer.local.example.com", 403],
  ["a:b", 403],
  ["localhost:port", 403],
  ["127.evil.example", 403],
  ["127.evil.example:80:80", 403],
  ["fd00:evil.example", 403],
  ["example.com", 403],
  ["localhost.example.com", 403],
  ["8.8.8.8", 403],
])("a request to the host %s is answered %d, on both loopback addresses", async (host, status) => {
  await using app = await startTestApp([testProvider("http://127.0.0.1:1")]);
  expect(app.app.urls.length).toBe(2);
  for (const url of app.app.urls) {
    const response = await fetch(`${url}/api/version`, { headers: { host } });
    expect(response.status).toBe(status);
    if (status === 403) expect(await response.text()).toBe("");
  }
});

test("headers of reverse proxies do not change the host", async () => {
  const headers = { host: "evil.example", "x-forwarded-host": "localhost", forwarded: "host=localhost" };
  expect((await ask({ headers })).status).toBe(403);
});

const OPEN = {
  config: { host: "0.0.0.0", allowAnonymous: true, allowedHosts: ["ai.example.com", "8.8.4.4"] },
};

test.each([
  ["localhost", 200],
  ["192.168.1.5:11434", 200],
  [hostname(), 200],
  ["nas.local", 200],
  ["ai.example.com", 200],
  ["AI.example.com:443", 200],
  ["8.8.4.4:80", 200],
  ["evil.example", 403],
  ["x.ai.example.com", 403],
  ["8.8.8.8", 403],
])("for everyone in the network, a request to the host %s is answered %d", async (host, status) => {
  expect((await ask({ headers: { host } }, "/api/version", OPEN)).status).toBe(status);
});

test("a page that rebinds its own host name is rejected even if its origin is the host", async () => {
  const headers = { host: "evil.example:11434", origin: "http://evil.example:11434" };
  expect((await ask({ headers })).status).toBe(403);
  expect((await ask({ headers }, "/api/version", OPEN)).status).toBe(403);
});

test("the error for a host name has the next step for network addresses, and always in the log", async () => {
  const problem =
    'The host name "evil.example" is not allowed; add it to `allowed_hosts` in the configuration of ollama-proxy';
  const lines: (readonly [string, LogFields | undefined])[] = [];
  const runtime = fixedRuntime((_level, message, fields) => void lines.push([message, fields]));
  for (const [settings, body] of [
    [{}, ""],
    [OPEN, JSON.stringify({ error: problem })],
  ] as const) {
    await using app = await startTestApp([testProvider("http://127.0.0.1:1")], runtime, settings);
    const url = app.url.replace("0.0.0.0", "127.0.0.1");
    const response = await fetch(`${url}/api/tags`, { headers: { host: "evil.example" } });
    expect(await response.text()).toBe(body);
  }
  const line = ["GET /api/tags", { status: 403, problem }] as const;
  expect(lines).toEqual([line, line]);
});

test.each([
  ["a path of the API", "/api/chat", "POST"],
  ["a path with several methods", "/api/tags", "HEAD, GET"],
  ["an unknown path", "/nowhere", null],
])("OPTIONS tells the methods of %s, whatever answers it", async (_what, path, allow) => {
  for (const [headers, status] of [
    [{ host: "localhost" }, 204],
    [{ host: "127.0.0.1" }, allow === null ? 404 : 405],
    [{ host: "evil.example" }, 403],
    [{ origin: "http://localhost:1" }, 204],
    [{ origin: "https://evil.example" }, 403],
  ] as const) {
    const response = await ask({ method: "OPTIONS", headers }, path);
    expect([response.status, response.headers.get("allow")]).toEqual([status, allow]);
  }
});

test.each(["/", "/api/version", "/api/tags", "/api/ps", "/nowhere"])(
  "HEAD %s has a date, once",
  async (path) => {
    const response = await ask({ method: "HEAD" }, path);
    expect(response.headers.get("date")).toBe("Thu, 01 Jan 2026 00:00:00 GMT");
  },
);
