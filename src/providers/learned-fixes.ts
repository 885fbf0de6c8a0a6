/** What providers have refused, so that the next request is right at once. Forgotten when the configuration changes. */
import type { Quirks } from "../apis/api.ts";
import type { Repair } from "../apis/openai/upstream/request-fix.ts";
import { BoundedMap } from "./bounded-map.ts";
import type { CacheLimits } from "../pipeline/limits.ts";

/** No host needs more, and a body that changes for ever would never be sent. */
export const MOST_REPAIRS = 3;

interface Lesson {
  readonly repairs: readonly Repair[];
  /** What the repairs say about the profile, the later ones more. */
  readonly quirks: Partial<Quirks>;
}

const NOTHING: Lesson = { repairs: [], quirks: {} };

export class Lessons {
  readonly #lessons: BoundedMap<Lesson>;
  readonly #maxRepairs: number;

  /** Models that are asked for once and never again must not fill the memory, nor a provider that refuses something else every time. */
  constructor({
    maxLearnedModels,
    maxLearnedFixesPerModel,
  }: Pick<CacheLimits, "maxLearnedModels" | "maxLearnedFixesPerModel">) {
    this.#lessons = new BoundedMap({ maxEntries: maxLearnedModels });
    this.#maxRepairs = maxLearnedFixesPerModel;
  }

  /** `model` is the provider's own name. */
  recall(provider: string, model: string): Lesson {
    return this.#lessons.get(`${provider} ${model}`) ?? NOTHING;
  }

  learn(provider: string, model: string, repair: Repair): void {
    const key = `${provider} ${model}`;
    const { repairs, quirks } = this.recall(provider, model);
    this.#lessons.set(key, {
      repairs: [...repairs, repair].slice(-this.#maxRepairs),
      quirks: { ...quirks, ...repair.quirks },
    });
  }
}
