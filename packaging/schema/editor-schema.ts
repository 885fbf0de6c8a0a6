/**
 * The JSON schema of a configuration file, for editors. It is made from the schema of the program. The descriptions of the keys come from
 * the README and from the catalogue of options.
 *
 * It accepts everything that the program accepts except former names, because an editor should mark those. It omits rules that a JSON
 * schema cannot express, and rules for a trimmed or completed value.
 */
import { type ConversionConfig, type JsonSchema, toJsonSchema } from "@valibot/to-json-schema";
import * as v from "valibot";
import { UPSTREAM_API_NAMES } from "../../src/apis/upstream-api.ts";
import { TEXTS } from "../../src/config/references.ts";
import { configSchema } from "../../src/config/schema.ts";
import { OPTIONS } from "../../src/options/catalogue.ts";
import { isObject } from "../../src/wire/json.ts";
import { meaningsUnder } from "./meanings.ts";

/** JSON text with a line end. */
export async function editorSchema(): Promise<string> {
  const converter = new Converter([
    await describe("Top-level keys"),
    await describe("Provider keys"),
    await describe("Aliases"),
    new Map(
      Object.entries(OPTIONS).map(([name, row]) => [
        name,
        { description: sentence(row.meaning), default: row.default },
      ]),
    ),
  ]);
  const head = {
    // The draft that most editors support.
    $schema: "http://json-schema.org/draft-07/schema#",
    title: "Configuration of ollama-proxy",
  };
  return `${JSON.stringify({ ...head, ...converter.convert(configSchema) }, undefined, 2)}\n`;
}

interface Annotation {
  readonly description: string;
  readonly default?: unknown;
}

type Annotations = ReadonlyMap<string, Annotation>;

async function describe(heading: string): Promise<Annotations> {
  const meanings = await meaningsUnder(heading);
  return new Map([...meanings].map(([key, meaning]) => [key, { description: sentence(meaning) }]));
}

class Converter {
  readonly #annotations: readonly Annotations[];
  readonly #settings: ConversionConfig = {
    typeMode: "input",
    ignoreActions: ["check", "partial_check", "raw_check", "readonly", "regex", "to_lower_case", "trim"],
    overrideSchema: ({ valibotSchema }) => this.#replace(valibotSchema),
  };

  /** Annotations apply to the mapping that has exactly their keys. */
  constructor(annotations: readonly Annotations[]) {
    this.#annotations = annotations;
  }

  convert(schema: v.GenericSchema): JsonSchema {
    const { $schema: _schema, $defs: _defs, ...rest } = toJsonSchema(schema, this.#settings);
    return rest;
  }

  /** Some schemas of `config/fields.ts` are opaque to the converter. They have a property with the schemas that they are made of. */
  #replace(schema: v.GenericSchema): JsonSchema | undefined {
    if (schema.type === "custom")
      return "entries" in schema && isEntries(schema.entries)
        ? this.#convertMapping(schema.entries)
        : { type: "object" };
    if (schema.type === "lazy" && "options" in schema && isSchemas(schema.options))
      return { anyOf: schema.options.map((option) => withNumbers(this.convert(option))) };
    return undefined;
  }

  #convertMapping(entries: v.ObjectEntries): JsonSchema {
    const keys = Object.keys(entries);
    const annotations = this.#annotations.find(
      (candidate) => candidate.size === keys.length && keys.every((key) => candidate.has(key)),
    );
    const { properties = {}, ...rest } = this.convert(v.strictObject(entries));
    const described = Object.entries(properties).map(([key, property]) => [
      key,
      { ...annotations?.get(key), ...refine(key, property) },
    ]);
    return { ...rest, properties: Object.fromEntries(described) };
  }
}

/** Adds facts that the schema of a key lacks. */
function refine(key: string, property: JsonSchema | boolean): JsonSchema {
  if (typeof property === "boolean") return {};
  if (key === "api_type") return { ...property, anyOf: [API_TYPE, { type: "null" }] };
  return TEXTS.includes(key) ? withNumbers(property) : property;
}

/** Upper and lower case are accepted. Editors suggest the spelling of the README. */
const API_TYPE: JsonSchema = {
  anyOf: [
    { enum: UPSTREAM_API_NAMES.map((name) => name.slice(0, 1).toUpperCase() + name.slice(1)) },
    { type: "string", pattern: `^\\s*(?:${UPSTREAM_API_NAMES.map(inAnyCase).join("|")})\\s*$` },
  ],
};

function inAnyCase(name: string): string {
  return name.replaceAll(/[a-z]/g, (letter) => `[${letter}${letter.toUpperCase()}]`);
}

/** A number or a boolean is also accepted as text. */
function withNumbers(schema: JsonSchema): JsonSchema {
  if (schema.type === "string") return { ...schema, type: ["string", "number", "boolean"] };
  const { anyOf } = schema;
  if (anyOf === undefined) return schema;
  return { ...schema, anyOf: anyOf.map((one) => (typeof one === "boolean" ? one : withNumbers(one))) };
}

function sentence(phrase: string): string {
  return `${phrase.slice(0, 1).toUpperCase()}${phrase.slice(1)}.`;
}

function isEntries(value: unknown): value is v.ObjectEntries {
  return isObject(value) && Object.values(value).every(isSchema);
}

function isSchemas(value: unknown): value is readonly v.GenericSchema[] {
  return Array.isArray(value) && value.every(isSchema);
}

function isSchema(value: unknown): value is v.GenericSchema {
  return isObject(value) && value["kind"] === "schema";
}
