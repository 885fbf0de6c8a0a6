/** What a row of the catalogue of options consists of, and the schemas that rows share. */
import * as v from "valibot";

export const flag = v.boolean("Expected true or false");
export const text = v.string("Expected text");
export const words = v.pipe(v.array(v.string(), "Expected a list of names"), v.readonly());
export const number = v.pipe(v.number("Expected a number"), v.minValue(0, "Expected 0 or more"));
export const count = v.pipe(
  v.number("Expected a number"),
  v.integer("Expected a whole number"),
  v.minValue(1, "Expected 1 or more"),
);

export const MAPPING_EXPECTED = "Expected a mapping of keys to values";
/** Fields of a request, passed on as they are. */
export const fields = v.pipe(
  v.record(v.string(), v.unknown(), MAPPING_EXPECTED),
  v.check((value) => !Array.isArray(value), MAPPING_EXPECTED),
  v.readonly(),
);

export function oneOf<const T extends readonly string[]>(...choices: T) {
  return v.picklist(choices, `Expected ${choices.join(" or ")}`);
}

export interface Former {
  readonly name?: string;
  /** Current values by former values. */
  readonly values?: { readonly [value: string]: string | boolean };
}

export interface OptionRow<S extends v.GenericSchema, D> {
  /** Validates the value in the configuration. Code gets the same value. */
  readonly schema: S;
  /** Undefined: the provider has no such limit or needs no such value. */
  readonly default: D;
  /** A description for users. Its subject is the provider or the value. */
  readonly meaning: string;
  /** Values for the README, if the schema does not list the values. */
  readonly examples: readonly v.InferInput<S>[];
  /** The name and values of earlier versions, which are still accepted. */
  readonly former: Former;
}

/** `standard` is the value for providers without a preset. */
export function option<const S extends v.GenericSchema, const D extends v.InferOutput<S> | undefined>(
  schema: S,
  standard: D,
  meaning: string,
  more: { readonly examples?: readonly v.InferInput<S>[]; readonly former?: Former } = {},
): OptionRow<S, D> {
  return { schema, default: standard, meaning, examples: more.examples ?? [], former: more.former ?? {} };
}
