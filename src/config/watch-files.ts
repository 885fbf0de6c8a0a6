/** Watches the files that the current configuration names. A new configuration may name others. */
import { type ConfigWatch, watchConfig } from "./watch.ts";

export class FileWatches {
  readonly #onChange: () => void;
  #watches: ReadonlyMap<string, ConfigWatch> = new Map();

  constructor(onChange: () => void) {
    this.#onChange = onChange;
  }

  /** Watches these files and stops watching all others. */
  set(paths: readonly string[]): void {
    const old = this.#watches;
    this.#watches = new Map(
      paths.map((path) => [path, old.get(path) ?? watchConfig(path, this.#onChange)] as const),
    );
    for (const [path, watch] of old) if (!this.#watches.has(path)) watch.close();
  }

  close(): void {
    this.set([]);
  }
}
