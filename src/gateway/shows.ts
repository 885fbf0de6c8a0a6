/**
 * What Ollama servers tell of their models at `/api/show`: template, licence, parameters and all, asked for once and kept for as long as
 * the model stays the same.
 */
import { ProxyError } from "../chat/error.ts";
import { decodeError } from "../dialects/ollama/error.ts";
import { send } from "../providers/client.ts";
import type { Provider } from "../providers/provider.ts";
import { type JsonObject, isObject, parseJson } from "../wire/json.ts";
import type { Scope } from "./gateway.ts";
import type { Target } from "./models.ts";
import { refusal } from "./refusal.ts";

/** Editors ask for every model one after the other before they show their menu. */
const LIMIT_MS = 5000;
/** How long a server that does not answer is left alone. */
const RETRY_MS = 15_000;
/** Licences are long: enough for the menu of a large server, a few megabytes at worst. */
const MOST_KEPT = 500;

interface Shown {
  /** Undefined: the server did not answer. */
  readonly said: JsonObject | undefined;
  readonly askedAtMs: number;
}

export class Shows {
  readonly #kept = new Map<string, Shown>();

  /**
   * What the server says, verbatim; undefined when it says nothing sensible, or no longer has the model: then the list has to do, for
   * clients show no model at all when a single one that is listed cannot be shown. Throws `ProxyError` when the client has left.
   */
  async find(target: Target, verbose: boolean, scope: Scope): Promise<JsonObject | undefined> {
    const { provider, listed } = target;
    const { id, local } = listed.model;
    const key = JSON.stringify([provider.name, id, local?.digest, verbose]);
    const kept = this.#kept.get(key);
    const now = scope.gateway.runtime.now();
    if (kept !== undefined && (kept.said !== undefined || now - kept.askedAtMs < RETRY_MS)) return kept.said;
    const said = await ask(target, verbose, scope);
    this.#kept.delete(key);
    this.#kept.set(key, { said, askedAtMs: now });
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= MOST_KEPT) break;
      this.#kept.delete(oldest);
    }
    return said;
  }

  /** The provider's models have changed. */
  forget(provider: Provider): void {
    const beginning = JSON.stringify([provider.name]).slice(0, -1);
    for (const key of this.#kept.keys()) if (key.startsWith(beginning)) this.#kept.delete(key);
  }
}

async function ask(
  { provider, listed }: Target,
  verbose: boolean,
  scope: Scope,
): Promise<JsonObject | undefined> {
  const body = JSON.stringify({ model: listed.model.id, ...(verbose ? { verbose } : {}) });
  const call = { method: "POST", path: "/api/show", body, accept: "application/json" } as const;
  const { runtime } = scope.gateway;
  try {
    const exchange = await send(provider, { ...call, signal: scope.signal, headLimitMs: LIMIT_MS }, runtime);
    exchange.limitSilence(LIMIT_MS);
    if (!exchange.ok) throw await refusal(exchange, decodeError, { id: listed.model.id, name: listed.name });
    const said = parseJson(await exchange.text());
    return isObject(said) ? said : undefined;
  } catch (error) {
    if (!(error instanceof ProxyError) || scope.signal.aborted) throw error;
    if (error.kind === "model-not-found") scope.gateway.catalog.expire(provider);
    runtime.log("warn", "A model is shown as far as the list tells", {
      model: listed.name,
      cause: error.message,
    });
    return undefined;
  }
}
