/**
 * What Ollama servers tell of their models at `/api/show`: template, licence, parameters and all, asked for once and kept for as long as
 * the model stays the same.
 */
import { ProxyError } from "../chat/error.ts";
import { decodeError } from "../apis/ollama/upstream/errors.ts";
import { LESS_AT_ONCE, send } from "../providers/client.ts";
import type { Provider } from "../providers/provider.ts";
import { type JsonObject, isObject, parseJson } from "../wire/json.ts";
import { BoundedMap } from "../providers/bounded-map.ts";
import type { Scope } from "./services.ts";
import type { CacheLimits } from "./limits.ts";
import type { Target } from "./find-model.ts";
import { refusal } from "./errors.ts";

/** Editors ask for every model one after the other before they show their menu. */
const LIMIT_MS = 5000;
/** How long a server that does not answer is left alone. */
const RETRY_MS = 60_000;
/** How long an answer holds for a model whose digest, which would tell a change, is not known. */
const FRESH_MS = 5 * 60_000;

interface Shown {
  /** Resolves to undefined when the server did not answer. Never rejects. */
  readonly said: Promise<JsonObject | undefined>;
  readonly askedAtMs: number;
}

export class Shows {
  readonly #kept: BoundedMap<Shown>;
  /** When a server last did not answer. */
  readonly #silentSinceMs = new Map<Provider, number>();

  constructor({
    maxKeptShows: maxEntries,
    maxKeptShowCharacters: maxSize,
  }: Pick<CacheLimits, "maxKeptShows" | "maxKeptShowCharacters">) {
    this.#kept = new BoundedMap({ maxEntries, maxSize });
  }

  /**
   * What the server says, verbatim; undefined when it says nothing sensible, or no longer has the model: then the list has to do, for
   * clients show no model at all when a single one that is listed cannot be shown.
   */
  find(target: Target, verbose: boolean, scope: Scope): Promise<JsonObject | undefined> {
    const { provider, listed } = target;
    const { id, local } = listed.model;
    const digest = local?.digest ?? "";
    const key = JSON.stringify([provider.name, id, digest, verbose]);
    const now = scope.gateway.runtime.now();
    const kept = this.#kept.get(key);
    if (kept !== undefined && (digest !== "" || now - kept.askedAtMs < FRESH_MS)) return kept.said;
    if (now - (this.#silentSinceMs.get(provider) ?? -Infinity) < RETRY_MS) return Promise.resolve(undefined);
    const said = this.#ask(key, target, verbose, scope);
    this.#kept.set(key, { said, askedAtMs: now });
    return said;
  }

  /** The provider's models have changed. */
  forget(provider: Provider): void {
    const beginning = JSON.stringify([provider.name]).slice(0, -1);
    for (const [key] of this.#kept.entries()) if (key.startsWith(beginning)) this.#kept.delete(key);
  }

  /** How large a reply is shows only when it is there. */
  #measure(key: string, size: number): void {
    const shown = this.#kept.get(key);
    if (shown !== undefined) this.#kept.set(key, shown, size);
  }

  /** What is not said is not kept. */
  async #ask(key: string, target: Target, verbose: boolean, scope: Scope): Promise<JsonObject | undefined> {
    const { runtime, catalog } = scope.gateway;
    const { provider, listed } = target;
    try {
      const { said, size } = await ask(target, verbose, scope);
      this.#measure(key, size);
      return said;
    } catch (error) {
      this.#kept.delete(key);
      if (!(error instanceof ProxyError) || scope.signal.aborted) return undefined;
      if (error.kind === "model-not-found") catalog.expire(provider);
      else this.#silentSinceMs.set(provider, runtime.now());
      const message = "A model is shown as far as the list tells";
      runtime.log("warn", message, { model: listed.name, cause: error.message });
      return undefined;
    }
  }
}

/** Throws `ProxyError`. */
async function ask(
  { provider, listed }: Target,
  verbose: boolean,
  scope: Scope,
): Promise<{ readonly said: JsonObject; readonly size: number }> {
  const { id } = listed.model;
  const body = JSON.stringify({ model: id, ...(verbose ? { verbose } : {}) });
  const call = { method: "POST", path: "/api/show", body, accept: "application/json" } as const;
  const limited = { ...call, signal: scope.signal, headLimitMs: LIMIT_MS };
  const exchange = await send(provider, limited, scope.gateway.runtime);
  exchange.limitSilence(LIMIT_MS);
  exchange.limitSize(provider.limits.maxShowBytes, LESS_AT_ONCE);
  if (!exchange.ok) throw await refusal(exchange, decodeError, { id, name: listed.name });
  const text = await exchange.text();
  const said = parseJson(text);
  if (!isObject(said) || "error" in said) throw decodeError(200, text);
  return { said, size: text.length };
}
