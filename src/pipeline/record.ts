/**
 * The record of one client request: everything that is known of it, filled in as facts become known. The log line, and
 * whatever else reports on requests, is made from it alone.
 */
import type { Usage } from "../chat/event.ts";

/** One request to a provider. */
export interface AttemptRecord {
  readonly provider: string;
  /** The provider's own name of the model. */
  readonly model: string;
  /** The provider's status; undefined while there is no answer. */
  readonly status?: number | undefined;
  /** Why this attempt gave no reply; undefined for the one that did. */
  readonly reason?: string | undefined;
  /** Milliseconds waited before the next attempt. */
  readonly waitMs?: number | undefined;
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
  /** What the provider's earlier errors taught, in a few words each. */
  readonly fixes: readonly string[];
  /** Milliseconds from arrival to the first byte of the reply. */
  readonly firstByteMs: number | undefined;
  /** Milliseconds from arrival to the end of the reply. */
  readonly totalMs: number | undefined;
  /** The tokens of the reply. */
  readonly usage: Usage | undefined;
  /** The provider gave no counts; these were counted here. */
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
  /** The client has waited long for the first byte. */
  | { readonly type: "slow" };

/** Gets every record of the program. Must not throw. */
export interface RecordSink {
  readonly began?: (record: RequestRecord) => void;
  readonly changed?: (record: RequestRecord, change: RecordChange) => void;
  readonly ended: (record: RequestRecord) => void;
}

export type RecordStart = Pick<RequestRecord, "id" | "startedAtMs" | "method" | "path" | "key" | "app">;

/** What becomes known after the request has begun. */
type Facts = Omit<RequestRecord, keyof RecordStart | "attempts" | "outcome">;

/** Collects the facts of one request. */
export class Recorder {
  readonly #sinks: readonly RecordSink[];
  readonly #attempts: AttemptRecord[] = [];
  #record: RequestRecord;

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

  set(facts: Partial<Facts>): void {
    this.#record = { ...this.#record, ...facts };
  }

  beginAttempt(provider: string, model: string): void {
    const attempt = { provider, model };
    this.#attempts.push(attempt);
    this.changed({ type: "attempt", attempt });
  }

  /** What became of the last attempt. */
  settleAttempt(facts: Pick<AttemptRecord, "status" | "reason" | "waitMs">): void {
    const last = this.#attempts.at(-1);
    if (last === undefined) return;
    const attempt = { ...last, ...facts };
    this.#attempts[this.#attempts.length - 1] = attempt;
    if (attempt.reason !== undefined) this.changed({ type: "attempt-failed", attempt });
  }

  changed(change: RecordChange): void {
    for (const sink of this.#sinks) sink.changed?.(this.#record, change);
  }

  /** The request is over. Only the first call counts. */
  end(outcome: Exclude<Outcome, "running">, facts: Partial<Facts>): void {
    if (this.#record.outcome !== "running") return;
    this.#record = { ...this.#record, ...facts, outcome };
    for (const sink of this.#sinks) sink.ended(this.#record);
  }
}
