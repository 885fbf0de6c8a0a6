/** Mistakes in the layout of a configuration are named as what they are, at the place where they are. */
import { expect, test } from "bun:test";
import { configErrorOf } from "../support/config-error.ts";

const NAME = "providers:\n- name: a\n";
const URL = `${NAME}  url: https://a.example\n`;

const INDENTATION: readonly (readonly [text: string, message: string])[] = [
  [
    `${NAME}    url: https://a.example\n  secret: x\n`,
    "3:5: Expected 2 spaces before this key, as before `name:` in line 2; got 4 spaces",
  ],
  [
    `${URL}    secret: x\n`,
    "4:5: Expected 2 spaces before this key, as before `name:` in line 2; got 4 spaces",
  ],
  [
    "port: 1\n  host: 127.0.0.1\n",
    "2:3: Expected no space before this key, as before `port:` in line 1; got 2 spaces",
  ],
  [
    `${NAME} url: https://a.example\n`,
    "3:2: Expected 2 spaces before this key, as before `name:` in line 2; got 1 space",
  ],
  [
    "providers:\n  - name: a\n  url: https://a.example\n",
    "3:3: Expected 4 spaces before this key, as before `name:` in line 2; got 2 spaces",
  ],
  [
    `${URL} secret: x\n  models: [a]\n`,
    "4:2: Expected 2 spaces before this key, as before `name:` in line 2; got 1 space",
  ],
  [
    " port: 1\nproviders:\n",
    "1:2: Expected no space before this key, as before `providers:` in line 2; got 1 space",
  ],
  [
    `${URL}  - name: b\n    url: https://b.example\n`,
    "4:3: Expected no space before this `-`, as before the `-` in line 2; got 2 spaces",
  ],
  [
    "providers:\n  - name: a\n    url: https://a.example\n- name: b\n  url: https://b.example\n",
    "4:1: Expected 2 spaces before this `-`, as before the `-` in line 2; got no space",
  ],
  // Other text than a known key may be a secret.
  [
    `${URL}  extra_body:\n    hunter2: 1\n      more: 2\n`,
    "6:7: Expected 4 spaces before this key, as in line 5; got 6 spaces",
  ],
];

test.each([...INDENTATION])("wrong indentation: %j", (text, message) => {
  expect(configErrorOf(text)).toStartWith(`Cannot use the configuration: 1 problem\n\nc.yaml:${message}\n`);
});

test.each([
  [`${URL}  models: [a, b\n  secret: x\n`, "4:11: Expected a closing `]`: this bracket is not closed"],
  [`${URL}  models: [a, b\n`, "4:11: Expected a closing `]`: this bracket is not closed"],
  [`${URL}  models: [a, b]]\n`, "4:17: Expected no `]` here: it closes no bracket"],
  [
    `${URL}  models: [a] # the best\n  timeouts: {idle: 3s\n`,
    "5:13: Expected a closing `}`: this bracket is not closed",
  ],
  [
    `providers: [{name: a, url: "https://a.example/]"]\n`,
    "1:13: Expected a closing `}`: this bracket is not closed",
  ],
  [
    `providers:\n- {name: a, url: 'https://a'\n- {name: b, url: 'https://b'}\n`,
    "2:3: Expected a closing `}`: this bracket is not closed",
  ],
  [
    '{\n  "port": 1,\n  "providers": [\n    {"name": "a", "url": "https://a"\n  ]\n}\n',
    "4:5: Expected a closing `}`: this bracket is not closed",
  ],
  [
    `${URL}  models: [a] b\n`,
    "4:15: Expected nothing after the closing bracket; put a value that contains brackets in quotes",
  ],
  [
    `${NAME}  url: "https://a.example\n  secret: x\n`,
    '3:8: Expected a closing `"`: this quote is not closed',
  ],
  [`${NAME}  url: 'https://a.example\n`, "3:8: Expected a closing `'`: this quote is not closed"],
  [`${URL}  models: ["a, b]\n`, '4:12: Expected a closing `"`: this quote is not closed'],
  [
    `${NAME}  url: "https://a.example" x\n`,
    '3:28: Expected nothing after the closing `"`; put the whole value in quotes',
  ],
])("a bracket or a quote that is not closed: %j", (text, message) => {
  expect(configErrorOf(text)).toStartWith(`Cannot use the configuration: 1 problem\n\nc.yaml:${message}\n`);
});

test.each([
  [`${NAME}  url:https://a.example\n`, "3:7: Expected a space after the colon"],
  ["providers:\n- name:a\n  url: https://a.example\n", "2:8: Expected a space after the colon"],
  ["port:11434\n", "1:6: Expected a space after the colon"],
  ["port = 11434\n", "1:6: Expected a colon and a space instead of `=`"],
  [`${NAME}  url = https://a.example\n`, "3:7: Expected a colon and a space instead of `=`"],
  ["port：11434\n", "1:5: Expected a colon and a space; this character only looks like a colon (U+FF1A)"],
  ["providers:\n-name: a\n url: https://a.example\n", "2:2: Expected a space between `-` and the key"],
  ["providers: - name: a\n", "1:12: Expected the list to begin on the next line, after this key"],
  [
    `${NAME}  url\u00a0: https://a.example\n`,
    "3:6: Expected a space; this character only looks like one (U+00A0); replace it with a space",
  ],
  [`${NAME}\turl: https://a.example\n`, "3:1: Expected spaces; YAML does not allow tabs as indentation"],
])("a missing or another space or colon: %j", (text, message) => {
  expect(configErrorOf(text)).toStartWith(`Cannot use the configuration: 1 problem\n\nc.yaml:${message}\n`);
});

test.each([
  // The parser stops long before the line that looks wrong.
  `${URL}  secret: @x\n# a comment\n\n  models: [a]\n    allow_http: true\n`,
  // Blocks of text, values on several lines, and lists in the column of their key are right.
  `providers:\n- name: a\n  url: "https:\n    //a.example"\n  models:\n  - a\n  -\n    b\n  extra_body:\n    x: |\n      y:\n        [ '\n    z: {a: [1,\n      2]}\n  secret: @x\n`,
])("the parser's message stays when the layout is right up to its place: %j", (text) => {
  expect(configErrorOf(text)).toContain("Expected quotes around a value that begins with this character");
});

test("a key of a provider at the beginning of a line is explained", () => {
  expect(configErrorOf(`${NAME}url: https://a.example\n`)).toContain(
    "c.yaml:3:1: Unknown key `url`, which is a key of a provider; put as many spaces before it as before the other keys of the provider\n",
  );
});
