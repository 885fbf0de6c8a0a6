/** The options of one provider and model, as code uses them: typed by the catalogue, with names in camelCase. */
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

/** What each option means is in the catalogue. */
export type ProviderOptions = {
  readonly [Name in keyof Catalogue as CamelCase<Name>]: ValueOf<Catalogue[Name]>;
};

/** For a provider that nobody has described. */
export const DEFAULT_OPTIONS: ProviderOptions = Object.assign(
  {},
  ...Object.entries(OPTIONS).map(([name, row]) => ({ [camelCase(name)]: row.default })),
);

/** `settings` have the names of the catalogue, and values that its schemas accepted. */
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
