/** A provider's descriptions of its models, cached until the model changes. */
import type { JsonObject } from "../wire/json.ts";
import { BoundedMap } from "./bounded-map.ts";
import type { CacheLimits } from "./limits.ts";

/** How long a provider that failed is not asked again. */
const RETRY_MS = 60_000;
/** How long a description is valid if the digest of the model, which would show a change, is not known. */
const FRESH_MS = 5 * 60_000;

export interface ProviderShow {
  readonly show: JsonObject;
  /** Length of the answer in characters. */
  readonly size: number;
}

interface CachedShow {
  /** Resolves to undefined when the provider gave no description. */
  readonly answer: Promise<JsonObject | undefined>;
  readonly requestedAtMs: number;
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

  /** The cached description, or the result of `request`. Undefined for `RETRY_MS` after a failure of the provider. */
  get(key: ShowKey, request: () => Promise<ProviderShow | undefined>): Promise<JsonObject | undefined> {
    const text = JSON.stringify([key.id, key.digest, key.verbose]);
    const now = this.#now();
    const known = this.#entries.get(text);
    if (known !== undefined && (key.digest !== "" || now - known.requestedAtMs < FRESH_MS))
      return known.answer;
    if (now - this.#failedAtMs < RETRY_MS) return Promise.resolve(undefined);
    const answer = this.#request(text, request);
    this.#entries.set(text, { answer, requestedAtMs: now });
    return answer;
  }

  /** Failures are not cached. The size of a description is known only when it has arrived. */
  async #request(
    key: string,
    request: () => Promise<ProviderShow | undefined>,
  ): Promise<JsonObject | undefined> {
    let result: ProviderShow | undefined;
    try {
      result = await request();
      return result?.show;
    } finally {
      const entry = this.#entries.get(key);
      if (result === undefined) this.#entries.delete(key);
      else if (entry !== undefined) this.#entries.set(key, entry, result.size);
    }
  }

  /** The provider failed. Requests for its other models would fail too, after the same wait. */
  markFailed(): void {
    this.#failedAtMs = this.#now();
  }

  /** The provider's models have changed. */
  clear(): void {
    for (const [key] of this.#entries.entries()) this.#entries.delete(key);
  }
}
