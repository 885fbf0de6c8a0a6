/** The origin of a fixture. */
import * as v from "valibot";

export const provenance = {
  /** A recorded reply of a provider. */
  recorded: v.optional(
    v.strictObject({
      url: v.pipe(v.string(), v.url()),
      model: v.pipe(v.string(), v.nonEmpty()),
      date: v.pipe(v.string(), v.isoDate()),
    }),
  ),
  /** The source of a hand-written reply: documentation, a bug report, source code. */
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
