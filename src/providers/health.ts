/**
 * The health of one provider, of its keys and of its models. What failed rests: other candidates are tried first. When the rest is
 * over, a single request finds out whether it works again.
 *
 *     refused connection                       the provider rests
 *     5xx, timeout, empty or invalid reply     the model
 *     429                                      the key, for the model
 *     wrong key, exhausted quota or credit     the key
 *
 * A rest takes as long as the provider says, else it doubles with every failure in a row. It says nothing about whether a request may be
 * sent: a request that has no other candidate is sent all the same.
 */
import type { ErrorKind, ProxyError } from "../chat/error.ts";
import { BoundedMap } from "./bounded-map.ts";
import type { CacheLimits } from "./limits.ts";

/** Where a request goes. */
export interface Place {
  /** The provider's own name of the model. */
  readonly model: string;
  /** The id of the key. */
  readonly key: string;
}

/** A part of the provider that rests or has not yet proven that it works again. */
export interface Rest {
  /** Undefined: all models. */
  readonly model: string | undefined;
  /** The id of the key. Undefined: all keys. */
  readonly key: string | undefined;
  readonly sinceMs: number;
  readonly untilMs: number;
  /** In a row. */
  readonly failures: number;
  /** The last failure. */
  readonly error: ProxyError;
}

/** Whether a place can be tried. */
export type Fitness =
  | { readonly type: "ready" }
  /** It rests, or a request is finding out whether it works again. */
  | { readonly type: "resting"; readonly rest: Rest }
  /** The rest is over. One request may try it. */
  | { readonly type: "due"; readonly rest: Rest };

interface Cause {
  readonly scope: "provider" | "model" | "key" | "key-and-model";
  readonly firstMs: number;
  readonly maxMs: number;
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;

const OF_PROVIDER: Cause = { scope: "provider", firstMs: 2 * SECOND, maxMs: 5 * MINUTE };
const OF_MODEL: Cause = { scope: "model", firstMs: 2 * SECOND, maxMs: 5 * MINUTE };
const OF_RATE: Cause = { scope: "key-and-model", firstMs: 5 * SECOND, maxMs: 5 * MINUTE };
/** A user has to act, or a quota is restored, so an early attempt is useless. */
const OF_KEY: Cause = { scope: "key", firstMs: MINUTE, maxMs: 60 * MINUTE };

/** Other errors are about the request, not about the place. */
const CAUSES: { readonly [kind in ErrorKind]?: Cause } = {
  unauthorized: OF_KEY,
  "no-credit": OF_KEY,
  "rate-limited": OF_RATE,
  overloaded: OF_MODEL,
  internal: OF_MODEL,
  "model-not-found": OF_MODEL,
  "upstream-unreachable": OF_PROVIDER,
  "upstream-timeout": OF_MODEL,
  "upstream-invalid": OF_MODEL,
  "upstream-no-path": OF_MODEL,
  "upstream-truncated": OF_MODEL,
  "upstream-empty": OF_MODEL,
};

/** The share of a new measurement in the average time to the first byte. */
const NEW_SHARE = 0.3;
/** An older measurement is unknown again, so that a provider that has become faster is found. */
const MEASUREMENT_LIFETIME_MS = 10 * MINUTE;

interface Speed {
  readonly firstByteMs: number;
  readonly measuredAtMs: number;
}

export class Health {
  readonly #now: () => number;
  readonly #rests: BoundedMap<Rest>;
  readonly #speeds: BoundedMap<Speed>;
  /** Scopes that a request is trying after their rest. */
  readonly #tried = new Set<string>();
  /** Requests that came from another candidate and have no reply yet, by model. */
  readonly #moving = new Map<string, number>();

  constructor(now: () => number, { maxResting }: Pick<CacheLimits, "maxResting">) {
    this.#now = now;
    this.#rests = new BoundedMap({ maxEntries: maxResting });
    this.#speeds = new BoundedMap({ maxEntries: maxResting });
  }

