/**
 * Validates a client's request against a schema. Harmless mistakes are accepted, others get a clear error.
 */
import * as v from "valibot";
import { ProxyError } from "../../chat/error.ts";
import { isObject } from "../../wire/json.ts";

/** A field that clients omit or set to null. Both mean the same. */
export function optional<const S extends v.GenericSchema>(schema: S): v.NullishSchema<S, () => undefined> {
  return v.nullish(schema, () => undefined);
}

/** JSON that is sent on or read elsewhere, such as a schema. */
export const jsonObject = v.record(v.string(), v.unknown());

/** Throws `bad-request` with the path of the first invalid field. The message does not repeat its value. */
export function parseBody<const S extends v.GenericSchema>(schema: S, body: unknown): v.InferOutput<S> {
  if (!isObject(body)) refuse(`the body must be an object, got ${kindOf(body)}`);
  const result = v.safeParse(schema, body, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const path = v.getDotPath(issue)?.replaceAll(/\.(\d+)/g, "[$1]");
  return refuse(`"${path}" must be ${wordsFor(issue.expected ?? "")}, got ${kindOf(issue.input)}`);
}

function refuse(what: string): never {
  throw new ProxyError("bad-request", `Cannot read the request: ${what}`);
}

const WORDS: ReadonlyMap<string, string> = new Map([
  ["string", "a string"],
  ["number", "a number"],
  ["boolean", "true or false"],
  ["Array", "a list"],
  ["Object", "an object"],
]);

/** `expected` is valibot's text: `(string | Array)`, or the quoted name of a missing field. */
function wordsFor(expected: string): string {
  if (expected.startsWith('"')) return "set";
  const kinds = expected.replaceAll(/[()]/g, "").split(" | ");
  return kinds.map((kind) => WORDS.get(kind) ?? kind).join(" or ");
}

function kindOf(input: unknown): string {
  if (input === undefined) return "nothing";
  if (input === null) return "null";
  if (Array.isArray(input)) return "a list";
  return WORDS.get(typeof input) ?? "an object";
}
