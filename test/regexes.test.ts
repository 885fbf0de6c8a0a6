/**
 * Every regular expression of the program must run in linear time for any text. The expressions in `regexes.json` were judged before, and
 * `UPDATE=1 bun test regexes` adds new ones. `regexes.system.ts` judges every expression again.
 */
import { expect, test } from "bun:test";
import { expressionFor } from "../src/masker.ts";
import { SRC, findRegexes, keyOf, readLinear, regexesOf, writeLinear } from "./support/regexes.ts";

const UPDATES = process.env["UPDATE"] !== undefined && process.env["CI"] === undefined;

/** This file makes expressions from secrets. They are tested below. */
const CONSTRUCTED: ReadonlySet<string> = new Set(["masker.ts"]);

test("no file makes expressions from text", async () => {
  const broken: string[] = [];
  for (const { path, constructed } of await regexesOf(SRC)) {
    for (const line of CONSTRUCTED.has(path) ? [] : constructed) broken.push(`${path}:${line}`);
  }
  expect(broken).toEqual([]);
});

test("every regular expression does linear work", async () => {
  const known = await readLinear();
  const linear = new Set<string>();
  const broken: string[] = [];
  for (const { path, literals } of await regexesOf(SRC)) {
    for (const regex of literals) {
      const key = keyOf(regex);
      // Loaded only for a new expression, because loading and judging can take a second.
      const growth = known.has(key)
        ? undefined
        : (await import("./support/regex-growth.ts")).findGrowth(regex);
      if (growth === undefined) linear.add(key);
      else broken.push(`${path}:${regex.line} ${key} is ${growth}`);
    }
  }
  if (UPDATES) await writeLinear(linear);
  expect(broken).toEqual([]);
}, 600_000);

test("literals, and expressions made from text, are found in a source", () => {
  const source = 'const a = "/no/";\n// /no/\nconst b = a.split(/[a-z]+/i);\nconst c = new RegExp(a);\n';
  expect(findRegexes("source.ts", source)).toEqual({
    path: "source.ts",
    literals: [{ pattern: "[a-z]+", flags: "i", line: 3 }],
    constructed: [4],
  });
});

test.each(["abc123DEF", String.raw`k\\\"/+ %&é1`])(
  "an expression for the secret %j has no unbounded repeat",
  (secret) => {
    expect(expressionFor(secret).replaceAll(/\\./g, "")).not.toMatch(/[*+]|,\}/);
  },
);
