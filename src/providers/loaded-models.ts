/**
 * The recently used models of one provider, for `/api/ps`. Nothing is loaded here, but a client expects the models that it uses
 * in that list, with the time at which they are unloaded.
 */
import type { ListedModel } from "../chat/model.ts";
import { BoundedMap } from "./bounded-map.ts";

export interface LoadedModel {
  readonly listed: ListedModel;
  /** `Infinity`: never. */
  readonly expiresAtMs: number;
}

const DEFAULT_KEEP_ALIVE_MS = 5 * 60_000;

export class LoadedModels {
  readonly #now: () => number;
  readonly #models: BoundedMap<LoadedModel>;

  /** Above `maxEntries`, the least recently used model is removed. */
  constructor(now: () => number, maxEntries: number) {
    this.#now = now;
    this.#models = new BoundedMap({ maxEntries });
  }

  /** Called after a successful request for the model. A `keepAliveMs` of 0 unloads the model. */
  use(listed: ListedModel, keepAliveMs = DEFAULT_KEEP_ALIVE_MS): void {
    if (keepAliveMs === 0) {
      this.#models.delete(listed.name);
      return;
    }
    this.#models.set(listed.name, { listed, expiresAtMs: this.#now() + keepAliveMs });
  }

  /** The models that have not expired. */
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
