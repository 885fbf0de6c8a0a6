/** A provider is added to the text of a configuration, or removed from it. Every other byte stays. */
import { expect, test } from "bun:test";
import { parseDocument } from "yaml";
import { addProvider, EditError, providerNames, removeProvider } from "../../src/config/edit.ts";
import { parseConfig } from "../../src/config/load.ts";
import { SAMPLE } from "../../src/config/sample.ts";

const ENTRY = { name: "new", url: "https://new.example/v1", secret: "${NEW_KEY}" };
const BLOCK = "- name: new\n  url: https://new.example/v1\n  secret: ${NEW_KEY}\n";
const FLOW = '{"name":"new","url":"https://new.example/v1","secret":"${NEW_KEY}"}';

function indented(text: string, spaces: number): string {
  return text.replaceAll(/^(?=.)/gm, " ".repeat(spaces));
}

const A = "- name: a\n  url: https://a.example # the first\n";

test.each([
  ["", `providers:\n${BLOCK}`],
  ["# only a comment", `# only a comment\nproviders:\n${BLOCK}`],
  ["port: 1\n\n# the end\n", `port: 1\n\n# the end\nproviders:\n${BLOCK}`],
  ["providers:\n", `providers:\n${BLOCK}`],
  ["providers:", `providers:\n${BLOCK}`],
  ["providers: # none\n\nport: 1\n", `providers: # none\n${BLOCK}\nport: 1\n`],
  ["providers: null # none\nport: 1\n", `providers: # none\n${BLOCK}port: 1\n`],
  ["providers: []\nport: 1\n", `providers: [${FLOW}]\nport: 1\n`],
  [`providers:\n${A}`, `providers:\n${A}${BLOCK}`],
  [`providers:\n${A.trimEnd()}`, `providers:\n${A}${BLOCK}`],
  [
    `providers:\n${indented(A, 2)}\n# after it\nport:   1\n`,
    `providers:\n${indented(A, 2)}${indented(BLOCK, 2)}\n# after it\nport:   1\n`,
  ],
  [
    "providers:\n- name: a\n  url: |-\n    https://a.example\n\nport: 1\n",
    `providers:\n- name: a\n  url: |-\n    https://a.example\n${BLOCK}\nport: 1\n`,
  ],
  [
    'providers: [{name: a, url: "https://a.example"}] # all\n',
    `providers: [{name: a, url: "https://a.example"}, ${FLOW}] # all\n`,
  ],
  [
    "providers: [\n  {name: a, url: https://a},\n]\n",
    `providers: [\n  {name: a, url: https://a}, ${FLOW},\n]\n`,
  ],
  [
    '{\n  "port": 1,\n  "providers": [\n    {"name": "a", "url": "https://a"}\n  ]\n}\n',
    `{\n  "port": 1,\n  "providers": [\n    {"name": "a", "url": "https://a"}, ${FLOW}\n  ]\n}\n`,
  ],
  ['{"port": 1}', `{"port": 1, "providers": [${FLOW}]}`],
  ["{}", `{"providers": [${FLOW}]}`],
  [
    "providers:\n- &base {name: a, url: 'https://a.example'}\n- {<<: *base, name: b}\n",
    `providers:\n- &base {name: a, url: 'https://a.example'}\n- {<<: *base, name: b}\n${BLOCK}`,
  ],
])("a provider is added to %j", (text, expected) => {
  expect(addProvider(text, ENTRY)).toBe(expected);
});

test("a provider is added to the sample below `providers:`, and the examples stay comments", () => {
  const text = addProvider(SAMPLE, ENTRY);
  expect(text.replace(BLOCK, "")).toBe(SAMPLE);
  const { config } = parseConfig(text, "c.yaml", { NEW_KEY: "right" });
  expect(config.providers).toMatchObject([{ name: "new", secrets: ["right"] }]);
});

test("Windows line ends stay", () => {
  const text = `providers:\n${A}port: 1\n`.replaceAll("\n", "\r\n");
  expect(addProvider(text, ENTRY)).toBe(`providers:\n${A}${BLOCK}port: 1\n`.replaceAll("\n", "\r\n"));
});

test.each(["a: b", "007", "true", "- x", "#x", "x #y", "'\"", "@x", "{x}", "*x", "&x", "!x", "ü=/+"])(
  "the key %j is written so that it is read again",
  (secret) => {
    const text = addProvider("", { name: "a", url: "https://a", secret });
    expect(parseDocument(text).getIn(["providers", 0, "secret"])).toBe(secret);
  },
);

test("names of models are a list in the style of the sample", () => {
  const entry = { name: "a", url: "https://a", models: ["x:1", "[y]"] };
  expect(addProvider("", entry)).toBe(
    'providers:\n- name: a\n  url: https://a\n  models:\n  - x:1\n  - "[y]"\n',
  );
});

const B = "- name: b\n  url: https://b.example\n";
const C = "- name: c\n  url: https://c.example\n";

test.each([
  [`port: 1\nproviders:\n${A}\n# about c\n\n${B}${C}`, `port: 1\nproviders:\n${A}\n# about c\n\n${C}`],
  [`providers:\n${A}${B}`, `providers:\n${A}`],
  [`providers:\n${B}# the end\nport: 1\n`, "providers:\n# the end\nport: 1\n"],
  [`providers:\n${indented(B, 4)}${indented(C, 4)}`, `providers:\n${indented(C, 4)}`],
  [
    "providers: [{name: b, url: https://b}, {name: c, url: https://c}]\n",
    "providers: [{name: c, url: https://c}]\n",
  ],
  [
    "providers: [{name: a, url: https://a}, {name: b, url: https://b}]\n",
    "providers: [{name: a, url: https://a}]\n",
  ],
  ["providers: [{name: b, url: https://b}]\n", "providers: []\n"],
  ["providers:\n-\n  name: ' b '\n  url: https://b\n", "providers:\n"],
])("the provider b is removed from %j", (text, expected) => {
  expect(removeProvider(text, "b")).toBe(expected);
});

test.each([
  ["providers:\n- &b {name: b, url: 'https://b'}\n- {<<: *b, name: c}\n", "b"],
  ["providers: &p []\n", "b"],
  [`providers:\n${A}`, "b"],
])("nothing is removed when the rest would change: %j", (text, name) => {
  expect(() => removeProvider(text, name)).toThrow(EditError);
});

test("the names of providers are listed in the order of the file", () => {
  expect(providerNames(`providers:\n${B}- {name: 7, url: x}\n${A}`)).toEqual(["b", "7", "a"]);
});
