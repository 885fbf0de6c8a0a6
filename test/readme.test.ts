/** The README describes the configuration of the program, and its links have a target. */
import { afterAll, expect, test } from "bun:test";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pkg from "../package.json" with { type: "json" };
import { parseConfig } from "../src/config/load.ts";
import { DEFAULT_OPTIONS } from "../src/options/options.ts";
import { CACHE_LIMITS, REPLY_LIMITS } from "../src/providers/limits.ts";
import { BODY_LIMITS } from "../src/server/limits.ts";
import { createAuthority } from "./support/certificate.ts";
import { BLOCKS, blocksOf, HEADINGS, LINKS, ROOT, spansOf, tableUnder } from "./support/readme.ts";

const home = mkdtempSync(join(tmpdir(), "readme-"));
afterAll(() => rmSync(home, { recursive: true }));
// A file that the examples refer to.
writeFileSync(join(home, ".ollama-key"), "sk-example\n");
writeFileSync(join(home, ".phone-key"), "0123456789-phone\n");
using authority = createAuthority();
writeFileSync(join(home, "fullchain.pem"), authority.tls.cert);
writeFileSync(join(home, "privkey.pem"), authority.tls.key);
const ENVIRONMENT = {
  LAPTOP_KEY: "0123456789-laptop",
  HOME: home,
  USERPROFILE: home,
  DASHSCOPE_API_KEY: "sk-example",
  OPENROUTER_API_KEY: "sk-example",
  OPENAI_KEY_1: "sk-example-1",
  OPENAI_KEY_2: "sk-example-2",
  ANTHROPIC_API_KEY: "sk-example",
  OPENAI_API_KEY: "sk-openai",
};

function load(text: string) {
  return parseConfig(text, join(home, "ollama-proxy.yaml"), ENVIRONMENT);
}

function loadProvider(line: string) {
  return load(`providers: [{name: p, url: "https://p.example", ${line}}]`).config.providers[0];
}

/** All keys of a mapping, from the error message of the program for an unknown key. */
function keysNamedBy(loadWith: (line: string) => unknown): readonly string[] {
  try {
    loadWith("zzzzzzzz: 1");
  } catch (error) {
    const [, list = ""] = /Unknown key `zzzzzzzz`, expected one of (.+)/.exec(String(error)) ?? [];
    return list.split(", ").toSorted();
  }
  throw new Error("A key that nobody knows was taken");
}

test("every block has a language that a test reads", () => {
  const languages = new Set(BLOCKS.map(({ language }) => language));
  expect([...languages].toSorted()).toEqual(["json", "powershell", "sh", "text", "yaml"]);
});

test.each(blocksOf("yaml"))("the program loads, without a warning:\n%s", (text) => {
  const { config, warnings } = load(text);
  expect(config.providers.length + config.apiKeys.length).toBeGreaterThan(0);
  expect(warnings).toEqual([]);
});

const TOP_LEVEL = tableUnder("Top-level keys");
const PROVIDER = tableUnder("Provider keys");
const ALIAS = tableUnder("Aliases");

test.each([
  ["top-level", TOP_LEVEL, keysNamedBy(load)],
  ["provider", PROVIDER, keysNamedBy(loadProvider)],
  ["alias", ALIAS, keysNamedBy((line) => load(`models: [{name: x, use: x, ${line}}]`))],
] as const)("the table of %s keys names every key, and no other", (_, table, known) => {
  const named = table.flatMap(([keys = ""]) => spansOf(keys));
  expect(named.toSorted()).toEqual([...known]);
});

function valuesOf(key: string): readonly string[] {
  const row = [...PROVIDER, ...TOP_LEVEL].find(([names = ""]) => spansOf(names).includes(key));
  return spansOf(row?.[1] ?? "");
}

test.each([
  ["attempts", keysNamedBy((line) => load(`attempts: {${line}}`))],
  ["tls", keysNamedBy((line) => load(`tls: {${line}}`))],
  ["api_keys", keysNamedBy((line) => load(`api_keys: [{${line}}]`))],
  ["models", keysNamedBy((line) => loadProvider(`models: [{name: m, ${line}}]`))],
  ["timeouts", keysNamedBy((line) => loadProvider(`timeouts: {${line}}`))],
])("the row of `%s` names its keys %j", (key, keys) => {
  const shown = valuesOf(key).flatMap((value) => value.match(/[a-z_]{2,}(?=[:,}])/g) ?? []);
  expect([...new Set(shown)].toSorted()).toEqual([...keys]);
});

