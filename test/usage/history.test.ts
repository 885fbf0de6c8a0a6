/** The history of requests: what is written, and that no failure of its file reaches a client. */
import { Database } from "bun:sqlite";
import { afterAll, beforeEach, expect, test } from "bun:test";
import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestApp, type TestSettings, post, startTestApp, testProvider } from "../support/app.ts";
import { Clock } from "../support/clock.ts";
import { startUpstream } from "../support/upstream.ts";
import { historyFolders, stateFolder } from "../../src/usage/state-folder.ts";

const DAY_MS = 86_400_000;
const KEEP = { keepDays: 90, maxMegabytes: 100 };
const SECRET = "Zk81mQp07vXw55Rt";
const PROMPT = "a private prompt";
const folder = mkdtempSync(join(tmpdir(), "history-"));
let path = "";
let count = 0;

beforeEach(() => {
  count += 1;
  path = join(folder, String(count), "usage.sqlite");
});
afterAll(() => rmSync(folder, { recursive: true }));

const HELLO =
  'data: {"choices":[{"delta":{"content":"Hello"},"finish_reason":"stop"}]}\n\n' +
  'data: {"choices":[],"usage":{"prompt_tokens":12,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":4},' +
  '"completion_tokens_details":{"reasoning_tokens":1}}}\n\ndata: [DONE]\n\n';

const upstream = startUpstream(({ text }) =>
  text.includes("fail")
    ? Response.json({ error: { message: `Not this: ${text}` } }, { status: 400 })
    : new Response(HELLO),
);
afterAll(() => upstream[Symbol.dispose]());

/** Runs requests through an app that writes its history to `path`, and stops it, which writes the rest. */
async function run(
  use: (app: TestApp, clock: Clock) => Promise<void>,
  { config, ...settings }: TestSettings = {},
): Promise<readonly string[]> {
  const clock = new Clock();
  const lines: string[] = [];
  const runtime = {
    ...clock.runtime,
    log: (level: string, message: string, fields: object = {}) =>
      void lines.push(`${level} ${message} ${JSON.stringify(fields)}`),
  };
  await using app = await startTestApp([testProvider(upstream.url, { secrets: [SECRET] })], runtime, {
    config: { usage: KEEP, ...config },
    historyPath: path,
    ...settings,
  });
  await use(app, clock);
  await app.app.stop();
  return lines.filter((line) => line.includes("history"));
}

async function chat({ url }: TestApp, model = "[p]-m", content = PROMPT): Promise<number> {
  const init = { headers: { "user-agent": "Zed/1.2 (linux) undici" } };
  const response = await post(`${url}/api/chat`, { model, messages: [{ role: "user", content }] }, init);
  await response.text();
  return response.status;
}

function rows(sql = "SELECT * FROM requests"): readonly unknown[] {
  using db = new Database(path, { readwrite: true });
  return db.query(sql).all();
}

test("a request is one row, without any text of it", async () => {
  await run(async (app) => void (await chat(app)));
  expect(rows()).toEqual([
    {
      id: expect.stringMatching(/^\w+$/),
      started_at: Date.parse("2026-01-01T00:00:00.000Z"),
      app: "Zed/1.2",
      key: null,
      path: "/api/chat",
      model: "[p]-m",
      provider: "p",
      upstream_model: "m",
      mode: "translate",
      attempts: 1,
      status: 200,
      outcome: "complete",
      first_byte_ms: 0,
      total_ms: 0,
      input_tokens: 12,
      output_tokens: 3,
      cached_tokens: 4,
      reasoning_tokens: 1,
      is_estimated: 0,
      cost_usd: null,
      cost_source: null,
    },
  ]);
});

test("failed requests are rows too, and no text and no key is in the file", async () => {
  await run(async (app) => {
    expect(await chat(app, "[p]-m", "fail")).toBe(400);
    expect(await chat(app, `[p]-${SECRET}`)).toBe(404);
    await (await fetch(`${app.url}/api/tags`)).text();
    await (await post(`${app.url}/api/show`, { model: "[p]-m" })).text();
  });
  expect(rows("SELECT model, provider, outcome, status, attempts FROM requests")).toEqual([
    { model: "[p]-m", provider: "p", outcome: "failed", status: 400, attempts: 1 },
    { model: "[p]-***", provider: null, outcome: "failed", status: 404, attempts: 0 },
  ]);
  const text = await Bun.file(path).text();
  for (const hidden of ["Not this", PROMPT, SECRET]) expect(text).not.toContain(hidden);
});

