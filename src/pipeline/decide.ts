/**
 * What follows a failed attempt: a pause and another one, the next candidate, or the error.
 *
 * A request is sent again only before the reply has begun. A connection that was refused is always safe to retry. A
 * status says that there will be no reply to this request; 408, 409, 429 and 5xx that another one may get one. Quota and
 * keys do not recover by waiting.
 */
import type { ProxyError } from "../chat/error.ts";
import { unreachable } from "../chat/event.ts";

export type Failure =
  /** There was no answer. `mayHaveArrived`: the provider may have seen the request. */
  | { readonly stage: "connection"; readonly error: ProxyError; readonly mayHaveArrived: boolean }
  /** `shouldRetry` is the provider's own advice, where it gives some. */
  | { readonly stage: "status"; readonly error: ProxyError; readonly shouldRetry: boolean | undefined }
  /** The status was a success and the reply was none. `hasBegun`: another request would be paid for again. */
  | { readonly stage: "reply"; readonly error: ProxyError; readonly hasBegun: boolean };

export type Decision =
  | { readonly type: "wait"; readonly ms: number }
  | { readonly type: "next" }
  | { readonly type: "fail" };

/** What was tried before at the same candidate. */
export interface Tried {
  /** Attempts that were repeated, for any reason. */
  readonly retries: number;
  readonly emptyReplies: number;
}

/** How often a failure that may be transient is retried at one candidate. */
const MAX_RETRIES = 2;

/** `pauseMs` is waited where the provider does not say how long; `allows` tells whether the budget permits the pause. */
export function decide(
  failure: Failure,
  tried: Tried,
  {
    pauseMs,
    allows,
    isLast,
  }: {
    readonly pauseMs: number;
    readonly allows: (pauseMs: number) => boolean;
    readonly isLast: boolean;
  },
): Decision {
  const waitMs = failure.error.retryAfterMs ?? pauseMs;
  if (isRetried(failure, tried) && allows(waitMs)) return { type: "wait", ms: waitMs };
  const isOver = failure.stage === "reply" && failure.hasBegun;
  return isLast || isOver || isClientsFault(failure.error) ? { type: "fail" } : { type: "next" };
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

/** Another provider would refuse the request as well. */
function isClientsFault({ kind }: ProxyError): boolean {
  return kind === "bad-request" || kind === "unsupported" || kind === "canceled";
}

const FIRST_PAUSE_MS = 500;

/**
 * The pause before the next attempt: longer every time, and never quite the same, so that clients that were rejected
 * together do not come back together. `randomId` is a random id of [a-z0-9].
 */
export function pauseBefore(retry: number, randomId: string): number {
  const jitter = 0.75 + (Number.parseInt(randomId.slice(0, 4), 36) % 500) / 1000;
  return FIRST_PAUSE_MS * 2 ** retry * jitter;
}
