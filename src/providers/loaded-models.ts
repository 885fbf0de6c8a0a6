/**
 * The recently used models of one provider, for `/api/ps`. Nothing is loaded here, but a client expects the models that it uses
 * in that list, with the time at which they are unloaded.
 */
import type { ErrorKind, ProxyError } from "../chat/error.ts";
import type { ListedModel } from "../chat/model.ts";
import { BoundedMap } from "./bounded-map.ts";

export interface LoadedModel {
  readonly listed: ListedModel;
  /** `Infinity`: never. */
  readonly expiresAtMs: number;
}

interface KeptModel extends LoadedModel {
  /** The provider has answered a request for the model. */
  readonly hasAnswered: boolean;
}

/** A provider with one of these errors does not run the model, even if it did before. */
const NOT_RUNNING: ReadonlySet<ErrorKind> = new Set(["unauthorized", "forbidden", "model-not-found"]);

const DEFAULT_KEEP_ALIVE_MS = 5 * 60_000;

export class LoadedModels {
  readonly #now: () => number;
  readonly #models: BoundedMap<KeptModel>;

  /** Above `maxEntries`, the least recently used model is removed. */
  constructor(now: () => number, maxEntries: number) {
    this.#now = now;
    this.#models = new BoundedMap({ maxEntries });
  }

  /** The provider has answered a request for the model. A `keepAliveMs` of 0 unloads the model. */
  use(listed: ListedModel, keepAliveMs?: number): void {
    this.#keep(listed, keepAliveMs, true);
  }

  /** A client wants the model to be loaded. The provider was not asked. A `keepAliveMs` of 0 unloads the model. */
  load(listed: ListedModel, keepAliveMs?: number): void {
    this.#keep(listed, keepAliveMs, this.#models.get(listed.name)?.hasAnswered === true);
  }

  /** A request for the model failed. */
  refuse(name: string, { kind }: ProxyError): void {
    if (kind === "canceled") return;
    const hasAnswered = this.#models.get(name)?.hasAnswered === true;
    if (!hasAnswered || NOT_RUNNING.has(kind)) this.#models.delete(name);
  }

  #keep(listed: ListedModel, keepAliveMs = DEFAULT_KEEP_ALIVE_MS, hasAnswered: boolean): void {
    if (keepAliveMs === 0) {
      this.#models.delete(listed.name);
      return;
    }
    this.#models.set(listed.name, { listed, expiresAtMs: this.#now() + keepAliveMs, hasAnswered });
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
