/** What providers have refused, so that the next request is right at once. Forgotten when the configuration changes. */
import type { Quirks } from "../dialects/dialect.ts";
import type { Repair } from "../dialects/openai/repair.ts";

/** No host needs more, and a body that changes for ever would never be sent. */
export const MOST_REPAIRS = 3;
/** Models that are asked for once and never again must not fill the memory. */
const MOST_MODELS = 500;

interface Lesson {
  readonly repairs: readonly Repair[];
  /** What the repairs say about the profile, the later ones more. */
  readonly quirks: Partial<Quirks>;
}

const NOTHING: Lesson = { repairs: [], quirks: {} };

export class Lessons {
  readonly #lessons = new Map<string, Lesson>();

  /** `model` is the provider's own name. */
  recall(provider: string, model: string): Lesson {
    return this.#lessons.get(`${provider} ${model}`) ?? NOTHING;
  }

  learn(provider: string, model: string, repair: Repair): void {
    const key = `${provider} ${model}`;
    const { repairs, quirks } = this.recall(provider, model);
    this.#lessons.delete(key);
    this.#lessons.set(key, { repairs: [...repairs, repair], quirks: { ...quirks, ...repair.quirks } });
    const [oldest] = this.#lessons.keys();
    if (this.#lessons.size > MOST_MODELS && oldest !== undefined) this.#lessons.delete(oldest);
  }
}