test("the table shows the default timeouts", () => {
  const shown = loadProvider(`timeouts: ${valuesOf("timeouts")[0]}`)?.timeouts;
  expect(shown).toEqual(loadProvider("")?.timeouts);
});

test("the table shows the default limits of attempts", () => {
  expect(load(`attempts: ${valuesOf("attempts")[0]}`).config.attempts).toEqual(load("").config.attempts);
});

const OPTIONS = tableUnder("Provider options");

test("the list of options is complete", () => {
  const listed = OPTIONS.flatMap(([key = ""]) => spansOf(key));
  expect(listed.toSorted()).toEqual([...keysNamedBy((line) => loadProvider(`options: {${line}}`))]);
});

test.each(OPTIONS.map(([key = "", values = ""]) => [spansOf(key)[0] ?? "", values] as const))(
  "the option %s takes %s",
  (key, values) => {
    const taken = spansOf(values).map((value) => {
      const set = Object.entries(loadProvider(`options: {${key}: ${value}}`)?.options ?? {});
      expect(set).toHaveLength(1);
      return set[0];
    });
    const [name = "", first] = taken[0] ?? [];
    const standard = Object.entries(DEFAULT_OPTIONS).find(([option]) => option === name);
    expect(standard?.[1]).toEqual(values.startsWith("–") ? undefined : first);
    expect(new Set(taken.map((entry) => JSON.stringify(entry))).size).toBe(taken.length);
  },
);

test("the list of options shows all samplers", () => {
  const row = OPTIONS.find(([key]) => key === "`samplers`");
  const shown = spansOf(row?.[1] ?? "").join(" ");
  const keys = keysNamedBy((line) => loadProvider(`options: {samplers: {${line}}}`));
  expect([...shown.matchAll(/(\w+): /g)].map(([, key = ""]) => key).toSorted()).toEqual([...keys]);
});

/** A value of the table as a number of the program. */
function limitOf(name: string, text: string): number {
  const [, count, unit = ""] = /^(\d+)(?: (\w+))?$/.exec(text) ?? [];
  const bytes = { KiB: 1024, MiB: 1024 ** 2, TiB: 1024 ** 4, s: 1000 }[unit];
  // A size in bytes and a time have a unit. A count has none.
  expect(bytes !== undefined).toBe(/Bytes|Ms/.test(name));
  return Number(count) * (bytes ?? 1);
}

test("the table of limits has every limit of the program, with its value", () => {
  const told = tableUnder("Limits").map(([name = "", limit = ""]) => {
    const [key = ""] = spansOf(name);
    return [key, limitOf(key, limit)];
  });
  expect(told).toEqual(Object.entries({ ...BODY_LIMITS, ...REPLY_LIMITS, ...CACHE_LIMITS }));
});

test.each(blocksOf("json"))("a setting of an app has the address of the program: %s", (text) => {
  const url = `"http://127.0.0.1:${load("").config.port}"`;
  expect(JSON.stringify(JSON.parse(text))).toContain(url);
});

test.each(blocksOf("text"))("the first example configures the models that the README shows:\n%s", (text) => {
  const { providers } = load(blocksOf("yaml")[0] ?? "").config;
  const names = providers.flatMap(({ name, models }) => models?.map((model) => `[${name}]-${model.name}`));
  expect(text.trimEnd().split("\n")).toEqual(names.map(String));
});

/** The anchor that GitHub makes from a heading. */
function anchorOf(heading: string): string {
  const words = heading.replaceAll(/\[([^\]]+)\]\([^)]*\)/g, "$1").toLowerCase();
  return `#${words.replaceAll(/[^\w\- ]/g, "").replaceAll(" ", "-")}`;
}

test.each(LINKS.filter((link) => !/^https?:/.test(link)))("the link %s has a target", (link) => {
  if (link.startsWith("#")) expect(HEADINGS.map(anchorOf)).toContain(link);
  else expect(existsSync(join(ROOT, link))).toBe(true);
});

test("links to the project lead to its home page", () => {
  const own = LINKS.filter((link) => link.endsWith("/releases/latest"));
  expect(new Set(own)).toEqual(new Set([`${pkg.homepage}/releases/latest`]));
});
