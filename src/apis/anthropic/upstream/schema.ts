/**
 * Closes the objects of a schema for the output: Anthropic requires `"additionalProperties":false` in each.
 * https://platform.claude.com/docs/en/build-with-claude/structured-outputs
 */
import { type JsonObject, isObject } from "../../../wire/json.ts";

/** More deeply nested schemas are unchanged. */
const MAX_DEPTH = 64;

/** Keywords whose value is data and not a schema. */
const VALUES: ReadonlySet<string> = new Set(["const", "default", "enum", "example", "examples", "required"]);

export function closedSchema(schema: JsonObject, depth = 0): JsonObject {
  if (JSON.isRawJSON(schema) || depth > MAX_DEPTH) return schema;
  const entries = Object.entries(schema).map(([keyword, value]): [string, unknown] => [
    keyword,
    VALUES.has(keyword) ? value : closed(value, depth + 1),
  ]);
  const isOpen = schema["type"] === "object" && !("additionalProperties" in schema);
  return Object.fromEntries(isOpen ? [...entries, ["additionalProperties", false]] : entries);
}

function closed(value: unknown, depth: number): unknown {
  if (Array.isArray(value)) return value.map((entry: unknown) => closed(entry, depth));
  return isObject(value) ? closedSchema(value, depth) : value;
}
