/** Who gets the page, and who does not. */
import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createConfigEditor } from "../../src/cli/config-editor.ts";
import { SAMPLE } from "../../src/config/sample.ts";
import { createCode } from "../../src/ui/session.ts";
import { type TestApp, startTestApp, testProvider } from "../support/app.ts";
import { Clock } from "../support/clock.ts";

const folder = mkdtempSync(join(tmpdir(), "page-"));
afterAll(() => rmSync(folder, { recursive: true }));

const keyPath = join(folder, "state", "page.key");
const configPath = join(folder, "ollama-proxy.yaml");
const PAGE_SETTINGS = { keyPath, program: ["false"], editor: createConfigEditor(configPath) };
const NOW_MS = Date.parse("2026-01-01T00:00:00.000Z");
const MINUTE_MS = 60_000;

function start(clock = new Clock()): Promise<TestApp> {
  return startTestApp([testProvider("http://127.0.0.1:1")], clock.runtime, {
    ui: PAGE_SETTINGS,
  });
}

function get(url: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { headers, redirect: "manual" });
}

/** The cookie that a code gets; undefined: none. */
async function enter({ url }: TestApp, code: string): Promise<string | undefined> {
  const response = await get(`${url}/ui/enter?code=${code}`);
  expect([response.status, response.headers.get("location")]).toEqual([303, "/ui/"]);
  return response.headers.get("set-cookie")?.split(";")[0];
}

test("without a session the page says how to get in, and nothing else is there", async () => {
  await using app = await start();
  const page = await get(`${app.url}/ui/`);
  expect(page.status).toBe(403);
  expect(await page.text()).toContain("<pre>ollama-proxy ui</pre>");
  for (const path of ["main.js", "style.css", "api/events", "api/providers", "api/usage", "other"]) {
    const response = await get(`${app.url}/ui/${path}`);
    expect([response.status, await response.text()]).toEqual([403, ""]);
  }
  const root = await get(app.url);
  expect(await root.text()).toBe("Ollama is running");
});

