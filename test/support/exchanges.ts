/** Loads the conversations of `test/exchange`. `test/README.md` describes how to add one. */
import { readFileSync, readdirSync } from "node:fs";
import * as v from "valibot";
import { parse } from "yaml";
import { ONE_PROVENANCE, hasOneProvenance, provenance } from "./provenance.ts";

const ROOT = new URL("../exchange/", import.meta.url).pathname;

const json = v.record(v.string(), v.unknown());

/** A request that the provider must get, and its answer. */
const exchangeSchema = v.strictObject({
  method: v.optional(v.string(), "POST"),
  /** The URL of the request before it is redirected to the server of the test. */
  url: v.optional(v.string()),
  /** The whole body, or members that it has and members that it lacks. */
  body: v.optional(json),
  has: v.optional(json),
  lacks: v.optional(v.array(v.string()), []),
  /** null: the request must not have the header. */
  headers: v.optional(v.record(v.string(), v.nullable(v.string())), {}),
  answer: v.optional(
    v.strictObject({
      status: v.optional(v.number(), 200),
      headers: v.optional(v.record(v.string(), v.string()), {}),
      /** Text is sent unchanged, other values as JSON. The list `frames` is sent as server-sent events. */
      body: v.optional(v.unknown()),
      frames: v.optional(v.array(v.unknown())),
    }),
  ),
});

const turnSchema = v.strictObject({
  path: v.optional(v.string(), "/api/chat"),
  /** The client's request without the model; absent: a GET request. */
  ask: v.optional(json),
  provider: v.array(exchangeSchema),
  /** The status that the client gets. */
  status: v.optional(v.number(), 200),
  headers: v.optional(v.record(v.string(), v.string()), {}),
  /** The text of a streamed reply, or members of a whole one. */
  text: v.optional(v.string()),
  reply: v.optional(json),
  /** Pauses before the next attempts, in milliseconds. A quarter more or less is accepted, because pauses are random. */
  pauses: v.optional(v.array(v.number()), []),
});

const caseSchema = v.pipe(
  v.strictObject({
    why: v.string(),
    ...provenance,
    /** The provider as in the configuration, without a name. */
    config: v.optional(json, {}),
    model: v.optional(v.string(), "m"),
    turns: v.array(turnSchema),
  }),
  v.check((each) => hasOneProvenance(each), ONE_PROVENANCE),
);

export type ExchangeCase = v.InferOutput<typeof caseSchema> & { readonly name: string };
export type Turn = ExchangeCase["turns"][number];
export type Expected = Turn["provider"][number];

export function loadExchanges(): readonly ExchangeCase[] {
  return readdirSync(ROOT)
    .toSorted()
    .map((file) => ({ ...readExchange(file), name: file.replace(/\.yaml$/, "") }));
}

function readExchange(file: string): v.InferOutput<typeof caseSchema> {
  const result = v.safeParse(caseSchema, parse(readFileSync(ROOT + file, "utf8")));
  if (!result.success) throw new Error(`test/exchange/${file}:\n${v.summarize(result.issues)}`);
  return result.output;
}
