/**
 * The models of one provider that a local Ollama would have in memory: those used lately. Nothing is loaded here, but
 * `/api/ps` must show what a client has loaded, with its expiry, or the client believes that it failed.
 */
import type { ListedModel } from "../chat/model.ts";
import { BoundedMap } from "./bounded-map.ts";

export interface LoadedModel {
  readonly listed: ListedModel;
  /** `Infinity` is forever. */
  readonly expiresAtMs: number;
}

const DEFAULT_KEEP_ALIVE_MS = 5 * 60_000;

export class LoadedModels {
  readonly #now: () => number;
  readonly #models: BoundedMap<LoadedModel>;

  /** Beyond `maxEntries` the model that was used longest ago is forgotten. */
  constructor(now: () => number, maxEntries: number) {
    this.#now = now;
    this.#models = new BoundedMap({ maxEntries });
  }

  /** A request that succeeded used the model; `keepAliveMs` of 0 unloads it. */
  use(listed: ListedModel, keepAliveMs = DEFAULT_KEEP_ALIVE_MS): void {
    if (keepAliveMs === 0) {
      this.#models.delete(listed.name);
      return;
    }
    this.#models.set(listed.name, { listed, expiresAtMs: this.#now() + keepAliveMs });
  }

  /** Those not expired. */
  list(): readonly LoadedModel[] {
    const now = this.#now();
    const models: LoadedModel[] = [];
    for (const [name, model] of this.#models.entries()) {
      if (model.expiresAtMs <= now) this.#models.delete(name);
      else models.push(model);
    }
    return models;
  }
}
