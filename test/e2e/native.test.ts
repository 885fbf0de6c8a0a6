/** Ollama's native API as a table of requests and the answers of a real server. Runs the executable. */
import { expect, test } from "bun:test";
import { MANAGEMENT_ROWS } from "./management-table.ts";
import { ROWS } from "./native-table.ts";
import { useServer } from "../support/server.ts";
import { testRows } from "../support/rows.ts";

const server = useServer(
  (url) => `
providers:
- name: lab
  url: ${url}/v1
  models:
  - m
  - {name: plain, capabilities: [completion]}
  - {name: vectors, capabilities: [embedding]}
  - org/with-slash:1
`,
);

testRows([...ROWS, ...MANAGEMENT_ROWS], () => server.url);

test("a wrong method gets the right ones, and a redirect has the right path", async () => {
  expect((await fetch(`${server.url}/api/chat`)).headers.get("allow")).toBe("POST");
  const redirect = await fetch(`${server.url}//api//tags/`, { redirect: "manual" });
  expect(redirect.headers.get("location")).toBe("/api/tags");
});

test("a redirect keeps the query", async () => {
  const redirect = await fetch(`${server.url}/api/tags/?a=1&b=2`, { redirect: "manual" });
  expect(redirect.headers.get("location")).toBe("/api/tags?a=1&b=2");
});

test("300 requests to /api/show send no request to a provider", async () => {
  const before = server.received.length;
  for (let index = 0; index < 300; index += 1) {
    await fetch(`${server.url}/api/show`, { method: "POST", body: '{"model":"[lab]-m"}' });
  }
  expect(server.received.length).toBe(before);
});

async function names(headers: Record<string, string>): Promise<readonly string[]> {
  const body: { readonly models: readonly { readonly model: string }[] } = JSON.parse(
    await (await fetch(`${server.url}/api/tags`, { headers })).text(),
  );
  return body.models.map((model) => model.model);
}

test("Open WebUI gets ids with a tag, and other clients get them unchanged", async () => {
  expect(await names({})).toEqual(["[lab]-m", "[lab]-plain", "[lab]-vectors", "[lab]-org/with-slash:1"]);
  expect(await names({ "user-agent": "Python/3.11 aiohttp/3.12.15" })).toEqual([
    "[lab]-m:latest",
    "[lab]-plain:latest",
    "[lab]-vectors:latest",
    "[lab]-org/with-slash:1",
  ]);
});

async function* chunks() {
  yield '{"model":"[lab]-m","stream":false,"messages":[{"role":"user",';
  yield '"content":"hi"}]}';
}

test("a body in chunks is read to its end", async () => {
  const response = await fetch(`${server.url}/api/chat`, { method: "POST", body: chunks() });
  expect(await response.json()).toMatchObject({ message: { content: "You said hi" } });
});
