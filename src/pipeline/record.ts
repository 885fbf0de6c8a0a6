/**
 * The record of one client request: everything that is known of it, filled in as facts become known. The log line, and
 * whatever else reports on requests, is made from it alone.
 */
import type { Usage } from "../chat/event.ts";

/** One request to a provider. */
export interface AttemptRecord {
  /** 1 for the first of a client request. */
  readonly number: number;
  readonly provider: string;
  /** The provider's own name of the model. */
  readonly model: string;
  /** The provider's status; undefined while there is no answer. */
  readonly status: number | undefined;
  /** Why this attempt gave no reply; undefined for the one that did. */
  readonly reason: string | undefined;
  /** Milliseconds waited before the next attempt. */
  readonly waitMs: number | undefined;
}

export type Outcome = "running" | "complete" | "failed" | "canceled";

export interface RequestRecord {
  readonly id: string;
  /** Milliseconds since the Unix epoch, on the clock of `Runtime.now`. */
  readonly startedAtMs: number;
  readonly method: string;
  /** As the client sent it, still encoded. */
  readonly path: string;
  /** The name of the key that the client sent. */
  readonly key: string | undefined;
  /** The client's User-Agent. */
  readonly app: string | undefined;
  /** The model as the client named it. */
  readonly model: string | undefined;
  readonly provider: string | undefined;
  /** The provider's own name of the model. */
  readonly upstreamModel: string | undefined;
  readonly mode: "relay" | "translate" | undefined;
  readonly attempts: readonly AttemptRecord[];
  /** What the client set and the provider does not accept. */
  readonly droppedParams: readonly string[];
  /** The fixes, learned from the provider's errors, that changed this request; in a few words each. */
  readonly fixes: readonly string[];
  /** Milliseconds from arrival to the first byte of the reply. */
  readonly firstByteMs: number | undefined;
  /** Milliseconds from arrival to the end of the reply. */
  readonly totalMs: number | undefined;
  /** The tokens of the request and its reply, also of a reply that broke off. */
  readonly usage: Usage | undefined;
  /** The provider did not give every count; what it left out was estimated here. */
  readonly isUsageEstimated: boolean;
  /** Of the reply to the client. */
  readonly status: number | undefined;
  readonly outcome: Outcome;
  /** What ended the request early, in words for people. */
  readonly problem: string | undefined;
}

/** What happened to a request that is still running. */
export type RecordChange =
  /** A request to a provider is about to be sent. */
  | { readonly type: "attempt"; readonly attempt: AttemptRecord }
  /** It gave no reply; `waitMs` is set when another attempt follows after a pause. */
  | { readonly type: "attempt-failed"; readonly attempt: AttemptRecord }
  /** The provider's error taught a change, with which the request is sent again. */
  | { readonly type: "fix"; readonly fix: string; readonly error: string }
  /** The changed request succeeded: later requests for the model are changed in the same way. */
  | { readonly type: "learned"; readonly fix: string; readonly error: string }
  /** The client has waited long for the first byte. */
  | { readonly type: "slow" };

/**
 * Gets every record of the program. It is the same object from beginning to end, so a sink that works later copies what it
 * needs. Must not throw.
 */
export interface RecordSink {
  readonly began?: (record: RequestRecord) => void;
  readonly changed?: (record: RequestRecord, change: RecordChange) => void;
  readonly ended: (record: RequestRecord) => void;
}

type RecordStart = Pick<RequestRecord, "id" | "startedAtMs" | "method" | "path" | "key" | "app">;

/** What becomes known after the request has begun. */
type Facts = Partial<Omit<RequestRecord, keyof RecordStart | "attempts" | "outcome">>;

/** What became of an attempt. */
type AttemptResult = Partial<Pick<AttemptRecord, "status" | "reason" | "waitMs">>;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

/** Collects the facts of one request. After `end` nothing changes any more. */
export class Recorder {
  readonly #sinks: readonly RecordSink[];
  readonly #attempts: AttemptRecord[] = [];
  /** Changed in place: a copy for every fact would cost more than all facts together. */
  readonly #record: Mutable<RequestRecord>;

  constructor(start: RecordStart, sinks: readonly RecordSink[]) {
    this.#sinks = sinks;
    this.#record = {
      ...start,
      model: undefined,
      provider: undefined,
      upstreamModel: undefined,
      mode: undefined,
      attempts: this.#attempts,
      droppedParams: [],
      fixes: [],
      firstByteMs: undefined,
      totalMs: undefined,
      usage: undefined,
      isUsageEstimated: false,
      status: undefined,
      outcome: "running",
      problem: undefined,
    };
    for (const sink of sinks) sink.began?.(this.#record);
  }

  get record(): RequestRecord {
    return this.#record;
  }

  set(facts: Facts): void {
    if (this.#isRunning) Object.assign(this.#record, facts);
  }

  /** Returns what is to be called when the attempt is over. Several attempts may run at the same time. */
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

  changed(change: RecordChange): void {
    if (!this.#isRunning) return;
    for (const sink of this.#sinks) sink.changed?.(this.#record, change);
  }

  /** The request is over. Only the first call counts. */
  end(outcome: Exclude<Outcome, "running">, facts: Facts): void {
    if (!this.#isRunning) return;
    Object.assign(this.#record, facts);
    this.#record.outcome = outcome;
    for (const sink of this.#sinks) sink.ended(this.#record);
  }

  get #isRunning(): boolean {
    return this.#record.outcome === "running";
  }
}
