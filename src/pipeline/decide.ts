/**
 * Decides what follows a failed attempt: a pause and another attempt, the next candidate, or the error.
 *
 * A request is sent again only before the reply has begun, and to another target only before the client has got a part of a reply. A refused connection is always safe to retry. After an error status
 * there is no reply to this request; after 408, 409, 429 and 5xx another request may succeed. Exceeded quotas and wrong keys do
 * not recover after a pause.
 */
import type { ProxyError } from "../chat/error.ts";
import { unreachable } from "../chat/event.ts";

export type Failure =
  /** There was no response. `mayHaveArrived`: the provider may have received the request. */
  | { readonly stage: "connection"; readonly error: ProxyError; readonly mayHaveArrived: boolean }
  /** `shouldRetry` is the provider's advice; undefined: it gave none. */
  | { readonly stage: "status"; readonly error: ProxyError; readonly shouldRetry: boolean | undefined }
  /** The status was a success, but the body was not a reply. `hasBegun`: another request would be paid for again. */
  | { readonly stage: "reply"; readonly error: ProxyError; readonly hasBegun: boolean };

export type Decision =
  | { readonly type: "wait"; readonly ms: number }
  | { readonly type: "next" }
  | { readonly type: "fail" };

/** Earlier attempts at the same candidate. */
export interface Tried {
  /** Retries, for any reason. */
  readonly retries: number;
  readonly emptyReplies: number;
}

/** Retries of transient failures at one candidate. */
const MAX_RETRIES = 2;

/**
 * `pauseMs` applies when the provider gives no time. `allowsRetry` tells whether the budget permits the pause, and `hasOther` whether another
 * target can be tried now.
 */
export function decide(
  failure: Failure,
  tried: Tried,
  {
    pauseMs,
    allowsRetry,
    hasOther,
  }: {
    readonly pauseMs: number;
    readonly allowsRetry: (pauseMs: number) => boolean;
    readonly hasOther: boolean;
  },
): Decision {
  if (hasOther && mayFollow(failure.error)) return { type: "next" };
  const waitMs = failure.error.retryAfterMs ?? pauseMs;
  if (isRetried(failure, tried) && allowsRetry(waitMs)) return { type: "wait", ms: waitMs };
  return mayFollow(failure.error) ? { type: "next" } : { type: "fail" };
}

function isRetried(failure: Failure, { retries, emptyReplies }: Tried): boolean {
  if (retries >= MAX_RETRIES) return false;
  switch (failure.stage) {
    case "connection":
      return !failure.mayHaveArrived;
    case "status":
      return failure.shouldRetry ?? failure.error.isTransient;
    case "reply":
      // An empty reply may be genuine, so it is retried only once.
      if (failure.error.kind === "upstream-empty" && emptyReplies > 0) return false;
      return !failure.hasBegun && failure.error.isTransient;
    default:
      return unreachable(failure);
  }
}

/**
 * Whether another candidate may be tried after the error. An error in the request itself would come from every provider, and one with a
 * cause in this program from every request.
 */
export function mayFollow({ kind, cause }: ProxyError): boolean {
  if (kind === "internal") return cause === undefined;
  return kind !== "bad-request" && kind !== "canceled";
}

const FIRST_PAUSE_MS = 500;

/**
 * The pause before the next attempt, in milliseconds: exponential backoff with jitter, so that clients that were rejected at the same time do not
 * retry at the same time. `randomId` is a random id of [a-z0-9].
 */
export function pauseBefore(retry: number, randomId: string): number {
  const jitter = 0.75 + (Number.parseInt(randomId.slice(0, 4), 36) % 500) / 1000;
  return Math.round(FIRST_PAUSE_MS * 2 ** retry * jitter);
}
