/** A map with limits on the number of its entries and on their total size. It deletes the oldest entries first. */

export interface Bounds {
  readonly maxEntries: number;
  /** In the unit of the sizes that are passed to `set`. */
  readonly maxSize?: number;
}

export class BoundedMap<V> {
  readonly #maxEntries: number;
  readonly #maxSize: number;
  readonly #entries = new Map<string, { readonly value: V; readonly size: number }>();
  #size = 0;

  constructor({ maxEntries, maxSize = Infinity }: Bounds) {
    this.#maxEntries = maxEntries;
    this.#maxSize = maxSize;
  }

  get(key: string): V | undefined {
    return this.#entries.get(key)?.value;
  }

  /** The entry becomes the newest. An entry that is larger than `maxSize` is not stored. */
  set(key: string, value: V, size = 0): void {
    this.delete(key);
    if (size > this.#maxSize) return;
    this.#entries.set(key, { value, size });
    this.#size += size;
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size <= this.#maxEntries && this.#size <= this.#maxSize) break;
      this.delete(oldest);
    }
  }

  delete(key: string): void {
    this.#size -= this.#entries.get(key)?.size ?? 0;
    this.#entries.delete(key);
  }

  /** From the oldest to the newest. Entries may be deleted during the iteration. */
  *entries(): Generator<readonly [key: string, value: V]> {
    for (const [key, { value }] of this.#entries) yield [key, value];
  }
}
