/**
 * The record of one client request. Facts are added as they become known. The log and every other report about requests is made
 * from it.
 */
import type { Usage } from "../chat/event.ts";
import { type Cost, type KnownPrices, priceOf } from "../chat/prices.ts";
import { CACHE_LIMITS } from "../providers/limits.ts";

/** One request to a provider. */
export interface AttemptRecord {
  /** 1 for the first of a client request. */
  readonly number: number;
  readonly provider: string;
  /** The provider's own name of the model. */
  readonly model: string;
  /** The status of the response; undefined before there is one. */
  readonly status: number | undefined;
  /** Why this attempt failed; undefined for a successful one. */
  readonly reason: string | undefined;
  /** The pause before the next attempt, in milliseconds. */
  readonly waitMs: number | undefined;
}

/** A model that did not answer. */
export interface PassedOver {
  readonly provider: string;
  /** The provider's own name of the model. */
  readonly model: string;
  /** How errors name the key; empty when the provider has no other. */
  readonly key: string;
  readonly reason: string;
}

export type Outcome = "running" | "complete" | "failed" | "canceled";

export interface RequestRecord {
  readonly id: string;
  /** Milliseconds since the Unix epoch, on the clock of `Runtime.now`. */
  readonly startedAtMs: number;
  readonly method: string;
  /** As the client sent it, still encoded, without a key. */
  readonly path: string;
  /** The name of the client's key. */
  readonly key: string | undefined;
  /** The client's User-Agent. */
  readonly app: string | undefined;
  /** The client's name of the model. A name that is too long is cut. */
  readonly model: string | undefined;
  /** The name of the model as lists show it; undefined until it is known. */
  readonly listedModel: string | undefined;
  /** Whether the model itself is asked. Lists, descriptions and changes of models have no tokens. */
  readonly usesModel: boolean;
  readonly provider: string | undefined;
  /** The provider's own name of the model. */
  readonly upstreamModel: string | undefined;
  readonly mode: "relay" | "translate" | undefined;
  readonly attempts: readonly AttemptRecord[];
  /** Why other models of an alias, or other keys, did not answer. */
  readonly passedOver: readonly PassedOver[];
  /** Parameters of the client that the provider does not accept. */
  readonly droppedParams: readonly string[];
  /** Descriptions of the learned fixes that changed this request. */
  readonly fixes: readonly string[];
  /** Milliseconds from arrival to the first byte of the reply. */
  readonly firstByteMs: number | undefined;
  /** Milliseconds from arrival to the end of the reply. */
  readonly totalMs: number | undefined;
  /** The tokens of the request and its reply, also when the reply was cut short. */
  readonly usage: Usage | undefined;
  /** Undefined: not known. */
  readonly cost: Cost | undefined;
  /** Whether some counts are estimates, because the provider did not report them. */
  readonly isUsageEstimated: boolean;
  /** The status of the response to the client. */
  readonly status: number | undefined;
  readonly outcome: Outcome;
  /** Why the request ended early, for users. */
  readonly problem: string | undefined;
}

/** An event of a running request. */
export type RecordChange =
  /** A request to a provider is about to be sent. */
  | { readonly type: "attempt"; readonly attempt: AttemptRecord }
  /** The attempt failed. `waitMs` is set when another attempt follows after a pause. */
  | { readonly type: "attempt-failed"; readonly attempt: AttemptRecord }
  /** A fix was found in the provider's error. The request is sent again with it. */
  | { readonly type: "fix"; readonly fix: string; readonly error: string }
  /** The changed request succeeded. The fix now applies to later requests for the model. */
  | { readonly type: "learned"; readonly fix: string; readonly error: string }
  /** The client has waited long for the first byte. */
  | { readonly type: "slow" };

/**
 * Gets every request record. A record is one object that changes until the request ends, so a sink copies what it needs later.
 * Must not throw.
 */
export interface RecordSink {
  /** `stop` ends the request, as if the client had disconnected. */
  readonly began?: (record: RequestRecord, stop: () => void) => void;
  readonly changed?: (record: RequestRecord, change: RecordChange) => void;
  readonly ended: (record: RequestRecord) => void;
}

