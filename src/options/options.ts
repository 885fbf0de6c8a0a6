/** The options of one provider and model, as code uses them. Their types come from the catalogue, and their names are in camelCase. */
import type * as v from "valibot";
import { OPTIONS } from "./catalogue.ts";

type Catalogue = typeof OPTIONS;

type CamelCase<S extends string> = S extends `${infer First}_${infer Rest}`
  ? `${First}${Capitalize<CamelCase<Rest>>}`
  : S;

type ValueOf<Row extends Catalogue[keyof Catalogue]> =
  | v.InferOutput<Row["schema"]>
  // Without a default, an option may be undefined.
  | (undefined extends Row["default"] ? undefined : never);

/** The catalogue describes each option. */
export type ProviderOptions = {
  readonly [Name in keyof Catalogue as CamelCase<Name>]: ValueOf<Catalogue[Name]>;
};

/** The options of providers without a preset. */
export const DEFAULT_OPTIONS: ProviderOptions = Object.assign(
  {},
  ...Object.entries(OPTIONS).map(([name, row]) => ({ [camelCase(name)]: row.default })),
);

/** `settings` have the names of the catalogue and validated values. */
export function toOptions(settings: { readonly [name: string]: unknown }): Partial<ProviderOptions> {
  return Object.assign(
    {},
    ...Object.entries(settings).map(([name, value]) => ({ [camelCase(name)]: value })),
  );
}

function camelCase(name: string): string {
  return name.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** The name of an option in the configuration. */
export function optionName(key: string): string {
  return key.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
