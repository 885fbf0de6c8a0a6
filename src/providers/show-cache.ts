/** The answers of one provider about single models, kept for as long as the model stays the same. */
import type { JsonObject } from "../wire/json.ts";
import { BoundedMap } from "./bounded-map.ts";
import type { CacheLimits } from "./limits.ts";

/** How long a provider that does not answer is left alone. */
const RETRY_MS = 60_000;
/** How long an answer holds for a model whose digest, which would show a change, is not known. */
const FRESH_MS = 5 * 60_000;

/** What a provider said about a model, and how long its answer was, in characters. */
export interface Shown {
  readonly show: JsonObject;
  readonly size: number;
}

interface CachedShow {
  /** Resolves to undefined when the provider did not answer. Never rejects. */
  readonly answer: Promise<JsonObject | undefined>;
  readonly askedAtMs: number;
}

export interface ShowKey {
  /** The provider's own name of the model. */
  readonly id: string;
  /** 64 hex digits; empty when unknown. */
  readonly digest: string;
  readonly verbose: boolean;
}

export class ShowCache {
  readonly #now: () => number;
  readonly #entries: BoundedMap<CachedShow>;
  #failedAtMs = -Infinity;

  constructor(
    now: () => number,
    { maxKeptShows, maxKeptShowCharacters }: Pick<CacheLimits, "maxKeptShows" | "maxKeptShowCharacters">,
  ) {
    this.#now = now;
    this.#entries = new BoundedMap({ maxEntries: maxKeptShows, maxSize: maxKeptShowCharacters });
  }

  /** The cached answer, or that of `ask`, which never rejects. Undefined while the provider is left alone after a failure. */
  get(key: ShowKey, ask: () => Promise<Shown | undefined>): Promise<JsonObject | undefined> {
    const text = JSON.stringify([key.id, key.digest, key.verbose]);
    const now = this.#now();
    const known = this.#entries.get(text);
    if (known !== undefined && (key.digest !== "" || now - known.askedAtMs < FRESH_MS)) return known.answer;
    if (now - this.#failedAtMs < RETRY_MS) return Promise.resolve(undefined);
    const answer = this.#ask(text, ask);
    this.#entries.set(text, { answer, askedAtMs: now });
    return answer;
  }

  async #ask(key: string, ask: () => Promise<Shown | undefined>): Promise<JsonObject | undefined> {
    const shown = await ask();
    const entry = this.#entries.get(key);
    // A failure is not kept, and how large an answer is shows only when it is there.
    if (shown === undefined) this.#entries.delete(key);
    else if (entry !== undefined) this.#entries.set(key, entry, shown.size);
    return shown?.show;
  }

  /** The provider did not answer: every model would cost the same wait. */
  markFailed(): void {
    this.#failedAtMs = this.#now();
  }

  /** The provider's models have changed. */
  clear(): void {
    for (const [key] of this.#entries.entries()) this.#entries.delete(key);
  }
}
