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
  const names = { request: record.id, provider: record.provider, model: record.upstreamModel };
  switch (change.type) {
    case "attempt":
      log("debug", "Sending a request to the provider", { ...names, attempt: change.attempt.number });
      return;
    case "attempt-failed": {
      const { number, status, waitMs, reason } = change.attempt;
      const message =
        waitMs === undefined ? "The attempt failed" : "The attempt failed; waiting before the next one";
      log("debug", message, { ...names, attempt: number, status, waitMs, reason: shortened(reason) });
      return;
    }
    case "fix": {
      const message = "Retrying with a changed request: the provider rejected a part of it";
      log("debug", message, { ...names, fix: change.fix, error: shortened(change.error) });
      return;
    }
    case "learned": {
      const message = "Learned from an error of the provider; requests for this model are changed for a day";
      log("info", message, { ...names, fix: change.fix, error: shortened(change.error) });
      return;
    }
    case "slow":
      log("info", "Still waiting for the first byte of the reply", {
        ...names,
        attempts: record.attempts.length,
      });
      return;
  }
}

/** A name, or a provider's error, may be as long as a body. In characters. */
const MAX_LOGGED = 1000;
/** Of the app's User-Agent, which is there to tell apps apart. In characters. */
const MAX_APP = 60;

function shortened(text: string | undefined, limit = MAX_LOGGED): string | undefined {
  return text === undefined || text.length <= limit ? text : `${text.slice(0, limit)}…`;
}

/** The fields of the line of a request. The README explains each under "Log". */
function fieldsOf(record: RequestRecord): LogFields {
  const { provider, mode, status, totalMs, firstByteMs } = record;
  const problem = shortened(record.problem);
  const model = shortened(record.model);
  const app = shortened(record.app, MAX_APP);
  const common = { request: record.id, key: record.key, app, model, provider, mode, status, ms: totalMs };
  // Only requests for a model reach the pipeline.
  if (model === undefined) return { ...common, problem };
  const { inputTokens = 0, outputTokens = 0, cachedTokens, reasoningTokens } = record.usage ?? {};
  return {
    ...common,
    firstByteMs,
    inputTokens,
    cachedTokens,
    outputTokens,
    reasoningTokens,
    tokensPerSecond: tokensPerSecond(record, outputTokens),
    tokensAreEstimated: record.isUsageEstimated ? true : undefined,
    attempts: record.attempts.length,
    dropped: listed(record.droppedParams),
    fixes: record.fixes.length === 0 ? undefined : listed(record.fixes),
    problem,
  };
}

function listed(words: readonly string[]): string | undefined {
  return words.length === 0 ? "none" : shortened(words.join(" "));
}

/** By the provider's own measure where it gave one; else over the time in which the reply came. */
function tokensPerSecond({ usage, totalMs = 0, firstByteMs = 0 }: RequestRecord, tokens: number): number {
  const streamedMs = totalMs - firstByteMs;
  const ms = usage?.outputNs === undefined ? (streamedMs > 0 ? streamedMs : totalMs) : usage.outputNs / 1e6;
  return ms > 0 ? Math.round((tokens / ms) * 10_000) / 10 : 0;
}
