/** Judges every regular expression of the program, and tests the judge. */
import { expect, test } from "bun:test";
import { findGrowth } from "./support/regex-growth.ts";
import { type Regex, SRC, keyOf, readLinear, regexesOf } from "./support/regexes.ts";

test("regexes.json lists every expression of the program and no other, and all do linear work", async () => {
  const all = new Set<string>();
  const broken: string[] = [];
  for (const { path, literals } of await regexesOf(SRC)) {
    for (const regex of literals) {
      const growth = findGrowth(regex);
      if (growth !== undefined) broken.push(`${path}:${regex.line} ${keyOf(regex)} is ${growth}`);
      all.add(keyOf(regex));
    }
  }
  expect(broken).toEqual([]);
  expect([...(await readLinear())].toSorted()).toEqual([...all].toSorted());
}, 600_000);

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