test("a code opens the page once, and the session survives a restart", async () => {
  const code = createCode(keyPath, NOW_MS);
  let cookie = "";
  {
    await using app = await start();
    cookie = (await enter(app, code)) ?? "";
    const page = await get(`${app.url}/ui/`, { cookie: `other=1; ${cookie}` });
    expect([page.status, page.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
    expect(await enter(app, code)).toBeUndefined();
  }
  // A real restart keeps the port, and with it the name of the cookie.
  await using app = await start();
  const [, value] = cookie.split("=");
  const name = `ollama-proxy-${new URL(app.url).port}`;
  expect((await get(`${app.url}/ui/`, { cookie: `${name}=${value}` })).status).toBe(200);
  rmSync(keyPath);
  expect((await get(`${app.url}/ui/`, { cookie: `${name}=${value}` })).status).toBe(403);
});

test("the key file belongs to its owner alone, and a damaged one is replaced", () => {
  createCode(keyPath, NOW_MS);
  expect(statSync(keyPath).mode & 0o777).toBe(0o600);
  expect(statSync(join(keyPath, "..")).mode & 0o777).toBe(0o700);
  writeFileSync(keyPath, "x");
  createCode(keyPath, NOW_MS);
  expect(readFileSync(keyPath, "utf8")).toMatch(/^[\w-]{43}\n$/);
});

test.each([
  ["of a minute ago, before the start", NOW_MS - MINUTE_MS, 0, false],
  ["of a minute ago, after the start", NOW_MS, MINUTE_MS, true],
  ["of three minutes ago", NOW_MS, 3 * MINUTE_MS, false],
  ["of the future", NOW_MS + MINUTE_MS, 0, false],
])("a code %s", async (_age, issuedAtMs, passedMs, isAccepted) => {
  const clock = new Clock();
  await using app = await start(clock);
  clock.advance(passedMs);
  expect((await enter(app, createCode(keyPath, issuedAtMs))) !== undefined).toBe(isAccepted);
});

test("a session ends after a week, and nothing else opens one", async () => {
  const clock = new Clock();
  await using app = await start(clock);
  const code = createCode(keyPath, NOW_MS);
  const cookie = (await enter(app, code)) ?? "";
  const name = cookie.split("=")[0];
  for (const value of [code, "", "x", `${cookie.split("=")[1]}x`, `9${cookie.split("=")[1]}`])
    expect((await get(`${app.url}/ui/`, { cookie: `${name}=${value}` })).status).toBe(403);
  for (const wrong of ["", "x", `${code}x`, cookie.split("=")[1] ?? ""])
    expect(await enter(app, wrong)).toBeUndefined();
  clock.advance(7 * 24 * 60 * MINUTE_MS + 1);
  expect((await get(`${app.url}/ui/`, { cookie })).status).toBe(403);
});

const PAGE = { "sec-fetch-mode": "navigate", "sec-fetch-dest": "document" };

test.each([
  ["a name that was made to lead here", "GET", { host: "evil.example" }, 403],
  ["another machine's name", "GET", { host: "box.local" }, 403],
  ["localhost", "GET", { host: "localhost:1" }, 404],
  ["a page of another origin", "GET", { origin: "https://evil.example" }, 403],
  ["a page of another port", "GET", { origin: "http://localhost:3000" }, 403],
  ["an image of another site", "GET", { "sec-fetch-site": "cross-site" }, 403],
  ["an image of another port", "GET", { "sec-fetch-site": "same-site" }, 403],
  [
    "a frame of another site",
    "GET",
    { "sec-fetch-site": "cross-site", ...PAGE, "sec-fetch-dest": "iframe" },
    403,
  ],
  ["a link on another site", "GET", { "sec-fetch-site": "cross-site", ...PAGE }, 404],
  [
    "a form of another site",
    "POST",
    { "sec-fetch-site": "cross-site", ...PAGE, origin: "https://evil.example" },
    403,
  ],
  ["a change without an origin", "POST", {}, 403],
])("%s: %s %o gets %d", async (_who, method, headers: Record<string, string>, status) => {
  await using app = await start();
  const cookie = (await enter(app, createCode(keyPath, NOW_MS))) ?? "";
  const name = `ollama-proxy-${new URL(`http://${headers["host"] ?? "x"}`).port}`;
  const own = headers["host"] === undefined ? cookie : cookie.replace(/^[^=]*/, name);
  const response = await fetch(`${app.url}/ui/none`, { method, headers: { cookie: own, ...headers } });
  expect(response.status).toBe(status);
  expect(response.headers.get("access-control-allow-origin")).toBeNull();
});

test("every response forbids frames, foreign content and inline scripts", async () => {
  await using app = await start();
  for (const path of ["/ui/", "/ui/enter", "/ui/main.js"]) {
    const { headers } = await get(app.url + path);
    expect(headers.get("content-security-policy")).toContain("default-src 'none'; script-src 'self';");
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect(headers.get("x-frame-options")).toBe("DENY");
    expect(headers.get("cache-control")).toBe("no-store");
  }
});

test("with client keys the page needs its own session, not a key", async () => {
  const apiKeys = [{ name: "laptop", secret: "laptop-0123456789abcdef", secretFile: undefined }];
  await using app = await startTestApp([], undefined, { config: { apiKeys }, ui: PAGE_SETTINGS });
  const headers = { authorization: `Bearer ${apiKeys[0]?.secret}` };
  expect((await get(`${app.url}/ui/`, headers)).status).toBe(403);
});

test("without a folder that is kept there is no page", async () => {
  await using app = await startTestApp([]);
  expect((await get(`${app.url}/ui/`)).status).toBe(404);
  expect(existsSync(join(folder, "ui"))).toBe(false);
});

test("the configuration is written only if it is valid, and if nobody else has changed it", async () => {
  await using app = await start();
  const cookie = (await enter(app, createCode(keyPath, NOW_MS))) ?? "";
  const save = async (text: unknown, before: unknown): Promise<string> => {
    const response = await fetch(`${app.url}/ui/api/config`, {
      method: "POST",
      headers: { cookie, origin: app.url },
      body: JSON.stringify({ text, before }),
    });
    return response.text();
  };
  const read = await get(`${app.url}/ui/api/config`, { cookie });
  expect(await read.json()).toEqual({ path: configPath, text: SAMPLE });
  expect(await save("prot: 1", SAMPLE)).toContain("did you mean");
  expect(await save("port: 1", "older")).toBe(
    '{"error":"The file was changed in the meantime; load it again"}',
  );
  expect(await save(1, SAMPLE)).toContain("another version of ollama-proxy");
  expect(existsSync(configPath)).toBe(false);
  expect(await save("port: 1", SAMPLE)).toBe('{"saved":true}');
  expect(await save("port: 2", "port: 1")).toBe('{"saved":true}');
  expect([readFileSync(configPath, "utf8"), statSync(configPath).mode & 0o777]).toEqual(["port: 2", 0o600]);
  const commands = [
    "secret_command: id",
    "secret_command: {command: id}",
    "secret_command: id, headers: {a: '${NOPE}'}",
  ];
  for (const command of commands) {
    const text = `providers: [{name: a, url: https://a.example, ${command}}]`;
    expect(await save(text, "port: 2")).toContain("cannot add or change a `secret_command`");
    writeFileSync(configPath, text);
    expect(await save(`port: 3\n${text}`, text)).toBe('{"saved":true}');
    writeFileSync(configPath, "port: 2");
  }
});
