/** What providers have refused, so that the next request is right at once. Forgotten when the configuration changes. */
import type { Repair } from "../dialects/openai/repair.ts";

/** No host needs more, and a body that changes for ever would never be sent. */
export const MOST_REPAIRS = 3;
/** Models that are asked for once and never again must not fill the memory. */
const MOST_MODELS = 500;

export class Lessons {
  readonly #repairs = new Map<string, readonly Repair[]>();

  /** `model` is the provider's own name. */
  recall(provider: string, model: string): readonly Repair[] {
    return this.#repairs.get(`${provider} ${model}`) ?? [];
  }

  learn(provider: string, model: string, repair: Repair): void {
    const key = `${provider} ${model}`;
    const known = this.#repairs.get(key) ?? [];
    this.#repairs.delete(key);
    this.#repairs.set(key, [...known, repair]);
    const [oldest] = this.#repairs.keys();
    if (this.#repairs.size > MOST_MODELS && oldest !== undefined) this.#repairs.delete(oldest);
  }
}
