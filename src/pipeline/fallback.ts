/**
 * Tries the targets of a request one after another until one replies.
 *
 * Targets that rest are left out as long as another one is left. When a rest is over, a single request tries the target. Requests that leave
 * a failed target are spread over the others, so that these do not get them all at once.
 */
import { ProxyError } from "../chat/error.ts";
import { type Rest, affects, isOfKey } from "../providers/health.ts";
import type { Answered, Result } from "./attempt.ts";
import type { Budget } from "./budget.ts";
import type { RequestContext } from "./services.ts";
import { type Target, placeOf } from "./targets.ts";

/** Between two requests that leave failed targets for the same one. */
const STAGGER_MS = 100;
const MAX_STAGGER_MS = 2000;
/** How often a request waits for a target that rests. */
const MAX_WAITS = 20;
/** While another request is trying the only target. */
const PROBE_WAIT_MS = 250;

/** `hasOther` tells whether another target can be tried after the error. Then the failed one is not waited for. */
type ServeAt<T, R> = (target: T, hasOther: (error: ProxyError) => boolean) => Promise<Result<R>>;

/** The first reply, and the target that gave it. Throws a `ProxyError` with the errors of all that were tried when none does. */
export function firstReply<T extends Target, R>(
  targets: readonly T[],
  serveAt: ServeAt<T, R>,
  context: RequestContext,
  budget: Budget,
): Promise<Answered<R> & { readonly target: T }> {
  return new Fallback(targets, serveAt, context, budget).run();
}

class Fallback<T extends Target, R> {
  #untried: readonly T[];
  readonly #isSingle: boolean;
  readonly #serveAt: ServeAt<T, R>;
  readonly #context: RequestContext;
  readonly #budget: Budget;
  readonly #errors: ProxyError[] = [];

  constructor(targets: readonly T[], serveAt: ServeAt<T, R>, context: RequestContext, budget: Budget) {
    this.#untried = targets;
    this.#isSingle = targets.length === 1;
    this.#serveAt = serveAt;
    this.#context = context;
    this.#budget = budget;
  }