  fitnessOf(place: Place): Fitness {
    let longest: Rest | undefined;
    for (const scope of scopesOf(place)) {
      const rest = this.#rests.get(scope);
      if (rest !== undefined && rest.untilMs > (longest?.untilMs ?? 0)) longest = rest;
    }
    if (longest === undefined) return { type: "ready" };
    return { type: this.isTried(place) || longest.untilMs > this.#now() ? "resting" : "due", rest: longest };
  }

  /** Whether a request is finding out whether the place works again. */
  isTried(place: Place): boolean {
    return scopesOf(place).some((scope) => this.#tried.has(scope));
  }

  isKeyResting(key: string): boolean {
    const rest = this.#rests.get(scopeOf(undefined, key));
    return rest !== undefined && rest.untilMs > this.#now();
  }

  /** How many requests from other candidates wait for this model. */
  movingTo({ model }: Place): number {
    return this.#moving.get(model) ?? 0;
  }

  /** The average time to the first byte; undefined: not measured lately. */
  firstByteMs(model: string): number | undefined {
    const speed = this.#speeds.get(model);
    const isValid = speed !== undefined && this.#now() - speed.measuredAtMs < MEASUREMENT_LIFETIME_MS;
    return isValid ? speed.firstByteMs : undefined;
  }

  /** A request is sent to the place. `isMoved`: another candidate failed before. */
  begin(place: Place, isMoved: boolean): Trial {
    const scopes = scopesOf(place).filter((scope) => this.#rests.get(scope) !== undefined);
    for (const scope of scopes) this.#tried.add(scope);
    const { model } = place;
    if (isMoved) this.#moving.set(model, this.movingTo(place) + 1);
    const sentAtMs = this.#now();
    let isOpen = true;
    const end = (): void => {
      if (!isOpen) return;
      isOpen = false;
      for (const scope of scopes) this.#tried.delete(scope);
      const others = this.movingTo(place) - 1;
      if (!isMoved) return;
      if (others > 0) this.#moving.set(model, others);
      else this.#moving.delete(model);
    };
    return {
      succeed: () => {
        end();
        for (const scope of scopesOf(place)) this.#rests.delete(scope);
        this.#measure(model, this.#now() - sentAtMs);
      },
      fail: (error) => {
        end();
        this.#fail(place, error, sentAtMs);
      },
      cancel: end,
    };
  }

  /** A reply of the place ended early, after it had begun. */
  interrupted(place: Place, error: ProxyError): void {
    this.#fail(place, error, this.#now());
  }

  /** The provider rejected the key for another request than one to a model. */
  rejectKey(key: string, error: ProxyError): void {
    this.#fail({ model: "", key }, error, this.#now());
  }

  /** Everything that rests, or rested and has not yet proven that it works. */
  list(): readonly Rest[] {
    return [...this.#rests.entries()].map(([, rest]) => rest);
  }

  #measure(model: string, ms: number): void {
    const known = this.firstByteMs(model);
    const firstByteMs = known === undefined ? ms : known * (1 - NEW_SHARE) + ms * NEW_SHARE;
    this.#speeds.set(model, { firstByteMs, measuredAtMs: this.#now() });
  }

  #fail(place: Place, error: ProxyError, sentAtMs: number): void {
    const cause = CAUSES[error.kind];
    if (cause === undefined) return;
    const { model, key } = partOf(place, cause.scope);
    const scope = scopeOf(model, key);
    const known = this.#rests.get(scope);
    const now = this.#now();
    // Requests that were sent before the rest began failed for the same reason. They do not make it longer.
    const isSame = known !== undefined && sentAtMs < known.sinceMs;
    const failures = (known?.failures ?? 0) + (isSame ? 0 : 1);
    const restMs = error.retryAfterMs ?? Math.min(cause.maxMs, cause.firstMs * 2 ** (failures - 1));
    const untilMs = Math.max(now + restMs, isSame ? known.untilMs : 0);
    this.#rests.set(scope, { model, key, sinceMs: isSame ? known.sinceMs : now, untilMs, failures, error });
  }
}

/** Exactly one of the functions is called, when the request has its first output or has failed. */
export interface Trial {
  readonly succeed: () => void;
  readonly fail: (error: ProxyError) => void;
  /** The result says nothing about the place. */
  readonly cancel: () => void;
}

/** Whether the error is about one key, not about the provider. */
export function isOfKey({ kind }: ProxyError): boolean {
  const scope = CAUSES[kind]?.scope;
  return scope === "key" || scope === "key-and-model";
}

/** Whether another place of the same provider would fail for the same reason. */
export function affects(error: ProxyError, failed: Place, other: Place): boolean {
  // An error about the request depends on the model only.
  const { scope } = CAUSES[error.kind] ?? OF_MODEL;
  const { model, key } = partOf(failed, scope);
  return (model ?? other.model) === other.model && (key ?? other.key) === other.key;
}

function partOf(
  { model, key }: Place,
  scope: Cause["scope"],
): { readonly model: string | undefined; readonly key: string | undefined } {
  return {
    model: scope === "model" || scope === "key-and-model" ? model : undefined,
    key: scope === "key" || scope === "key-and-model" ? key : undefined,
  };
}

function scopeOf(model: string | undefined, key: string | undefined): string {
  return `${model ?? ""}\0${key ?? ""}`;
}

/** Everything whose rest is a rest of the place. */
function scopesOf({ model, key }: Place): readonly string[] {
  return [
    scopeOf(undefined, undefined),
    scopeOf(model, undefined),
    scopeOf(undefined, key),
    scopeOf(model, key),
  ];
}
