/** The impure functions, passed down from `main.ts` so that tests can replace them. */

export type LogLevel = "error" | "warn" | "info" | "debug" | "trace";

/** Values of a log line. Undefined ones are not written. */
export type LogFields = { readonly [key: string]: string | number | boolean | undefined };

export interface Log {
  (level: LogLevel, message: string, fields?: LogFields): void;
  /** The least important level that is written. Absent: every level is written. */
  readonly lowest?: LogLevel;
}

export interface Runtime {
  readonly fetch: (url: string, init: BunFetchRequestInit) => Promise<Response>;
  /** Milliseconds since the Unix epoch, with fractions; never runs backwards. */
  readonly now: () => number;
  /** Resolves after `ms`; rejects with the signal's reason when it aborts first. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** 16 random characters of [a-z0-9]. */
  readonly randomId: () => string;
  readonly log: Log;
}

export function createRuntime(log: Log): Runtime {
  return {
    fetch: (url, init) => fetch(url, init),
    now: createClock(),
    sleep,
    randomId,
    log,
  };
}

/** `performance.now` stops while the computer sleeps. The wall clock is used when it is ahead. */
function createClock(): () => number {
  let startMs = performance.timeOrigin;
  return () => {
    const sinceMs = performance.now();
    startMs = Math.max(startMs, Date.now() - sinceMs);
    return startMs + sinceMs;
  };
}

function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(toError(signal.reason));
      return;
    }
    const stop = (): void => {
      clearTimeout(timer);
      reject(toError(signal?.reason));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}

/**
 * Aborts `controller` with the reason of `signal` when that aborts. Returns a function that ends this. Costs a tenth of
 * `AbortSignal.any`, which matters for every request.
 */
export function abortWith(controller: AbortController, signal: AbortSignal): () => void {
  const abort = (): void => controller.abort(signal.reason);
  if (signal.aborted) abort();
  else signal.addEventListener("abort", abort);
  return () => signal.removeEventListener("abort", abort);
}

function toError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}

const ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789";

function randomId(): string {
  let id = "";
  for (const byte of crypto.getRandomValues(new Uint8Array(16))) id += ALPHABET[byte % ALPHABET.length] ?? "";
  return id;
}
