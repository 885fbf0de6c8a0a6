/**
 * Which models a local Ollama would have in memory: those used lately. Nothing is loaded here, but `/api/ps` must show
 * what a client has loaded, with its expiry, or the client believes that it failed.
 */
import type { ListedModel } from "../chat/model.ts";

export interface LoadedModel {
  readonly listed: ListedModel;
  /** `Infinity` is forever. */
  readonly expiresAtMs: number;
}

const DEFAULT_KEEP_ALIVE_MS = 5 * 60_000;

export class LoadedModels {
  readonly #now: () => number;
  readonly #models = new Map<string, LoadedModel>();

  constructor(now: () => number) {
    this.#now = now;
  }

  /** A request used the model; `keepAliveMs` of 0 unloads it. */
  use(listed: ListedModel, keepAliveMs = DEFAULT_KEEP_ALIVE_MS): void {
    if (keepAliveMs === 0) {
      this.#models.delete(listed.name);
      return;
    }
    this.#models.set(listed.name, { listed, expiresAtMs: this.#now() + keepAliveMs });
  }

  /** Those not expired, the longest-lived first. */
  list(): readonly LoadedModel[] {
    const now = this.#now();
    for (const [name, model] of this.#models) {
      if (model.expiresAtMs <= now) this.#models.delete(name);
    }
    return [...this.#models.values()].toSorted((a, b) => b.expiresAtMs - a.expiresAtMs);
  }
}
