/** The schema of a provider's `options:`, made from the catalogue. It reports the position of every mistake. */
import * as v from "valibot";
import { OPTIONS } from "../options/catalogue.ts";
import { toOptions } from "../options/options.ts";
import { mapping } from "./fields.ts";

interface Schemas {
  readonly [name: string]: v.GenericSchema;
}

export const providerOptions = v.pipe(
  settings(
    Object.fromEntries(Object.entries(OPTIONS).map(([name, { schema }]) => [name, settingOf(schema)])),
  ),
  v.transform(toOptions),
);

function settingOf(schema: (typeof OPTIONS)[keyof typeof OPTIONS]["schema"]): v.GenericSchema {
  // The catalogue's objects ignore unknown keys. A mapping reports each.
  return schema.type === "object" ? settings(schema.entries) : schema;
}

/** A mapping in which null means not set. Unset options are omitted, so that they do not override a preset. */
function settings(schemas: Schemas) {
  return v.pipe(
    mapping(Object.fromEntries(Object.entries(schemas).map(([name, schema]) => [name, v.nullish(schema)]))),
    v.transform((given) => Object.fromEntries(Object.entries(given).filter(([, value]) => value != null))),
  );
}
