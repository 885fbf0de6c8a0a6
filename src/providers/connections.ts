/**
 * The connections to one provider that are kept for its next request.
 *
 * Providers, and the NATs and load balancers on the way, drop connections that nobody uses. Some drop them silently: a request on
 * such a connection gets no answer at all. So a connection that has been idle for `IDLE_LIMIT_MS` is closed and never used again.
 * The pool of Bun's `fetch` cannot promise that, because its timers move in steps of 4 s. Each connection therefore has a
 * `Bun.FetchSession` of its own. That also tells whether a request went out on a used connection.
 *
 * A connection may still be dead sooner. A request whose connection broke before the head of a reply is sent once more, on a new
 * connection, in two cases:
 * - The connection was used, and broke within `STALE_LIMIT_MS`: the other end no longer knew it, and never saw the request.
 * - The method is GET or HEAD, which may be repeated (RFC 9110, section 9.2.2).
 * Nothing else is sent again, because a chat that is sent twice is paid twice: no request on a new connection, none that broke
 * later, none that timed out. Bun reports every break in the same way, and does not tell when it has replaced a connection that the
 * provider had closed. So a provider that takes a request on a kept connection and breaks it at once counts as one that did not.
 */
import type { ProxyError } from "../chat/error.ts";
import { wasReset } from "./failure.ts";

/** Below the limits of common servers: 5 s for Node, uvicorn and Apache, 60 s for AWS load balancers, 75 s for nginx. */
const IDLE_LIMIT_MS = 4000;
/** Bun keeps 64 for all providers together. */
const MOST_IDLE = 16;
/** A reset takes a round trip to come back; satellites and one lost packet included. */
const STALE_LIMIT_MS = 2000;

export interface Connection {
  /** An option of `fetch`; it holds this connection alone. */
  readonly session: Bun.FetchSession;
  /** Whether an earlier request went over it. */
  readonly isUsed: boolean;
  /** When the request went out, by `Runtime.now`. */
  readonly sinceMs: number;
}

interface Idle {
  readonly session: Bun.FetchSession;
  readonly sinceMs: number;
  readonly timer: ReturnType<typeof setTimeout>;
}

export class Connections {
  readonly #options: Bun.FetchSessionInit;
  /** In the order in which they became idle. */
  readonly #idle: Idle[] = [];

  constructor(options: Pick<Bun.FetchSessionInit, "tls" | "proxy">) {
    this.#options = { ...options, keepAlive: { idleTimeout: IDLE_LIMIT_MS / 1000, maxIdleSockets: 1 } };
  }

  /** The connection that was used last, or a new one when none is fit for use. */
  take(nowMs: number): Connection {
    const last = this.#idle.pop();
    if (last === undefined) return this.open(nowMs);
    clearTimeout(last.timer);
    if (nowMs - last.sinceMs < IDLE_LIMIT_MS) return { session: last.session, isUsed: true, sinceMs: nowMs };
    // Timers stand still while a computer sleeps. The others have been idle for longer.
    last.session.close();
    this.closeIdle();
    return this.open(nowMs);
  }

  open(nowMs: number): Connection {
    return { session: new Bun.FetchSession(this.#options), isUsed: false, sinceMs: nowMs };
  }

  /** For a connection whose reply was read to its end. Any other closes together with its exchange. */
  giveBack({ session }: Connection, nowMs: number): void {
    const timer = setTimeout(() => {
      const at = this.#idle.findIndex((idle) => idle.session === session);
      if (at !== -1) this.#idle.splice(at, 1);
      session.close();
    }, IDLE_LIMIT_MS);
    timer.unref();
    this.#idle.push({ session, sinceMs: nowMs, timer });
    if (this.#idle.length > MOST_IDLE) close(this.#idle.shift());
  }

  /** Where one connection is dead, the others are likely to be: the server restarted, or the network changed. */
  closeIdle(): void {
    for (const idle of this.#idle.splice(0)) close(idle);
  }
}

function close(idle: Idle | undefined): void {
  clearTimeout(idle?.timer);
  idle?.session.close();
}

/** Whether a request that failed with `error` before any reply may be sent once more. */
export function mayResend(error: ProxyError, method: string, connection: Connection, nowMs: number): boolean {
  if (!wasReset(error)) return false;
  if (method === "GET" || method === "HEAD") return true;
  return connection.isUsed && nowMs - connection.sinceMs < STALE_LIMIT_MS;
}