type RecordStart = Pick<RequestRecord, "id" | "startedAtMs" | "method" | "path" | "key" | "app">;

/** Facts that become known after the request has begun. */
type Facts = Partial<Omit<RequestRecord, keyof RecordStart | "attempts" | "passedOver" | "outcome">>;

/** The result of an attempt. */
type AttemptResult = Partial<Pick<AttemptRecord, "status" | "reason" | "waitMs">>;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Fills the record of one request. After `end` the record does not change. */
export class Recorder {
  readonly #sinks: readonly RecordSink[];
  readonly #attempts: AttemptRecord[] = [];
  readonly #passedOver: PassedOver[] = [];
  /** Changed in place, because copying it for every fact would be expensive. */
  readonly #record: Mutable<RequestRecord>;
  #findPrices: () => KnownPrices | undefined = () => undefined;

  constructor(start: RecordStart, sinks: readonly RecordSink[], stop: () => void) {
    this.#sinks = sinks;
    this.#record = {
      ...start,
      model: undefined,
      listedModel: undefined,
      usesModel: false,
      provider: undefined,
      upstreamModel: undefined,
      mode: undefined,
      attempts: this.#attempts,
      passedOver: this.#passedOver,
      droppedParams: [],
      fixes: [],
      firstByteMs: undefined,
      totalMs: undefined,
      usage: undefined,
      cost: undefined,
      isUsageEstimated: false,
      status: undefined,
      outcome: "running",
      problem: undefined,
    };
    for (const sink of sinks) sink.began?.(this.#record, stop);
  }

  get record(): RequestRecord {
    return this.#record;
  }

  /** `name` is the client's name of the model. `usesModel`: the model itself is asked. */
  setModel(name: string, usesModel = false): void {
    const limit = CACHE_LIMITS.maxModelNameCharacters;
    // A part of a string keeps the whole in memory, so it is copied.
    const model = name.length <= limit ? name : `${Buffer.from(name.slice(0, limit)).toString()}…`;
    this.set({ model, usesModel });
  }

  /** `findPrices` is called when the usage is known. */
  setCandidate(
    facts: Pick<Facts, "provider" | "upstreamModel" | "mode">,
    findPrices: () => KnownPrices | undefined,
  ): void {
    this.set(facts);
    this.#findPrices = findPrices;
  }

  /** `isEstimated`: some counts are estimates. */
  setUsage(usage: Usage, isEstimated: boolean): void {
    this.set({ usage, isUsageEstimated: isEstimated, cost: this.#costOf(usage) });
  }

  set(facts: Facts): void {
    if (this.#isRunning) Object.assign(this.#record, facts);
  }

  /** Returns a function that is called when the attempt has ended. Several attempts may run at the same time. */
  beginAttempt(provider: string, model: string): (result: AttemptResult) => void {
    const attempt: Mutable<AttemptRecord> = {
      number: this.#attempts.length + 1,
      provider,
      model,
      status: undefined,
      reason: undefined,
      waitMs: undefined,
    };
    if (this.#isRunning) this.#attempts.push(attempt);
    this.changed({ type: "attempt", attempt });
    return (result) => {
      if (!this.#isRunning) return;
      Object.assign(attempt, result);
      if (attempt.reason !== undefined) this.changed({ type: "attempt-failed", attempt });
    };
  }

  passOver(entry: PassedOver): void {
    if (this.#isRunning) this.#passedOver.push(entry);
  }

  changed(change: RecordChange): void {
    if (!this.#isRunning) return;
    for (const sink of this.#sinks) sink.changed?.(this.#record, change);
  }

  /** Ends the record. Only the first call has an effect. */
  end(outcome: Exclude<Outcome, "running">, facts: Facts): void {
    if (!this.#isRunning) return;
    Object.assign(this.#record, facts);
    this.#record.outcome = outcome;
    for (const sink of this.#sinks) sink.ended(this.#record);
  }

  #costOf(usage: Usage): Cost | undefined {
    if (usage.costUsd !== undefined) return { usd: usage.costUsd, source: "provider" };
    const known = this.#findPrices();
    return known && { usd: priceOf(usage, known.prices), source: known.source };
  }

  get #isRunning(): boolean {
    return this.#record.outcome === "running";
  }
}
