/**
 * The learned fixes of one provider, by model: changes to requests, found in the provider's errors. A fix expires after a day. The
 * next request is then sent without it, and the fix is learned again if it is still needed.
 */
import type { RequestFix } from "../apis/upstream-api.ts";
import { optionName, type ProviderOptions } from "../options/options.ts";
import { BoundedMap } from "./bounded-map.ts";
import type { CacheLimits } from "./limits.ts";

const LIFETIME_MS = 24 * 3_600_000;
/** Fixes that one request may learn. The limit ends a request that is rejected after every change. */
export const MAX_FIXES = 3;

export interface LearnedFix {
  readonly fix: RequestFix;
  /** The provider's error in which the fix was found. */
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

  /** The limits bound the memory for models that are used only once, and for providers that reject something new every time. */
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

  /** Called when a request with the fixes has succeeded, not before, because the error may have had another reason. */
  add(model: string, fixes: readonly LearnedFix[]): void {
    // Requests that ran at the same time may have learned the same fix.
    const learned = new Set(fixes.map(({ fix }) => describeFix(fix)));
    const others = this.get(model).filter(({ fix }) => !learned.has(describeFix(fix)));
    this.#fixes.set(model, [...others, ...fixes].slice(-this.#maxFixes));
  }

  /** Requests for the model are sent without its fixes from now on. */
  forget(model: string): void {
    this.#fixes.delete(model);
  }

  /** Every valid fix. */
  list(): readonly ListedFix[] {
    return [...this.#fixes.entries()].flatMap(([model]) =>
      this.get(model).map((fix) => ({ ...fix, model, expiresAtMs: fix.learnedAtMs + LIFETIME_MS })),
    );
  }
}

/** The options with those that the fixes set. Later fixes take precedence. */
export function withLearned(options: ProviderOptions, fixes: readonly LearnedFix[]): ProviderOptions {
  return fixes.length === 0 ? options : Object.assign({}, options, ...fixes.map(({ fix }) => fix.options));
}

/** A short description of the fix, such as `max_tokens->max_completion_tokens` or `drop:temperature`. */
export function describeFix({ drop, rename, dropFromMessages, set, options, onlyWith }: RequestFix): string {
  const changes = [
    ...drop.map((field) => `drop:${field}`),
    ...Object.entries(rename).map(([from, to]) => `${from}->${to}`),
    ...dropFromMessages.map((field) => `drop:messages.${field}`),
    ...Object.entries(set).map(([field, value]) => `${field}=${JSON.stringify(value)}`),
    ...Object.entries(options).map(([key, value]) => `${optionName(key)}=${JSON.stringify(value)}`),
  ].join(",");
  return onlyWith === undefined ? changes : `${changes} with ${onlyWith}`;
}
