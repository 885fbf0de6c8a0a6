/**
 * The parameters of a tool in the few keywords that every host knows.
 *
 *     {"$schema":"…","type":["string","null"],"const":"a","additionalProperties":false}
 *     becomes {"type":"string","nullable":true,"enum":["a"]}
 *
 * Gemini refuses any other keyword by name, types in a list and enums of numbers; Moonshot `$schema` and `$ref` beside others.
 */
import { type JsonObject, isObject, stringAt } from "../../../wire/json.ts";

/** What is nested deeper may be anything. */
const MAX_DEPTH = 12;
/** How often a definition is put in place of a reference inside itself; fewer times where that makes the schema too large. */
const REPEATS = [2, 1, 0];

/** What references may add to the schemas: schema parts and characters, as a reference to a small text may be put in for a large one. */
const MAX_ADDED_PER_TOOL: Size = { nodes: 2000, characters: 64 * 1024 };
const MAX_ADDED_TOTAL: Size = { nodes: 20_000, characters: 1024 * 1024 };

interface Size {
  readonly nodes: number;
  readonly characters: number;
}

/** The schemas of one request, whose tools share the limit. References that would exceed it may be anything. */
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

/** Where a part of a schema stands. */
interface Place {
  readonly root: JsonObject;
  readonly budget: Budget;
  readonly repeats: number;
  readonly depth: number;
  /** Targets of the references that it is inside of. */
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
  // What the client wrote out is as large as it is; only what references repeat is counted.
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

/** `value` with what its reference leads to in place of it. */
function follow(target: string, value: JsonObject, place: Place): JsonObject {
  const { root, budget, repeats, depth, references } = place;
  const { $ref: _, ...rest } = value;
  const isAgain = references.filter((known) => known === target).length > repeats;
  const found = isAgain ? {} : referred(target, root);
  budget.take(1 + Object.keys(found).length, target.length);
  return simplify({ ...found, ...rest }, { ...place, depth: depth + 1, references: [...references, target] });
}

/** Characters that a keyword adds by itself; those of the schemas inside it are counted there. */
function ownLength(keyword: string, part: unknown): number {
  if (keyword === "properties" && isObject(part)) return Object.keys(part).join().length;
  if (typeof part === "string") return part.length;
  const isCopied = KEPT.has(keyword) || keyword === "enum" || keyword === "const";
  return isCopied ? JSON.stringify(part).length : 0;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
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
