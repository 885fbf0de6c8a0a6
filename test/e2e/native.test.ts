/** Ollama's native API as a table: what is asked, and what a real server answers. Run against the executable. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { ROWS } from "./native-table.ts";
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

async function names(headers: Record<string, string>): Promise<readonly string[]> {
  const body: { readonly models: readonly { readonly model: string }[] } = JSON.parse(
    await (await fetch(`${url}/api/tags`, { headers })).text(),
  );
  return body.models.map((model) => model.model);
}

test("Open WebUI gets ids with a tag, everyone else as they are", async () => {
  expect(await names({})).toEqual(["[lab]-m", "[lab]-plain", "[lab]-vectors", "[lab]-org/with-slash:1"]);
  expect(await names({ "user-agent": "Python/3.11 aiohttp/3.12.15" })).toEqual([
    "[lab]-m:latest",
    "[lab]-plain:latest",
    "[lab]-vectors:latest",
    "[lab]-org/with-slash:1",
  ]);
});
