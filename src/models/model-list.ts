/** The last model list of one provider. It is kept while the provider is down. */
import type { ProxyError } from "../chat/error.ts";
import type { ModelInfo } from "../chat/model.ts";

export class ModelListCache {
  #models: readonly ModelInfo[] | undefined;
  #error: ProxyError | undefined;
  #askedAtMs = -Infinity;
  #isExpired = false;
  #version = 0;

  /** Undefined: the provider has not given a list yet. */
  get models(): readonly ModelInfo[] | undefined {
    return this.#models;
  }

  /** Why the last attempt to list the models failed. */
  get error(): ProxyError | undefined {
    return this.#error;
  }

  /** When the provider was last asked; `-Infinity`: never. */
  get askedAtMs(): number {
    return this.#askedAtMs;
  }

  get isExpired(): boolean {
    return this.#isExpired;
  }

  /** Increases with every change. */
  get version(): number {
    return this.#version;
  }

  /** The provider is being asked. A change in the meantime makes the answer stale. */
  begin(): void {
    this.#isExpired = false;
  }

  succeed(models: readonly ModelInfo[], askedAtMs: number): void {
    this.#models = withFirstDates(models, this.#models ?? []);
    this.#error = undefined;
    this.#askedAtMs = askedAtMs;
    this.#version += 1;
  }

  /** Returns whether the cause differs from the last one. */
  fail(error: ProxyError, askedAtMs: number): boolean {
    const isNew = this.#error === undefined || causeOf(this.#error) !== causeOf(error);
    this.#error = error;
    this.#askedAtMs = askedAtMs;
    this.#version += 1;
    return isNew;
  }

  /** The provider's models have changed. */
  expire(): void {
    this.#isExpired = true;
  }
}

/** Some servers date their models at the time of the request, so a model keeps the first date that was seen. */
function withFirstDates(models: readonly ModelInfo[], earlier: readonly ModelInfo[]): readonly ModelInfo[] {
  const dates = new Map(earlier.map(({ id, createdAtSeconds }) => [id, createdAtSeconds]));
  return models.map((model) => {
    const date = dates.get(model.id);
    return date === undefined || date === model.createdAtSeconds
      ? model
      : { ...model, createdAtSeconds: date };
  });
}

/** The message without long words that hold digits, such as the id of a request: those differ although the cause is the same. */
function causeOf({ message }: ProxyError): string {
  return message.replaceAll(/[\w-]+/g, (word) => (word.length > 4 && /\d/.test(word) ? "#" : word));
}
