/** Writes the log from the request records: one line when a request has ended, and its changes at level `debug`. */
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
      log("debug", message, { ...names, attempt: number, status, waitMs, reason: truncated(reason) });
      return;
    }
    case "fix": {
      const message = "Retrying with a changed request: the provider rejected a part of it";
      log("debug", message, { ...names, fix: change.fix, error: truncated(change.error) });
      return;
    }
    case "learned": {
      const message = "Learned from an error of the provider; requests for this model are changed for a day";
      log("info", message, { ...names, fix: change.fix, error: truncated(change.error) });
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

/** A name, or a provider's error, may be as long as a body. */
const MAX_TEXT_CHARACTERS = 1000;
const MAX_REASON_CHARACTERS = 200;
/** The User-Agent only identifies the app. */
const MAX_APP_CHARACTERS = 60;

function truncated(text: string | undefined, limit = MAX_TEXT_CHARACTERS): string | undefined {
  return text === undefined || text.length <= limit ? text : `${text.slice(0, limit)}…`;
}

/** The fields of a request's line. The README explains each under "Log". */
function fieldsOf(record: RequestRecord): LogFields {
  const { provider, mode, status, totalMs, firstByteMs } = record;
  const problem = truncated(record.problem);
  const model = truncated(record.model);
  const app = truncated(record.app, MAX_APP_CHARACTERS);
  const common = { request: record.id, key: record.key, app, model, provider, mode, status, ms: totalMs };
  if (!record.usesModel) return { ...common, problem };
  const {
    inputTokens = 0,
    outputTokens = 0,
    cachedTokens,
    cacheWriteTokens,
    reasoningTokens,
  } = record.usage ?? {};
  return {
    ...common,
    firstByteMs,
    inputTokens,
    cachedTokens,
    cacheWriteTokens,
    outputTokens,
    reasoningTokens,
    costUsd: record.cost?.usd,
    tokensPerSecond: tokensPerSecond(record, outputTokens),
    tokensAreEstimated: record.isUsageEstimated ? true : undefined,
    attempts: record.attempts.length,
    passedOver: describePassedOver(record),
    dropped: joined(record.droppedParams),
    fixes: record.fixes.length === 0 ? undefined : joined(record.fixes),
    problem,
  };
}

function describePassedOver({ passedOver }: RequestRecord): string | undefined {
  if (passedOver.length === 0) return undefined;
  return truncated(
    passedOver
      .map(({ provider, model, key, reason }) => {
        const who = `${provider}/${model}${key === "" ? "" : ` (key ${key})`}`;
        return `${who}: ${truncated(reason, MAX_REASON_CHARACTERS)}`;
      })
      .join("; "),
  );
}

function joined(words: readonly string[]): string | undefined {
  return words.length === 0 ? "none" : truncated(words.join(" "));
}

/** Uses the provider's measured time if there is one, else the time in which the reply was streamed. */
function tokensPerSecond({ usage, totalMs = 0, firstByteMs = 0 }: RequestRecord, tokens: number): number {
  const streamedMs = totalMs - firstByteMs;
  const ms = usage?.outputNs === undefined ? (streamedMs > 0 ? streamedMs : totalMs) : usage.outputNs / 1e6;
  return ms > 0 ? Math.round((tokens / ms) * 10_000) / 10 : 0;
}
