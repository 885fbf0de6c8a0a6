/** Writes the log lines of requests from their records: one when a request is over, and what happens on the way for `debug`. */
import type { Log, LogFields } from "../runtime.ts";
import type { RecordChange, RecordSink, RequestRecord } from "./record.ts";

export function createLogSink(log: Log): RecordSink {
  return {
    changed: (record, change) => logChange(log, record, change),
    ended: (record) => {
      const level = record.problem === undefined ? "info" : "warn";
      log(level, `${record.method} ${record.path}`, fieldsOf(record));
    },
  };
}

function logChange(log: Log, record: RequestRecord, change: RecordChange): void {
  const { provider, upstreamModel: model } = record;
  const names = { request: record.id, provider, model };
  switch (change.type) {
    case "attempt":
      log("debug", "Sending the request", { ...names, attempt: record.attempts.length });
      return;
    case "attempt-failed": {
      const { status, waitMs } = change.attempt;
      const reason = shortened(change.attempt.reason);
      log("debug", "The attempt failed", {
        ...names,
        attempt: record.attempts.length,
        status,
        waitMs,
        reason,
      });
      return;
    }
    case "fix":
      log("warn", "Retrying with a changed request: the provider rejected a part of it", {
        ...names,
        change: change.fix,
        error: shortened(change.error),
      });
      return;
    case "slow":
      log("info", "Still waiting for the first byte", { ...names, attempt: record.attempts.length });
      return;
  }
}

/** A name, or a provider's error, may be as long as a body. In characters. */
const MAX_LOGGED = 1000;

function shortened(text: string | undefined): string | undefined {
  return text === undefined || text.length <= MAX_LOGGED ? text : `${text.slice(0, MAX_LOGGED)}…`;
}

function fieldsOf(record: RequestRecord): LogFields {
  const { provider, mode, status, totalMs, firstByteMs } = record;
  const problem = shortened(record.problem);
  const model = shortened(record.model);
  const common = { key: record.key, model, provider, mode, status, ms: totalMs };
  if (mode === undefined) return { ...common, problem };
  const { inputTokens = 0, outputTokens = 0 } = record.usage ?? {};
  return {
    ...common,
    firstByteMs,
    inputTokens,
    outputTokens,
    tokensPerSecond: tokensPerSecond(record, outputTokens),
    tokensAreEstimated: record.isUsageEstimated ? true : undefined,
    attempts: record.attempts.length,
    dropped: listed(record.droppedParams),
    fixes: record.fixes.length === 0 ? undefined : listed(record.fixes),
    problem,
  };
}

function listed(words: readonly string[]): string {
  return words.length === 0 ? "none" : words.join(" ");
}

/** By the provider's own measure where it gave one; else over the time in which the reply came. */
function tokensPerSecond({ usage, totalMs = 0, firstByteMs = 0 }: RequestRecord, tokens: number): number {
  const streamedMs = totalMs - firstByteMs;
  const ms = usage?.outputNs === undefined ? (streamedMs > 0 ? streamedMs : totalMs) : usage.outputNs / 1e6;
  return ms > 0 ? Math.round((tokens / ms) * 10_000) / 10 : 0;
}
