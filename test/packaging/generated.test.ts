/** Generated files are up to date. `UPDATE=1 bun test generated` writes them. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import pkg from "../../package.json" with { type: "json" };
import { editorSchema } from "../../packaging/schema/editor-schema.ts";
import { optionTable } from "../../packaging/schema/option-table.ts";
import schema from "../../packaging/schema/ollama-proxy.schema.json" with { type: "json" };
import { parseConfig } from "../../src/config/load.ts";
import { SAMPLE } from "../../src/config/sample.ts";
import { loadExchanges } from "../support/exchanges.ts";
import { blocksOf } from "../support/readme.ts";

const ROOT = join(import.meta.dir, "../..");
const UPDATES = process.env["UPDATE"] !== undefined && process.env["CI"] === undefined;

test("the README has the table of the options in the catalogue", async () => {
  const file = Bun.file(join(ROOT, "README.md"));
  const text = await file.text();
  const [, table = ""] = /^## Provider options\n[^|]+^((?:\|.*\n)+)/m.exec(text) ?? [];
  expect(table).not.toBe("");
  if (UPDATES) await file.write(text.replace(table, () => optionTable()));
  else expect(table).toBe(optionTable());
});

test("the JSON schema for editors is made from the schema of the program", async () => {
  const file = Bun.file(join(ROOT, "packaging/schema/ollama-proxy.schema.json"));
  const current = await editorSchema();
  if (UPDATES) await file.write(current);
  else expect(await file.text()).toBe(current);
});

test("the sample links to the schema of the latest release", () => {
  expect(SAMPLE.split("\n", 1)).toEqual([
    `# yaml-language-server: $schema=${pkg.homepage}/releases/latest/download/ollama-proxy.schema.json`,
  ]);
});

const validator = z.fromJSONSchema(JSON.parse(JSON.stringify(schema)));
const accepts = (text: string): boolean => validator.safeParse(parse(text, { merge: true }) ?? {}).success;

const PROVIDER = "providers:\n- name: a\n  url: https://a.example\n";

test.each([
  ...blocksOf("yaml"),
  SAMPLE.replaceAll(/^# (?=- | {2}|host: |api_keys: |models:$)/gm, ""),
  "",
  "port:\nproviders:\n",
  "providers: [{name: 4, url: a.example, secret: 12345678, api_type: OLLAMA, models: [4.10, true, {name: 7}]}]",
  `${PROVIDER}  options: {thinking: {on: {a: 1}, off: {}}, samplers: {top_k: null}, max_temperature: 0.5, auth: null}`,
  `${PROVIDER}  timeouts: {first_byte: 90, idle: 5m}`,
  "attempts: {max_requests: 1, max_wait: 10s}",
])("an editor accepts\n%s", (text) => {
  expect(accepts(text)).toBe(true);
});

const exchanges = loadExchanges().map(({ name, config }) => [name, config] as const);

test.each(exchanges)(
  "an editor accepts the configuration of the exchange %s, unless it has former names",
  (_, config) => {
    const provider = { name: "p", url: "https://p.example", ...config };
    const text = JSON.stringify({ providers: [provider] });
    const { warnings } = parseConfig(text, "c.yaml", {});
    expect(accepts(text)).toBe(warnings.length === 0);
  },
);

test.each([
  "- a",
  "prot: 1",
  "port: 1.5",
  "port: eleven",
  "allow_anonymous: 1",
  "tls: {cert_file: a}",
  "attempts: {max_requests: 0}",
  "providers: {a: 1}",
  "providers: [{name: a}]",
  `${PROVIDER}  secert: a`,
  `${PROVIDER}  api_type: Gemini`,
  `${PROVIDER}  models: [{name: a, contextlength: 5}]`,
  `${PROVIDER}  models: [{name: a, capabilities: [fly]}]`,
  `${PROVIDER}  options: {thinking: maybe}`,
  `${PROVIDER}  options: {max_embedding_batch: 0}`,
  `${PROVIDER}  options: {samplers: {top_q: x}}`,
  `${PROVIDER}  options: {prefill: {mesage: {}}}`,
])("an editor marks what the program rejects:\n%s", (text) => {
  expect(() => parseConfig(text, "c.yaml", {})).toThrow();
  expect(accepts(text)).toBe(false);
});
