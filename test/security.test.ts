/** Every statement of SECURITY.md names existing tests that prove it. */
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { ROOT } from "./support/readme.ts";
import { join } from "node:path";

const MODEL = readFileSync(join(ROOT, "SECURITY.md"), "utf8").split("\n## Who can do what\n")[1] ?? "";
const STATEMENTS = [...MODEL.matchAll(/^- [\s\S]*?(?=\n- |\n\n|$(?![\s\S]))/gm)].map(([text]) => text);
const PROOF = /^ {2}Test `([^`]+)`: "(.+)"$/gm;
const PROOFS = STATEMENTS.flatMap((statement) =>
  [...statement.matchAll(PROOF)].map(([, file = "", name = ""]) => [file, name] as const),
);

test("every group of people has statements", () => {
  const groups = MODEL.split(/^### /m).slice(1);
  expect(groups.length).toBe(6);
  for (const group of groups) expect(group).toMatch(/^- /m);
});

test.each(STATEMENTS)("%s", (statement) => {
  const lines = statement.split("\n").slice(1);
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect(line).toMatch(/^ {2}Test `[^`]+`: ".+"$/);
});

test.each(PROOFS)("%s has the test %j", (file, name) => {
  expect(existsSync(join(ROOT, file))).toBe(true);
  const calls =
    /(?:^test(?:\.concurrent)?(?:\.if\(\w+\))?|^\]\)|^test(?:\.concurrent)?\.each\(.*\))\(\s*"((?:[^"\\]|\\.)*)"/gm;
  const names = [...readFileSync(join(ROOT, file), "utf8").matchAll(calls)].map(([, found]) => found);
  expect(names).toContain(name);
});
