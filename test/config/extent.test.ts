/** Every configuration is read or rejected in a time that is proportional to its size. */
import { expect, test } from "bun:test";
import { parseConfig } from "../../src/config/load.ts";

function requestErrorOf(text: string): string {
  try {
    parseConfig(text, "f.yaml", {});
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return "none";
}

const MANY = 5000;

test.each<[what: string, text: string, problem: string]>([
  ["brackets", "[".repeat(MANY), "f.yaml:1:101: Expected at most 100 levels of nesting"],
  ["closed brackets", "[".repeat(MANY) + "]".repeat(MANY), "1:101: Expected at most 100 levels"],
  ["braces", "{a: ".repeat(MANY), "Expected at most 100 levels"],
  ["braces of a known key", `providers: ${"{name: ".repeat(MANY)}`, "Expected at most 100 levels"],
  ["lists in lists", `${"- ".repeat(MANY)}a`, "Expected at most 100 levels"],
  ["keys in keys", `${"? ".repeat(MANY)}a`, "Expected at most 100 levels"],
  ["keys on one line", "a: ".repeat(MANY), "Expected at most 100 levels"],
  [
    "indentation",
    Array.from({ length: 500 }, (_, depth) => `${" ".repeat(depth)}a:`).join("\n"),
    "f.yaml:101:102: Expected at most 100 levels",
  ],
  [
    "keys",
    Array.from({ length: MANY }, (_, at) => `k${at}: 1`).join("\n"),
    "f.yaml:251:5: Expected at most 250 keys",
  ],
  ["keys in braces", `{${"a: 1, ".repeat(MANY)}}`, "Expected at most 250 keys"],
  ["aliases", `a: &x 1\nb: [${"*x, ".repeat(MANY)}]`, "Expected at most 100 uses of aliases"],
])("too many %s are rejected before parsing", (_, text, problem) => {
  expect(requestErrorOf(text)).toContain(problem);
});

test("a text that was not parsed is not shown", () => {
  expect(requestErrorOf(`secret: sk-hidden ${"[".repeat(MANY)}`)).not.toContain("sk-hidden");
});

test("a large valid file is read", () => {
  const models = Array.from(
    { length: 1000 },
    (_, at) => `    - name: m${at}\n      context_length: 1000`,
  ).join("\n");
  const names = Array.from({ length: 1000 }, (_, at) => `n${at}`).join(", ");
  const providers = Array.from(
    { length: 100 },
    (_, at) => `- name: q${at}\n  url: https://h/v1\n  extra_body:\n    a: |\n      [[[[ - - -\n    b: "[{"`,
  ).join("\n");
  const text = `port: 0\nproviders:\n- name: p\n  url: https://h/v1\n  models:\n${models}\n- name: o\n  url: https://h/v1\n  models: [${names}]\n${providers}\n`;
  const { config } = parseConfig(text, "f.yaml", {});
  expect(config.providers.map((provider) => provider.models?.length ?? 0).slice(0, 2)).toEqual([1000, 1000]);
  expect(config.providers).toHaveLength(102);
});

test("only the first hundred problems are shown", () => {
  const providers = Array.from({ length: 1000 }, (_, at) => `- name: p${at}\n  uri: x`).join("\n");
  const report = requestErrorOf(`providers:\n${providers}\n`);
  expect(report.split("\n")).toHaveLength(403);
  expect(report).toEndWith(" more");
});
