/**
 * Makes the parameters of a tool a valid schema of an object. Clients leave members empty, and strict
 * providers reject that.
 *
 *     null  {}  {"type":""}                        become {"type":"object","properties":{}}
 *     {"type":"object","properties":null}          the same; PHP's encoder writes an empty map as `[]`
 *     {…,"required":null}  {…,"description":null}  the member is omitted, at every depth
 *
 * Valid members are unchanged. Mistakes without a certain meaning are unchanged too.
 */
import { type JsonObject, isObject } from "../../wire/json.ts";

/** More deeply nested schemas are unchanged. */
const MAX_DEPTH = 64;

/** Keywords whose value is not a schema. */
const VALUES: ReadonlySet<string> = new Set(["const", "default", "enum", "example", "examples"]);
/** Keywords of `VALUES` whose value may be null. */
const NULLABLE: ReadonlySet<string> = new Set(["const", "default", "example"]);
/** Keywords whose value has a schema for each name. */
const MAPS: ReadonlySet<string> = new Set([
  "$defs",
  "definitions",
  "dependentSchemas",
  "patternProperties",
  "properties",
]);
/** Keywords that describe the value without a `type`. */
const CHOICES = ["$ref", "allOf", "anyOf", "oneOf", "enum", "const", "not", "if"];

const NOTHING: JsonObject = { type: "object", properties: {} };

/** Returns the same object when it is valid. Undefined and null mean a tool without parameters. */
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

/** Returns the same value when there is nothing to change. */
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

/** A name without a schema may have any value. */
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
