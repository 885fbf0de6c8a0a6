/**
 * The parameters of a tool in the few keywords that every host knows.
 *
 *     {"$schema":"…","type":["string","null"],"const":"a","additionalProperties":false}
 *     becomes {"type":"string","nullable":true,"enum":["a"]}
 *
 * Gemini refuses any other keyword by name, types in a list and enums of numbers; Moonshot `$schema` and `$ref` beside others.
 */
import { type JsonObject, isObject, stringAt } from "../../wire/json.ts";

/** References that lead in a circle are followed so far, then anything goes. */
const DEEPEST = 12;

export function plainSchema(schema: JsonObject): JsonObject {
  return simplify(schema, schema, 0);
}

const KEPT: ReadonlySet<string> = new Set([
  "description",
  "format",
  "maxItems",
  "maxLength",
  "maximum",
  "minItems",
  "minLength",
  "minimum",
  "nullable",
  "pattern",
  "required",
  "title",
  "type",
]);

function simplify(value: unknown, root: JsonObject, depth: number): JsonObject {
  if (!isObject(value) || depth > DEEPEST) return {};
  const { $ref: _, ...rest } = value;
  const target = stringAt(value, "$ref");
  if (target !== undefined) return simplify({ ...referred(target, root), ...rest }, root, depth + 1);
  const inner = (part: unknown): JsonObject => simplify(part, root, depth + 1);
  const plain: Record<string, unknown> = {};
  for (const [keyword, part] of Object.entries(value)) {
    if (KEPT.has(keyword)) plain[keyword] = part;
    else if (keyword === "const") plain["enum"] = [String(part)];
    else if (keyword === "enum" && Array.isArray(part)) plain["enum"] = part.map(String);
    else if (keyword === "items") plain["items"] = inner(Array.isArray(part) ? part[0] : part);
    else if (keyword === "properties" && isObject(part)) {
      plain["properties"] = Object.fromEntries(
        Object.entries(part).map(([name, field]) => [name, inner(field)]),
      );
    } else if (/^(?:anyOf|oneOf)$/.test(keyword) && Array.isArray(part))
      Object.assign(plain, oneOf(part.map(inner)));
    else if (keyword === "allOf" && Array.isArray(part)) Object.assign(plain, ...part.map(inner));
  }
  return { ...plain, ...typeOf(plain) };
}

/** A choice between something and nothing is that something, nullable. */
function oneOf(choices: readonly JsonObject[]): JsonObject {
  const some = choices.filter((choice) => choice["type"] !== "null");
  const nullable = some.length < choices.length ? { nullable: true } : {};
  const [only] = some;
  return some.length === 1 ? { ...only, ...nullable } : { anyOf: some, ...nullable };
}

/** One type; a schema that names only values is of strings, because enums are. */
function typeOf({ type, enum: values }: JsonObject): JsonObject {
  if (Array.isArray(type)) {
    const [first = "string", ...others] = type.filter((name) => name !== "null");
    return {
      type: values === undefined ? (others.length === 0 ? first : "string") : "string",
      ...(type.includes("null") ? { nullable: true } : {}),
    };
  }
  return values === undefined ? {} : { type: "string" };
}

/** `#/$defs/name` within the whole schema; anything else is unknown. */
function referred(target: string, root: JsonObject): JsonObject {
  let found: unknown = root;
  for (const step of target.replace(/^#\/?/, "").split("/")) {
    if (step !== "")
      found = isObject(found) ? found[step.replaceAll("~1", "/").replaceAll("~0", "~")] : undefined;
  }
  return isObject(found) ? found : {};
}
