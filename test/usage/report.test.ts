/** What reports read from the history. The rows are written as the program writes them. */
import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HistoryDatabase } from "../../src/usage/database.ts";
import { HistoryReader, latestFile } from "../../src/usage/report.ts";
import type { HistoryRow } from "../../src/usage/row.ts";

const folder = mkdtempSync(join(tmpdir(), "report-"));
afterAll(() => rmSync(folder, { recursive: true }));

const path = join(folder, "usage.sqlite");
/** Noon of the local time zone. */
const NOON = new Date("2026-01-10T12:00:00").getTime();
const DAY_MS = 86_400_000;

const ROW: HistoryRow = {
  id: "r",
  started_at: NOON,
  app: "Zed/1.0",
  key: null,
  path: "/api/chat",
  model: "[p]-m",
  provider: "p",
  upstream_model: "m",
  mode: "relay",
  attempts: 1,
  status: 200,
  outcome: "complete",
  first_byte_ms: 100,
  total_ms: 1100,
  input_tokens: 10,
  output_tokens: 20,
  cached_tokens: 5,
  reasoning_tokens: 2,
  is_estimated: 0,
  cost_usd: 0.5,
  cost_source: "list",
};

const database = HistoryDatabase.open(path, () => undefined);
database.write([
  ROW,
  { ...ROW, app: "Zed/1.1", cost_usd: null, cost_source: null, first_byte_ms: 300, total_ms: 2300 },
  { ...ROW, app: null, first_byte_ms: 200, total_ms: 200, started_at: NOON + DAY_MS },
  {
    ...ROW,
    app: null,
    outcome: "failed",
    output_tokens: null,
    first_byte_ms: null,
    model: "gone",
    provider: null,
  },
  { ...ROW, app: "curl/8", outcome: "canceled", output_tokens: 1, model: "gone" },
  { ...ROW, started_at: NOON - DAY_MS, app: "old" },
]);
database.close();

const NONE = { costUsd: 0.5, unpriced: 0, firstByteMs: null, firstByteP95Ms: null, tokensPerSecond: null };

test("sums by app: versions are one app, failures have no times", () => {
  using reader = new HistoryReader(path);
  const shared = { span: "", failed: 0 };
  expect(reader.sum("app", NOON)).toEqual([
    {
      ...shared,
      name: "Zed",
      requests: 2,
      input: 20,
      cached: 10,
      output: 40,
      reasoning: 4,
      costUsd: 0.5,
      unpriced: 1,
      firstByteMs: 100,
      firstByteP95Ms: 300,
      tokensPerSecond: 13.3,
    },
    {
      ...shared,
      name: "",
      requests: 2,
      failed: 1,
      input: 20,
      cached: 10,
      output: 20,
      reasoning: 4,
      costUsd: 1,
      unpriced: 0,
      firstByteMs: 200,
      firstByteP95Ms: 200,
      tokensPerSecond: 100,
    },
    { ...shared, ...NONE, name: "curl", requests: 1, input: 10, cached: 5, output: 1, reasoning: 2 },
  ]);
});

test.each([
  ["model", ["[p]-m 3", "gone 2"]],
  ["provider", ["p 4", " 1"]],
  ["key", [" 5"]],
  ["day", ["2026-01-10 4", "2026-01-11 1"]],
] as const)("sums by %s", (by, expected) => {
  using reader = new HistoryReader(path);
  expect(reader.sum(by, NOON).map(({ name, requests }) => `${name} ${requests}`)).toEqual([...expected]);
});

test.each([
  ["hour", ["2026-01-10T12:00 4", "2026-01-11T12:00 1"]],
  ["day", ["2026-01-10 4", "2026-01-11 1"]],
  ["month", ["2026-01-01 5"]],
] as const)("a row for every %s", (span, expected) => {
  using reader = new HistoryReader(path);
  const sums = reader.series("all", span, NOON);
  expect(sums.map((sum) => `${sum.span} ${sum.requests}`)).toEqual([...expected]);
});

test("groups in every span", () => {
  using reader = new HistoryReader(path);
  const sums = reader.series("provider", "day", NOON);
  expect(sums.map((sum) => `${sum.span} ${sum.name} ${sum.requests}`)).toEqual([
    "2026-01-10  1",
    "2026-01-10 p 3",
    "2026-01-11 p 1",
  ]);
});

test("a file that was just created has no rows", () => {
  const empty = join(folder, "empty.sqlite");
  writeFileSync(empty, "");
  using reader = new HistoryReader(empty);
  expect(reader.sum("model", 0)).toEqual([]);
});

test("a report needs a file that this version can read", () => {
  expect(latestFile([join(folder, "none"), path])).toBe(path);
  expect(latestFile([join(folder, "none")])).toBeUndefined();
});