test("only the owner can read the files and the folder", async () => {
  await run(async (app) => {
    await chat(app);
    await app.app.stop();
    expect(statSync(path).mode & 0o777).toBe(0o600);
    expect(statSync(join(path, "..")).mode & 0o777).toBe(0o700);
  });
  rmSync(path);
  writeFileSync(path, "", { mode: 0o644 });
  await run(async (app) => void (await chat(app)));
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("without requests, and with `usage: false`, there is no file", async () => {
  await run(async (app) => void (await fetch(`${app.url}/api/tags`)));
  expect(existsSync(path)).toBe(false);
  await run(async (app) => void (await chat(app)), { config: { usage: undefined } });
  expect(existsSync(path)).toBe(false);
});

test("a damaged file is moved aside", async () => {
  mkdirSync(join(path, ".."));
  writeFileSync(path, "this is no database, but somebody may want to have it".repeat(100));
  const lines = await run(async (app) => expect(await chat(app)).toBe(200));
  expect(lines).toEqual([
    `warn The history was damaged; it was moved aside, and a new one was begun {"movedTo":"${path}.corrupt"}`,
  ]);
  expect(rows()).toHaveLength(1);
  expect(await Bun.file(`${path}.corrupt`).text()).toStartWith("this is no database");
});

test("the file of a newer version is left as it is", async () => {
  mkdirSync(join(path, ".."));
  using newer = new Database(path);
  newer.run("PRAGMA user_version = 99");
  const lines = await run(async (app) => {
    expect(await chat(app)).toBe(200);
    expect(await chat(app)).toBe(200);
  });
  expect(lines).toEqual([
    `warn Cannot write the history; requests are not affected; \`usage: false\` switches the history off {"file":"${path}",` +
      `"cause":"the file was written by a newer version of ollama-proxy"}`,
  ]);
  expect(rows("SELECT name FROM sqlite_master")).toEqual([]);
});

test("the file of an older version gets the new columns, and keeps its rows", async () => {
  await run(async (app) => void (await chat(app)));
  {
    using db = new Database(path, { readwrite: true });
    for (const column of ["cost_usd", "cost_source"]) db.run(`ALTER TABLE requests DROP COLUMN ${column}`);
    db.run("PRAGMA user_version = 1");
  }
  await run(async (app) => void (await chat(app)));
  expect(rows("SELECT cost_usd, cost_source FROM requests")).toEqual([
    { cost_usd: null, cost_source: null },
    { cost_usd: null, cost_source: null },
  ]);
});

test("a file that cannot be made is a warning", async () => {
  writeFileSync(join(folder, String(count)), "");
  const lines = await run(async (app) => expect(await chat(app)).toBe(200));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain("Cannot write the history");
});

test("a locked file is a warning, and no request waits for it", async () => {
  await run(async (app) => void (await chat(app)));
  using other = new Database(path, { readwrite: true });
  other.run("BEGIN IMMEDIATE");
  const lines = await run(async (app) => expect(await chat(app)).toBe(200));
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('"cause":"database is locked"');
});

test("old rows are deleted", async () => {
  await run(async (app, clock) => {
    await chat(app);
    await app.app.stop();
    clock.advance(89 * DAY_MS);
  });
  for (const [days, left] of [
    [89, 2],
    [91, 2],
  ] as const) {
    await run(async (app, clock) => {
      clock.advance(days * DAY_MS);
      await chat(app);
    });
    expect(rows()).toHaveLength(left);
  }
});

test("a file above its size loses its oldest rows", async () => {
  await run(async (app) => void (await chat(app)));
  {
    using db = new Database(path, { readwrite: true });
    db.run(`INSERT INTO requests SELECT requests.* FROM requests, (
      WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 12000) SELECT i FROM n)`);
  }
  await run(async (app) => void (await chat(app)), { config: { usage: { keepDays: 90, maxMegabytes: 1 } } });
  expect(rows("SELECT count(*) AS amount FROM requests")).toEqual([{ amount: 10801 }]);
});

test.each([
  ["linux", { HOME: "/home/a" }, "/home/a/.local/state/ollama-proxy"],
  ["linux", { HOME: "/home/a", XDG_STATE_HOME: "/data" }, "/data/ollama-proxy"],
  ["linux", { HOME: "/home/a", XDG_STATE_HOME: "data" }, "/home/a/.local/state/ollama-proxy"],
  ["linux", { HOME: "/home/a", STATE_DIRECTORY: "/var/lib/x:/var/lib/y" }, "/var/lib/x"],
  ["darwin", { HOME: "/Users/a" }, "/Users/a/Library/Application Support/ollama-proxy"],
  ["win32", { LOCALAPPDATA: "/Local" }, "/Local/ollama-proxy"],
  ["linux", { HOME: "" }, undefined],
  ["win32", {}, undefined],
])("on %s with %o the state is in %s", (platform, env: Record<string, string>, expected) => {
  expect(stateFolder(env, platform)).toBe(expected);
});

test("reports look in the folder of the service too", () => {
  expect(historyFolders({ HOME: "/home/a", USER: "a" }, "linux")).toEqual([
    "/home/a/.local/state/ollama-proxy",
    "/var/lib/ollama-proxy/a",
  ]);
});
