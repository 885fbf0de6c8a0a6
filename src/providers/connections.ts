/**
 * The idle connections to one provider, kept for its next requests.
 *
 * Providers, and the NATs and load balancers on the way, drop idle connections. Some drop them silently: a request on
 * such a connection gets no response. So a connection that has been idle for `IDLE_TIMEOUT_MS` is closed and never used again.
 * The pool of Bun's `fetch` cannot promise that, because its timers move in steps of 4 s. Each connection therefore has a
 * `Bun.FetchSession` of its own. That also tells whether a request went out on a used connection.
 *
 * A connection may be dead even sooner. A request whose connection broke before the head of a reply is sent once more, on a new
 * connection, in two cases:
 * - The connection was used, and broke within `STALE_LIMIT_MS`: the provider had closed it, and never received the request.
 * - The method is GET or HEAD, which may be repeated (RFC 9110, section 9.2.2).
 * Nothing else is sent again, because a chat that is sent twice is paid for twice: no request on a new connection, none that broke
 * later, none that timed out. Bun reports every break in the same way, and does not tell when it has replaced a connection that the
 * provider had closed. So a provider that takes a request on a kept connection and breaks it at once counts as one that did not.
 */
import type { ProxyError } from "../chat/error.ts";
import { wasReset } from "./failure.ts";

/** Shorter than the idle timeouts of common servers: 5 s for Node, uvicorn and Apache, 60 s for AWS load balancers, 75 s for nginx. */
const IDLE_TIMEOUT_MS = 4000;
/** Bun's own pool has at most 64 for all providers together. */
const MAX_IDLE = 16;
/** The time until a reset arrives: one round trip, over a satellite and with one lost packet. */
const STALE_LIMIT_MS = 2000;

export interface Connection {
  /** An option of `fetch`. It has only this connection. */
  readonly session: Bun.FetchSession;
  /** Whether it has carried an earlier request. */
  readonly isUsed: boolean;
  /** When the request was sent, by `Runtime.now`. */
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
    this.#options = { ...options, keepAlive: { idleTimeout: IDLE_TIMEOUT_MS / 1000, maxIdleSockets: 1 } };
  }

  /** The most recently used idle connection, or a new one when none is usable. */
  take(nowMs: number): Connection {
    const last = this.#idle.pop();
    if (last === undefined) return this.open(nowMs);
    clearTimeout(last.timer);
    if (nowMs - last.sinceMs < IDLE_TIMEOUT_MS)
      return { session: last.session, isUsed: true, sinceMs: nowMs };
    // Timers do not run while a computer sleeps. The other connections have been idle for even longer.
    last.session.close();
    this.closeIdle();
    return this.open(nowMs);
  }

  open(nowMs: number): Connection {
    return { session: new Bun.FetchSession(this.#options), isUsed: false, sinceMs: nowMs };
  }

  /** Called for a connection whose reply was read to its end. Any other connection closes with its exchange. */
  giveBack({ session }: Connection, nowMs: number): void {
    const timer = setTimeout(() => {
      const at = this.#idle.findIndex((idle) => idle.session === session);
      if (at !== -1) this.#idle.splice(at, 1);
      session.close();
    }, IDLE_TIMEOUT_MS);
    timer.unref();
    this.#idle.push({ session, sinceMs: nowMs, timer });
    if (this.#idle.length > MAX_IDLE) close(this.#idle.shift());
  }

  /** Called when a connection is dead. The others probably are too: the server restarted, or the network changed. */
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
