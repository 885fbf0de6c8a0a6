/** Where the data of a fixture is from. */
import * as v from "valibot";

export const provenance = {
  /** A reply as a provider sent it. */
  recorded: v.optional(
    v.strictObject({
      url: v.pipe(v.string(), v.url()),
      model: v.pipe(v.string(), v.nonEmpty()),
      date: v.pipe(v.string(), v.isoDate()),
    }),
  ),
  /** What it was written after: documentation, a bug report, source code. */
  constructed: v.optional(v.pipe(v.string(), v.nonEmpty())),
};

export interface Provenance {
  readonly recorded?: object | undefined;
  readonly constructed?: string | undefined;
}

export function hasOneProvenance({ recorded, constructed }: Provenance): boolean {
  return (recorded === undefined) !== (constructed === undefined);
}

export const ONE_PROVENANCE = 'Expected either "recorded" or "constructed"';
