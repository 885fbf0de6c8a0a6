/**
 * The parameters of a tool as a valid schema of an object. Clients leave empty what has nothing to say, and strict hosts refuse it.
 *
 *     null  {}  {"type":""}                        become {"type":"object","properties":{}}
 *     {"type":"object","properties":null}          the same; PHP's encoder writes an empty map as `[]`
 *     {…,"required":null}  {…,"description":null}  lose the member, at every depth
 *
 * What is valid stays as it is, and so does what a client got wrong in a way that has no certain meaning.
 */
import { type JsonObject, isObject } from "../../wire/json.ts";

/** Schemas that are nested deeper stay as they are. */
const MAX_DEPTH = 64;

/** Keywords that hold values instead of schemas. */
const VALUES: ReadonlySet<string> = new Set(["const", "default", "enum", "example", "examples"]);
/** Those of them whose value may be null. */
const NULLABLE: ReadonlySet<string> = new Set(["const", "default", "example"]);
/** Keywords whose value has a schema for each name. */
const MAPS: ReadonlySet<string> = new Set([
  "$defs",
  "definitions",
  "dependentSchemas",
  "patternProperties",
  "properties",
]);
/** Keywords that say what the value is without a `type`. */
const CHOICES = ["$ref", "allOf", "anyOf", "oneOf", "enum", "const", "not", "if"];

const NOTHING: JsonObject = { type: "object", properties: {} };

/** The same object when it is valid already. Undefined and null are a tool without parameters. */
export function objectSchema(schema: JsonObject | null | undefined): JsonObject {
  const tidy = tidySchema(schema ?? NOTHING, 0);
  if (!isObject(tidy)) return NOTHING;
  if (CHOICES.some((keyword) => keyword in tidy)) return tidy;
  const { type, properties } = tidy;
  if (type === "object" && properties !== undefined) return tidy;
  return type === undefined || type === "object"
    ? { ...tidy, type: "object", properties: properties ?? {} }
    : tidy;
}

/** The same value when there is nothing to tidy. */
function tidySchema(schema: unknown, depth: number): unknown {
  if (Array.isArray(schema))
    return changed(
      schema,
      schema.map((entry) => tidySchema(entry, depth + 1)),
    );
  if (!isObject(schema) || JSON.isRawJSON(schema) || depth > MAX_DEPTH) return schema;
  const entries = Object.entries(schema);
  const tidied = entries.flatMap(([keyword, value]): [string, unknown][] => {
    const isNull = value === null && !NULLABLE.has(keyword);
    if (isNull || (keyword === "type" && value === "")) return [];
    if (VALUES.has(keyword)) return [[keyword, value]];
    return [[keyword, MAPS.has(keyword) ? tidyMap(value, depth) : tidySchema(value, depth + 1)]];
  });
  const isSame =
    tidied.length === entries.length && tidied.every(([, value], at) => value === entries[at]?.[1]);
  return isSame ? schema : Object.fromEntries(tidied);
}

/** Of a name without a schema, nothing is known but that it is there. */
function tidyMap(map: unknown, depth: number): unknown {
  if (Array.isArray(map) && map.length === 0) return {};
  if (!isObject(map)) return map;
  const entries = Object.entries(map);
  const tidied = entries.map(([name, schema]): [string, unknown] => [
    name,
    schema === null ? {} : tidySchema(schema, depth + 1),
  ]);
  return tidied.every(([, schema], at) => schema === entries[at]?.[1]) ? map : Object.fromEntries(tidied);
}

function changed(before: readonly unknown[], after: readonly unknown[]): readonly unknown[] {
  return after.some((entry, at) => entry !== before[at]) ? after : before;
}
