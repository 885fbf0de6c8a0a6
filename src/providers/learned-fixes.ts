/**
 * What errors of one provider have taught about requests, by model. A fix expires after a day: the next request is sent
 * without it, and learns it again if it is still needed.
 */
import type { RequestFix } from "../apis/api.ts";
import { optionName, type ProviderOptions } from "../options/options.ts";
import { BoundedMap } from "./bounded-map.ts";
import type { CacheLimits } from "./limits.ts";

const LIFETIME_MS = 24 * 3_600_000;
/** A body that changes for ever would never be sent. */
export const MAX_FIXES = 3;

export interface LearnedFix {
  readonly fix: RequestFix;
  /** The error that taught it, in the provider's words. */
  readonly error: string;
  readonly learnedAtMs: number;
}

export interface ListedFix extends LearnedFix {
  /** The provider's own name. */
  readonly model: string;
  readonly expiresAtMs: number;
}

export class LearnedFixes {
  readonly #now: () => number;
  readonly #fixes: BoundedMap<readonly LearnedFix[]>;
  readonly #maxFixes: number;

  /**
   * Models that are used once and never again must not fill the memory, nor a provider that rejects something else every
   * time.
   */
  constructor(
    now: () => number,
    {
      maxLearnedModels,
      maxLearnedFixesPerModel,
    }: Pick<CacheLimits, "maxLearnedModels" | "maxLearnedFixesPerModel">,
  ) {
    this.#now = now;
    this.#fixes = new BoundedMap({ maxEntries: maxLearnedModels });
    this.#maxFixes = maxLearnedFixesPerModel;
  }

  /** `model` is the provider's own name. */
  get(model: string): readonly LearnedFix[] {
    const known = this.#fixes.get(model);
    if (known === undefined) return [];
    const now = this.#now();
    const valid = known.filter(({ learnedAtMs }) => now - learnedAtMs < LIFETIME_MS);
    if (valid.length < known.length) this.#fixes.set(model, valid);
    return valid;
  }

  /** Call it when a request with the fixes succeeded, not before: an error may have had another reason. */
  add(model: string, fixes: readonly LearnedFix[]): void {
    // Requests that ran at the same time may have learned the same.
    const learned = new Set(fixes.map(({ fix }) => describeFix(fix)));
    const others = this.get(model).filter(({ fix }) => !learned.has(describeFix(fix)));
    this.#fixes.set(model, [...others, ...fixes].slice(-this.#maxFixes));
  }

  /** Every valid fix, for people. */
  list(): readonly ListedFix[] {
    return [...this.#fixes.entries()].flatMap(([model]) =>
      this.get(model).map((fix) => ({ ...fix, model, expiresAtMs: fix.learnedAtMs + LIFETIME_MS })),
    );
  }
}

/** The options that the fixes ask for, later ones first. */
export function learnedOptions(fixes: readonly LearnedFix[]): Partial<ProviderOptions> {
  return Object.assign({}, ...fixes.map(({ fix }) => fix.options));
}

/** The fix in a few words, e.g. `max_tokens->max_completion_tokens` or `drop:temperature`. */
export function describeFix({ drop, rename, dropFromMessages, set, options }: RequestFix): string {
  return [
    ...drop.map((field) => `drop:${field}`),
    ...Object.entries(rename).map(([from, to]) => `${from}->${to}`),
    ...dropFromMessages.map((field) => `drop:messages.${field}`),
    ...Object.entries(set).map(([field, value]) => `${field}=${JSON.stringify(value)}`),
    ...Object.entries(options).map(([key, value]) => `${optionName(key)}=${JSON.stringify(value)}`),
  ].join(",");
}
