/**
 * Reduces the parameters of a tool to the few keywords that every provider supports.
 *
 *     {"$schema":"…","type":["string","null"],"const":"a","additionalProperties":false}
 *     becomes {"type":"string","nullable":true,"enum":["a"]}
 *
 * Gemini rejects any other keyword, lists of types, and enums of numbers. Moonshot rejects `$schema`, and
 * `$ref` next to other keywords.
 */
import { type JsonObject, isObject, stringAt } from "../../wire/json.ts";

/** Maximum depth of a schema. Deeper parts are replaced by a schema that allows anything. */
const MAX_DEPTH = 12;
/**
 * How often a recursive definition is expanded inside itself. A smaller value is tried when the schema
 * becomes too large.
 */
const REPEATS = [2, 1, 0];

/**
 * Limit of the text that references add to the schemas, in schema parts and in characters. Characters count
 * too, because a short reference can expand to long text.
 */
const MAX_ADDED_PER_TOOL: Size = { nodes: 2000, characters: 64 * 1024 };
const MAX_ADDED_TOTAL: Size = { nodes: 20_000, characters: 1024 * 1024 };

interface Size {
  readonly nodes: number;
  readonly characters: number;
}

/**
 * The schemas of one request. Its tools share the limit. References beyond the limit are replaced by a schema
 * that allows anything.
 */
export class PlainSchemas {
  #left: Size = MAX_ADDED_TOTAL;

  simplify(schema: JsonObject): JsonObject {
    let plain: JsonObject = {};
    for (const repeats of REPEATS) {
      const budget = new Budget(smaller(MAX_ADDED_PER_TOOL, this.#left));
      plain = simplify(schema, { root: schema, budget, repeats, depth: 0, references: [] });
      if (repeats > 0 && budget.isSpent) continue;
      this.#left = less(this.#left, budget.used);
      break;
    }
    return plain;
  }
}

class Budget {
  readonly #most: Size;
  #nodes = 0;
  #characters = 0;

  constructor(most: Size) {
    this.#most = most;
  }

  get used(): Size {
    return { nodes: this.#nodes, characters: this.#characters };
  }

  get isSpent(): boolean {
    return this.#nodes > this.#most.nodes || this.#characters > this.#most.characters;
  }

  take(nodes: number, characters: number): void {
    this.#nodes += nodes;
    this.#characters += characters;
  }
}

function smaller(a: Size, b: Size): Size {
  return { nodes: Math.min(a.nodes, b.nodes), characters: Math.min(a.characters, b.characters) };
}

function less(a: Size, b: Size): Size {
  return { nodes: Math.max(0, a.nodes - b.nodes), characters: Math.max(0, a.characters - b.characters) };
}

/** The position of a part in a schema. */
interface Place {
  readonly root: JsonObject;
  readonly budget: Budget;
  readonly repeats: number;
  readonly depth: number;
  /** Targets of the references that contain the part. */
  readonly references: readonly string[];
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

function simplify(value: unknown, place: Place): JsonObject {
  if (!isObject(value) || place.depth > MAX_DEPTH || place.budget.isSpent) return {};
  const target = stringAt(value, "$ref");
  if (target !== undefined) return follow(target, value, place);
  // The client's own text is not counted, only the copies that references add.
  const isCopy = place.references.length > 0;
  if (isCopy) place.budget.take(1 + Object.keys(value).length, 0);
  const inner = (part: unknown): JsonObject => simplify(part, { ...place, depth: place.depth + 1 });
  const plain: Record<string, unknown> = {};
  for (const [keyword, part] of Object.entries(value)) {
    if (isCopy) place.budget.take(0, keyword.length + ownLength(keyword, part));
    if (KEPT.has(keyword)) plain[keyword] = part;
    else if (keyword === "const") plain["enum"] = [text(part)];
    else if (keyword === "enum" && Array.isArray(part)) plain["enum"] = part.map(text);
    else if (keyword === "items") plain["items"] = inner(Array.isArray(part) ? part[0] : part);
    else if (keyword === "properties" && isObject(part)) {
      plain["properties"] = Object.fromEntries(
        Object.entries(part).map(([name, field]) => [name, inner(field)]),
      );
    } else if (/^(?:anyOf|oneOf)$/.test(keyword) && Array.isArray(part))
      Object.assign(plain, oneOf(part.map(inner)));
    else if (keyword === "allOf" && Array.isArray(part))
      for (const all of part) Object.assign(plain, inner(all));
  }
  return { ...plain, ...typeOf(plain) };
}

/** Replaces the reference of `value` with its target. */
function follow(target: string, value: JsonObject, place: Place): JsonObject {
  const { root, budget, repeats, depth, references } = place;
  const { $ref: _, ...rest } = value;
  const isAgain = references.filter((known) => known === target).length > repeats;
  const found = isAgain ? {} : referred(target, root);
  budget.take(1 + Object.keys(found).length, target.length);
  return simplify({ ...found, ...rest }, { ...place, depth: depth + 1, references: [...references, target] });
}

/** Characters of a keyword without the schemas inside it, which are counted separately. */
function ownLength(keyword: string, part: unknown): number {
  if (keyword === "properties" && isObject(part)) return Object.keys(part).join().length;
  if (typeof part === "string") return part.length;
  const isCopied = KEPT.has(keyword) || keyword === "enum" || keyword === "const";
  return isCopied ? JSON.stringify(part).length : 0;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A choice between one schema and null becomes that schema with `nullable`. */
function oneOf(choices: readonly JsonObject[]): JsonObject {
  const some = choices.filter((choice) => choice["type"] !== "null");
  const nullable = some.length < choices.length ? { nullable: true } : {};
  const [only] = some;
  return some.length === 1 ? { ...only, ...nullable } : { anyOf: some, ...nullable };
}

/**
 * Reduces the type to a single one. A schema with an enum has type `string`, because enums must be strings.
 */
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

/** Finds a reference such as `#/$defs/name` in the whole schema. Empty when there is no such definition. */
function referred(target: string, root: JsonObject): JsonObject {
  let found: unknown = root;
  for (const step of target.replace(/^#\/?/, "").split("/")) {
    if (step !== "")
      found = isObject(found) ? found[step.replaceAll("~1", "/").replaceAll("~0", "~")] : undefined;
  }
  return isObject(found) ? found : {};
}
