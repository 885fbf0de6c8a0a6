/** No regular expression of the program may take more than linear time, whatever text it is given. */
import { expect, test } from "bun:test";
import { expressionFor } from "../src/masker.ts";
import { type Regex, findGrowth, findRegexes } from "./support/regexes.ts";

/** Makes expressions from secrets; tested below. */
const CONSTRUCTED: ReadonlySet<string> = new Set(["masker.ts"]);

const SRC = new URL("../src/", import.meta.url).pathname;
const files = [...new Bun.Glob("**/*.ts").scanSync(SRC)].toSorted();

test("every regular expression does linear work", async () => {
  const broken: string[] = [];
  for (const path of files) {
    const { literals, constructed } = findRegexes(path, await Bun.file(SRC + path).text());
    for (const line of CONSTRUCTED.has(path) ? [] : constructed)
      broken.push(`${path}:${line} makes an expression from text`);
    for (const regex of literals) {
      const growth = findGrowth(regex);
      if (growth !== undefined) broken.push(`${path}:${regex.line} /${regex.pattern}/ is ${growth}`);
    }
  }
  expect(broken).toEqual([]);
}, 120_000);

test.each<[what: string, pattern: string]>([
  ["nested repeats", "^(?:(?:\\d+\\.?\\d*|\\.\\d+)[^\\d.]*)+$"],
  ["bounded repeats of a repeat", "^(?:[a-z]{1,200})+$"],
  ["white space up to the end", "\\s*$"],
  ["a tag without its end", "<[^>]*>"],
  ["one of many alternatives", "first|second|third.*x.*y"],
  ["a beginning that repeats", "max_tokens.*required"],
  ["a lookbehind", "(?<=\\s+)x"],
])("an expression that grows is found: %s", (_, pattern) => {
  const regex: Regex = { pattern, flags: "", line: 1 };
  expect(findGrowth(regex)).toBeDefined();
});

test.each<[what: string, pattern: string]>([
  ["a bounded gap", "max_tokens.{0,120}?\\[1, ?(\\d+)\\]"],
  ["words", "prompt is too long|exceeds the context window"],
  ["an anchored beginning", "^data:[^,]*,"],
])("an expression that does not grow passes: %s", (_, pattern) => {
  const regex: Regex = { pattern, flags: "i", line: 1 };
  expect(findGrowth(regex)).toBeUndefined();
});

test("literals, and expressions made from text, are found in a source", () => {
  const source = 'const a = "/no/";\n// /no/\nconst b = a.split(/[a-z]+/i);\nconst c = new RegExp(a);\n';
  expect(findRegexes("source.ts", source)).toEqual({
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