  async run(): Promise<Answered<R> & { readonly target: T }> {
    for (;;) {
      const target = this.#next() ?? (await this.#nextAfterRest());
      if (target === undefined) break;
      const result = await this.#try(target);
      if (result.type === "reply") {
        this.#noteResting();
        const { reply, headers } = result;
        return { reply, headers, target };
      }
      if (result.type === "fail" || !this.#budget.hasRequests) break;
      this.#budget.spend();
    }
    this.#noteResting();
    throw joined(this.#errors);
  }

  /** The first target that may be tried; after a failure the one that the fewest other requests have moved to. */
  #next(): T | undefined {
    const [first] = this.#untried;
    if (this.#isSingle) return first;
    const fit = this.#untried.filter(isFit);
    if (this.#errors.length === 0) return fit[0];
    const fewest = Math.min(...fit.map(movingTo));
    return fit.find((target) => movingTo(target) === fewest);
  }

  /**
   * All other targets rest. Waits for the first one if the client need not wait for long. Otherwise tries it at once, unless another target
   * has been tried.
   */
  async #nextAfterRest(): Promise<T | undefined> {
    const { runtime } = this.#context.services;
    for (let waits = 0; waits < MAX_WAITS; waits += 1) {
      const restMs = Math.min(...this.#untried.map((target) => leftMs(target, runtime.now())));
      // Requests that wait for the same target do not all try it at the same time.
      const waitMs = Math.max(restMs, PROBE_WAIT_MS) + jitter(runtime.randomId()) * PROBE_WAIT_MS;
      if (!this.#budget.allowsRetry(waitMs)) break;
      await runtime.sleep(waitMs, this.#context.signal);
      const target = this.#next();
      if (target !== undefined) return target;
    }
    return this.#errors.length === 0 ? this.#soonest() : undefined;
  }

  /** The target whose rest ends first. Throws the error of its last request when another request is trying it. */
  #soonest(): T | undefined {
    const now = this.#context.services.runtime.now();
    const [soonest] = this.#untried.toSorted((a, b) => leftMs(a, now) - leftMs(b, now));
    const rest = soonest === undefined ? undefined : restOf(soonest);
    if (
      soonest === undefined ||
      rest === undefined ||
      !soonest.provider.state.health.isTried(placeOf(soonest))
    )
      return soonest;
    const retryAfterMs = Math.max(1000, rest.untilMs - now);
    throw rest.error.with({
      message: `${rest.error.message}; it is tried again in ${Math.ceil(retryAfterMs / 1000)} s`,
      retryAfterMs,
      // They belong to an earlier request, perhaps of another client.
      headers: [],
    });
  }

  async #try(target: T): Promise<Result<R>> {
    this.#untried = this.#untried.filter((other) => other !== target);
    const { health } = target.provider.state;
    const place = placeOf(target);
    const isMoved = this.#errors.length > 0;
    const before = isMoved ? health.movingTo(place) : 0;
    const trial = health.begin(place, isMoved);
    try {
      if (before > 0) await this.#stagger(before);
      const result = await this.#serveAt(target, (error) => this.#othersAfter(target, error).some(isFit));
      if (result.type === "reply") trial.succeed();
      else this.#failed(target, result.error, trial.fail);
      return result;
    } finally {
      trial.cancel();
    }
  }

  #stagger(before: number): Promise<void> {
    const { runtime } = this.#context.services;
    const ms = Math.min(before * STAGGER_MS, MAX_STAGGER_MS) * (0.5 + jitter(runtime.randomId()));
    return runtime.sleep(Math.round(ms), this.#context.signal);
  }

  #failed(target: T, error: ProxyError, report: (error: ProxyError) => void): void {
    report(error);
    this.#errors.push(error);
    if (!this.#isSingle) this.#pass(target, error, error.message);
    this.#untried = this.#othersAfter(target, error);
  }

  /** The targets that would not fail for the same reason. */
  #othersAfter(failed: T, error: ProxyError): readonly T[] {
    const { contextLength } = failed.listed.model;
    return this.#untried.filter((other) => {
      if (error.kind === "context-overflow") return other.listed.model.contextLength > contextLength;
      return other.provider !== failed.provider || !affects(error, placeOf(failed), placeOf(other));
    });
  }

  #noteResting(): void {
    for (const target of this.#untried) {
      const rest = restOf(target);
      if (rest !== undefined) this.#pass(target, rest.error, `rests: ${rest.error.message}`);
    }
  }

  #pass({ provider, listed, key }: T, error: ProxyError, reason: string): void {
    const label = isOfKey(error) ? key.label : "";
    const entry = { provider: provider.name, model: listed.model.id, key: label, reason };
    const { passedOver } = this.#context.recorder.record;
    // Keys that rest for the same reason are reported once.
    if (!passedOver.some((known) => Bun.deepEquals(known, entry))) this.#context.recorder.passOver(entry);
  }
}

function isFit(target: Target): boolean {
  return target.provider.state.health.fitnessOf(placeOf(target)).type !== "resting";
}

function restOf(target: Target): Rest | undefined {
  const fitness = target.provider.state.health.fitnessOf(placeOf(target));
  return fitness.type === "ready" ? undefined : fitness.rest;
}

function leftMs(target: Target, nowMs: number): number {
  return Math.max(0, (restOf(target)?.untilMs ?? nowMs) - nowMs);
}

function movingTo(target: Target): number {
  return target.provider.state.health.movingTo(placeOf(target));
}

/** Between 0 and 1, from an id of [a-z0-9]. */
function jitter(randomId: string): number {
  return Number.parseInt(randomId.slice(0, 4), 36) / 36 ** 4;
}

/** The error of the last target, with those of the others. Clients compare the whole sentence about a missing model. */
function joined(errors: readonly ProxyError[]): ProxyError {
  const last = errors.at(-1) ?? new ProxyError("internal", "There is no model for this request");
  const others = [...new Set(errors.slice(0, -1).map(({ message }) => message))];
  if (others.length === 0 || last.kind === "model-not-found") return last;
  return last.with({ message: `${last.message}; before that: ${others.join("; ")}` });
}
