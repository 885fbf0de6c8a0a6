/** The recorded replies of providers under `test/wire`; its README tells how to add one. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import * as v from "valibot";
import { parse } from "yaml";
import { parseConfig } from "../../src/config/load.ts";
import type { ProviderOptions } from "../../src/options/options.ts";

const ROOT = new URL("../wire/", import.meta.url).pathname;

const REQUEST = "request.ollama.json";

const caseSchema = v.strictObject({
  upstream: v.picklist(["openai"]),
  /** Who answers so. */
  provider: v.string(),
  source: v.string(),
  why: v.optional(v.string(), ""),
  status: v.optional(v.number(), 200),
  content_type: v.optional(v.string(), "text/event-stream"),
  /** The status that the client gets. */
  expect_status: v.optional(v.number(), 200),
  /** The same where the reply is relayed as it is, if that differs. */
  relayed_status: v.optional(v.number()),
  /** Fields of the client's request beside model and messages. */
  client: v.optional(v.record(v.string(), v.unknown()), {}),
  /** Of the provider, as in the configuration. */
  options: v.optional(v.record(v.string(), v.unknown()), {}),
});

/** Throws when the program would not accept them. */
function readOptions(options: object): Partial<ProviderOptions> {
  const text = JSON.stringify({ providers: [{ name: "p", url: "https://p.example", options }] });
  return parseConfig(text, "case.yaml", {}).config.providers[0]?.options ?? {};
}

export interface Fixture extends Omit<v.InferOutput<typeof caseSchema>, "options"> {
  readonly name: string;
  readonly options: Partial<ProviderOptions>;
  readonly body: Uint8Array;
  /** JSON text that the client sends; undefined: a plain question. */
  readonly request: string | undefined;
  /** A file of the fixture, whether it exists or not, e.g. `ollama.ndjson`. */
  readonly file: (name: string) => Bun.BunFile;
}

export async function loadFixtures(): Promise<readonly Fixture[]> {
  return Promise.all(readdirSync(ROOT).toSorted().map(loadFixture));
}

async function loadFixture(name: string): Promise<Fixture> {
  const folder = `${ROOT}${name}/`;
  const recording = readdirSync(folder).find((file) => file.startsWith("upstream."));
  const fields = v.parse(caseSchema, parse(await Bun.file(`${folder}case.yaml`).text()));
  return {
    ...fields,
    name,
    options: readOptions(fields.options),
    body: await Bun.file(folder + (recording ?? "upstream.sse")).bytes(),
    request: existsSync(`${folder}${REQUEST}`) ? readFileSync(`${folder}${REQUEST}`, "utf8") : undefined,
    file: (file) => Bun.file(folder + file),
  };
}

/** Rows for `test.each`. */
export function named(list: readonly Fixture[]): { readonly name: string; readonly fixture: Fixture }[] {
  return list.map((fixture) => ({ name: fixture.name, fixture }));
}
