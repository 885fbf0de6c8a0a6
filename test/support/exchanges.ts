/** Conversations of a client with a provider, from `test/exchange`; the README of the tests tells how to add one. */
import { readFileSync, readdirSync } from "node:fs";
import * as v from "valibot";
import { parse } from "yaml";
import { ONE_PROVENANCE, hasOneProvenance, provenance } from "./provenance.ts";

const ROOT = new URL("../exchange/", import.meta.url).pathname;

const json = v.record(v.string(), v.unknown());

/** What the provider must get, and what it says to that. */
const exchangeSchema = v.strictObject({
  method: v.optional(v.string(), "POST"),
  /** The address that was meant; the servers of a test are elsewhere. */
  url: v.optional(v.string()),
  /** The whole body; or what it has, and what it lacks. */
  body: v.optional(json),
  has: v.optional(json),
  lacks: v.optional(v.array(v.string()), []),
  headers: v.optional(v.record(v.string(), v.string()), {}),
  answer: v.optional(
    v.strictObject({
      status: v.optional(v.number(), 200),
      headers: v.optional(v.record(v.string(), v.string()), {}),
      /** Text as it is, anything else as JSON; a list under `frames` as server-sent events. */
      body: v.optional(v.unknown()),
      frames: v.optional(v.array(v.unknown())),
    }),
  ),
});

const turnSchema = v.strictObject({
  path: v.optional(v.string(), "/api/chat"),
  /** Without the model; absent: a GET. */
  ask: v.optional(json),
  provider: v.array(exchangeSchema),
  /** What the client gets. */
  status: v.optional(v.number(), 200),
  headers: v.optional(v.record(v.string(), v.string()), {}),
  /** All that was said in a streamed reply, or members that a whole one has. */
  text: v.optional(v.string()),
  reply: v.optional(json),
  /** Milliseconds waited before another attempt, give or take a quarter. */
  pauses: v.optional(v.array(v.number()), []),
});

const caseSchema = v.pipe(
  v.strictObject({
    why: v.string(),
    ...provenance,
    /** As in the configuration, without a name. */
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
