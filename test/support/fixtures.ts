/** Loads the replies of providers in `test/wire`. `test/README.md` describes how to add one. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import * as v from "valibot";
import { parse } from "yaml";
import { UPSTREAM_API_NAMES } from "../../src/apis/upstream-api.ts";
import { parseConfig } from "../../src/config/load.ts";
import type { ProviderConfig } from "../../src/config/schema.ts";
import { fillPlaceholders, insertPlaceholders } from "./placeholders.ts";
import { ONE_PROVENANCE, hasOneProvenance, provenance } from "./provenance.ts";

const ROOT = new URL("../wire/", import.meta.url).pathname;

const REQUEST = "request.ollama.json";

const caseSchema = v.pipe(
  v.strictObject({
    upstream: v.picklist(UPSTREAM_API_NAMES),
    /** The provider that sent the reply. */
    provider: v.string(),
    ...provenance,
    why: v.optional(v.string(), ""),
    status: v.optional(v.number(), 200),
    content_type: v.optional(v.string(), "text/event-stream"),
    /** The status that the client gets. */
    expect_status: v.optional(v.number(), 200),
    /** The status when the reply is relayed unchanged, if it differs. */
    relayed_status: v.optional(v.number()),
    /** Fields of the client's request besides model and messages. */
    client: v.optional(v.record(v.string(), v.unknown()), {}),
    /** The options of the provider, as in the configuration. */
    options: v.optional(v.record(v.string(), v.unknown()), {}),
  }),
  v.check((each) => hasOneProvenance(each), ONE_PROVENANCE),
);

export interface FixtureCase extends Omit<v.InferOutput<typeof caseSchema>, "options"> {
  readonly options: ProviderConfig["options"];
}

export interface Fixture extends FixtureCase {
  readonly name: string;
  readonly body: Uint8Array;
  /** JSON text that the client sends; undefined: a default question. */
  readonly request: string | undefined;
  /** The expected text in a file of the fixture, such as `ollama.ndjson`. Rejects when the file does not exist. */
  readonly expected: (file: string) => Promise<string>;
  readonly update: (file: string, text: string) => Promise<void>;
}

export async function loadFixtures(): Promise<readonly Fixture[]> {
  return Promise.all(readdirSync(ROOT).toSorted().map(loadFixture));
}

async function loadFixture(name: string): Promise<Fixture> {
  const folder = `${ROOT}${name}/`;
  const recording = readdirSync(folder).find((file) => file.startsWith("upstream."));
  return {
    ...readCase(await Bun.file(`${folder}case.yaml`).text(), `test/wire/${name}/case.yaml`),
    name,
    body: await Bun.file(folder + (recording ?? "upstream.sse")).bytes(),
    request: existsSync(`${folder}${REQUEST}`) ? readFileSync(`${folder}${REQUEST}`, "utf8") : undefined,
    expected: async (file) => fillPlaceholders(await Bun.file(folder + file).text()),
    update: async (file, text) => void (await Bun.write(folder + file, insertPlaceholders(text))),
  };
}

/** `path` is named in errors. Throws `Error` when the text is no valid case or its options are none of the configuration. */
export function readCase(text: string, path: string): FixtureCase {
  const result = v.safeParse(caseSchema, parse(text));
  if (!result.success) throw new Error(`${path}:\n${v.summarize(result.issues)}`);
  return { ...result.output, options: readOptions(result.output.options, path) };
}

function readOptions(options: { readonly [name: string]: unknown }, path: string): ProviderConfig["options"] {
  const provider = { name: "p", url: "http://localhost", models: ["m"], options };
  const { config } = parseConfig(JSON.stringify({ providers: [provider] }), path, {});
  return config.providers[0]?.options ?? {};
}

/** Rows for `test.each`. */
export function named(list: readonly Fixture[]): { readonly name: string; readonly fixture: Fixture }[] {
  return list.map((fixture) => ({ name: fixture.name, fixture }));
}
