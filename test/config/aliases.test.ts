/** Aliases in the configuration: what `use` leads to, and the position of every mistake. */
import { expect, test } from "bun:test";
import { ConfigError } from "../../src/config/error.ts";
import { parseConfig } from "../../src/config/load.ts";

const PROVIDERS = `providers:
- {name: a, url: https://a.example}
- {name: b, url: https://b.example, models: [x, Y]}
- {name: off, url: https://off.example, secret: "\${NOT_SET}"}
models:
`;

function aliasesOf(text: string) {
  return parseConfig(PROVIDERS + text, "c.yaml", {}).config.aliases;
}

/** The candidates of each alias as `name: provider/model …`. */
function candidatesOf(text: string): readonly string[] {
  return aliasesOf(text).map(
    ({ name, candidates }) =>
      `${name}: ${candidates.map(({ provider, model }) => `${provider}/${model}`).join(" ")}`,
  );
}

test.each([
  ["- {name: one, use: '[a]-m'}", ["one: a/m"]],
  ["- {name: one, use: ['[A]-m', '[b]-x']}", ["one: a/m b/x"]],
  ["- {name: one, use: '[b]-y'}", ["one: b/Y"]],
  ["- {name: one, use: '[b]-x:latest'}", ["one: b/x"]],
  [
    "- {name: one, use: [two, '[a]-m']}\n- {name: two, use: ['[b]-x', '[a]-m', '[a]-n']}",
    ["one: b/x a/m a/n", "two: b/x a/m a/n"],
  ],
  ["- {name: one, use: ['[off]-z', '[a]-m']}", ["one: a/m"]],
  ["- {name: vendor/model:7b, use: '[a]-vendor/model:7b'}", ["vendor/model:7b: a/vendor/model:7b"]],
])("%s", (text, expected) => {
  expect(candidatesOf(text)).toEqual(expected);
});

test("the defaults of an alias take precedence over those of the aliases that it uses", () => {
  const [outer] = aliasesOf(`
- {name: outer, use: [inner, "[b]-x"], think: high, options: {temperature: 1}}
- {name: inner, use: "[a]-m", think: false, system: Be brief, context_length: 4096, options: {temperature: 0, top_k: 3}}
`);
  const own = { reasoning: "high" as const, sampling: { temperature: 1 }, options: { temperature: 1 } };
  expect(outer?.candidates.map(({ defaults }) => defaults)).toEqual([
    {
      ...own,
      system: "Be brief",
      contextLength: 4096,
      sampling: { temperature: 1, topK: 3 },
      options: { temperature: 1, top_k: 3, num_ctx: 4096 },
    },
    { ...own, system: undefined, contextLength: undefined },
  ]);
});

test("a request for an alias whose providers are all disabled gets the reason", () => {
  const { config } = parseConfig(`${PROVIDERS}- {name: one, use: '[off]-z'}`, "c.yaml", {});
  expect(config.aliases).toEqual([]);
  expect(config.disabled.map(({ models }) => models)).toEqual([["one"]]);
});

test.each([
  [
    "- {name: one, use: two}\n- {name: two, use: three}\n- {name: three, use: one}",
    ["8:22: Expected an alias that does not lead to itself, got one → two → three → one"],
  ],
  [
    "- {name: one, use: ['[a]-m', one]}",
    ["6:30: Expected an alias that does not lead to itself, got one → one"],
  ],
  ["- {name: one, use: oen}", ["6:20: There is no alias `oen`, did you mean `one`?"]],
  [
    "- {name: one, use: qwen3}",
    ["6:20: There is no alias `qwen3`; write a model with its provider, such as `[aliyun]-qwen3-max`"],
  ],
  ["- name: one\n  use:\n  - '[a]-m'\n  - '[c]-m'", ["9:5: There is no provider `c`, did you mean `a`?"]],
  ["- {name: one, use: '[b]-xx'}", ["6:20: The provider `b` has no `xx` in its `models`, did you mean `x`?"]],
  [
    "- {name: one, use: '[b]-another'}",
    ["6:20: The provider `b` has no `another` in its `models`; add it there"],
  ],
  [
    "- {name: one, use: []}",
    ["6:20: Expected a model such as `[aliyun]-qwen3-max` or another alias, or a list of them"],
  ],
  ["- {name: one}", ["6:3: Expected the key `use`"]],
  [
    "- {name: '[a]-m', use: '[a]-m'}",
    ["6:10: Expected a name of letters, digits, `.`, `_`, `-`, `:` and `/`, such as `max`"],
  ],
  [
    "- {name: one, use: '[a]-m'}\n- {name: ONE, use: '[a]-m'}",
    ["7:10: Expected a unique name; an alias above already has this name"],
  ],
  [
    "- {name: one, use: '[a]-m', order: first}",
    ["6:36: Expected one of listed, fastest, cheapest, round-robin"],
  ],
  ["- {name: one, use: '[a]-m', think: yes}", ["6:36: Expected true, false, low, medium, high or max"]],
  [
    "- {name: one, use: '[a]-m', options: {temprature: 1}}",
    ["6:39: Unknown key `temprature`, did you mean `temperature`?"],
  ],
  ["- {name: one, use: '[a]-m', options: {top_k: high}}", ["6:46: Expected a number"]],
  ["- {name: one, use: '[a]-m', context_length: 0}", ["6:45: Expected at least 1"]],
  [
    "- {name: one, use: '[a]-m', url: x}",
    ["6:29: Unknown key `url`, expected one of name, use, order, system, options, think, context_length"],
  ],
  [
    "- qwen3",
    [
      "6:3: Expected an alias with the keys `name` and `use`; if these are the models of a provider, put as many spaces before `models` as before the other keys of the provider",
    ],
  ],
  [
    "- name: one\n  use: [a]-m",
    ["7:11: Expected nothing after the closing bracket; put a value that contains brackets in quotes"],
  ],
  [
    "- name: one\n  use:\n  - [a]-m",
    ["8:8: Expected nothing after the closing bracket; put a value that contains brackets in quotes"],
  ],
])("%j is a mistake with its position", (text, expected) => {
  let message = "";
  try {
    aliasesOf(text);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    ({ message } = error);
  }
  const problems = message.match(/(?<=^c\.yaml:).*/gm)?.filter((problem) => !problem.includes("NOT_SET"));
  expect(problems).toEqual(expected);
});
