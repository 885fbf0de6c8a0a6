/** The routes that a provider was found to lack. There are as many as the APIs have, so the number is bounded. */

/** The server may have been updated since. */
const VALID_MS = 24 * 3_600_000;

export class MissingRoutes {
  readonly #now: () => number;
  readonly #foundAtMs = new Map<string, number>();

  constructor(now: () => number) {
    this.#now = now;
  }

  add(path: string): void {
    this.#foundAtMs.set(path, this.#now());
  }

  has(path: string): boolean {
    const foundAtMs = this.#foundAtMs.get(path);
    return foundAtMs !== undefined && this.#now() - foundAtMs < VALID_MS;
  }
}
