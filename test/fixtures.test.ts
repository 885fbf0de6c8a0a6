/** What a fixture must state, and what expected files may contain. */
import { expect, test } from "bun:test";
import { readCase } from "./support/fixtures.ts";
import { fillPlaceholders, insertPlaceholders, itemId } from "./support/placeholders.ts";

const CASE = 'upstream: openai\nprovider: "A host"\n';
const RECORDED = 'recorded: { url: "https://llm.example.com/v1", model: m, date: "2026-01-31" }\n';
const CONSTRUCTED = 'constructed: "its documentation"\n';

test.each([
  ["nothing of where it is from", "", 'Expected either "recorded" or "constructed"'],
  ["both", RECORDED + CONSTRUCTED, 'Expected either "recorded" or "constructed"'],
  ["an empty reason", 'constructed: ""\n', "constructed"],
  ["no date", RECORDED.replace(/, date: [^}]*/, " "), "recorded.date"],
  ["a date that is none", RECORDED.replace("2026-01-31", "2026"), "recorded.date"],
  ["a URL that is none", RECORDED.replace("https://", ""), "recorded.url"],
  ["an unknown key", `${CONSTRUCTED}quirk: 1\n`, "quirk"],
  ["an unknown option", `${CONSTRUCTED}options: { cumulative_delta: true }\n`, "cumulative_delta"],
  ["an option with a wrong value", `${CONSTRUCTED}options: { think_tags: maybe }\n`, "think_tags"],
])("a case that states %s is rejected", (_, lines, problem) => {
  expect(() => readCase(CASE + lines, "case.yaml")).toThrow(problem);
});

test("the options of a case are those of the configuration", () => {
  const { options } = readCase(`${CASE}${RECORDED}options: { think_tags: opened }\n`, "case.yaml");
  expect(options).toEqual({ thinkTags: "opened" });
});

test("placeholders stand for ids and times, and nothing else does", () => {
  const text = `{"id":"msg_abcdefgh01234567","item":"${itemId("msg", 1)}","created":1767225600}`;
  const written = '{"id":"{{id:msg}}","item":"{{item_id:msg:1}}","created":{{created}}}';
  expect(insertPlaceholders(text)).toBe(written);
  expect(fillPlaceholders(written)).toBe(text);
  expect(() => fillPlaceholders('{"id":"{{id:nobody}}"}')).toThrow("{{id:nobody}}");
});
