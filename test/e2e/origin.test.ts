/** Which web pages and host names may talk to us: as a real Ollama has it. */
import { expect, test } from "bun:test";
import { startTestApp, testProvider } from "../support/app.ts";

async function ask(init: RequestInit, path = "/api/version"): Promise<Response> {
  await using app = await startTestApp([testProvider("http://127.0.0.1:1")]);
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
])("%s may ask and read", async (origin) => {
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
])("%s may not ask, whatever the path and method", async (origin) => {
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

test.each([
  ["localhost", 200],
  ["localhost:11434", 200],
  ["my.localhost", 200],
  ["printer.local", 200],
  ["host.docker.internal:11434", 200],
  ["192.168.1.5", 200],
  ["10.0.0.1:80", 200],
  ["[::1]:11434", 200],
  ["example.com", 403],
  ["localhost.example.com", 403],
  ["8.8.8.8", 403],
])("a request to the host %s is answered %d", async (host, status) => {
  expect((await ask({ headers: { host } })).status).toBe(status);
});
