/** Settings of other programs are edited in place: comments, order and spacing stay. */
import { expect, test } from "bun:test";
import { JsoncError, readValue, setValue } from "../../src/cli/setup/jsonc.ts";

const PATH = ["language_models", "ollama", "api_url"] as const;

test.each([
  ["{}", '{\n  "language_models": {\n    "ollama": {\n      "api_url": "U"\n    }\n  }\n}'],
  [
    '{\n  // mine\n  "theme": "One", // dark\n}\n',
    '{\n  // mine\n  "theme": "One",\n  "language_models": {\n    "ollama": {\n      "api_url": "U"\n    }\n  }, // dark\n}\n',
  ],
  [
    '{\n    "language_models": {\n        "openai": { "version": 1 }\n    }\n}\n',
    '{\n    "language_models": {\n        "openai": { "version": 1 },\n        "ollama": {\n          "api_url": "U"\n        }\n    }\n}\n',
  ],
  [
    '{ "language_models": { "ollama": { "api_url": "http://old", "x": [1, 2,] } } }',
    '{ "language_models": { "ollama": { "api_url": "U", "x": [1, 2,] } } }',
  ],
  [
    '{"a": "} // \\" no comment", /* { */ "language_models": {"ollama": {}}}',
    '{"a": "} // \\" no comment", /* { */ "language_models": {"ollama": {\n  "api_url": "U"\n}}}',
  ],
])("a value is set in %j", (text, expected) => {
  expect(setValue(text, PATH, "U")).toBe(expected);
  expect(readValue(expected, PATH)).toBe("U");
});

test.each([
  ["[]", '[\n  {\n    "vendor": "ollama",\n    "url": "U"\n  }\n]'],
  [
    '[\n  { "vendor": "openai" }\n]\n',
    '[\n  { "vendor": "openai" },\n  {\n    "vendor": "ollama",\n    "url": "U"\n  }\n]\n',
  ],
  ['[{"url": "old", "vendor": "ollama"}]', '[{"url": "U", "vendor": "ollama"}]'],
])("an item of a list is found by a member in %j", (text, expected) => {
  expect(setValue(text, [{ vendor: "ollama" }, "url"], "U")).toBe(expected);
});

test.each([
  "",
  "{",
  '{"a\\x": 1}',
  '{"a" 1}',
  '{"a": 1} x',
  "{'a': 1}",
  '{"language_models": 7}',
  '"text"',
  "[1",
])("a text of another form is not changed: %j", (text) => {
  expect(() => setValue(text, PATH, "U")).toThrow(JsoncError);
});

test.each([
  String.raw`{"language_models": {"ollama": {"api_url": "C:\Users"}}}`,
  '{"language_models": {"ollama": {"api_url": 1-2}}}',
])("a value that is not JSON is an error: %s", (text) => {
  expect(() => readValue(text, PATH)).toThrow(JsoncError);
});

test("a value that is not set is undefined", () => {
  expect(readValue('{"language_models": {}}', PATH)).toBeUndefined();
});
