/**
 * The idle connections to one provider, kept for its next requests.
 *
 * Providers, and the NATs and load balancers on the way, drop idle connections. Some drop them silently: a request on
 * such a connection gets no response. So a connection that has been idle for `IDLE_TIMEOUT_MS` is never used again, and is
 * closed after at most twice that time.
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
/** As many requests at the same time find a connection each. Bun's own pool has at most 64 for all providers together. */
const MAX_IDLE = 64;
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
}

export class Connections {
  readonly #options: Bun.FetchSessionInit;
  /** In the order in which they became idle. */
  readonly #idle: Idle[] = [];
  /** One timer for all, because most connections are idle for a moment only. Set while a connection is idle. */
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** How many connections have been idle since the timer was set. */
  #idleSinceTimer = 0;

  constructor(options: Pick<Bun.FetchSessionInit, "tls" | "proxy">) {
    this.#options = { ...options, keepAlive: { idleTimeout: IDLE_TIMEOUT_MS / 1000, maxIdleSockets: 1 } };
  }

  /** The most recently used idle connection, or a new one when none is usable. */
  take(nowMs: number): Connection {
    const last = this.#idle.pop();
    if (last === undefined) return this.open(nowMs);
    this.#idleSinceTimer = Math.min(this.#idleSinceTimer, this.#idle.length);
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
    this.#idle.push({ session, sinceMs: nowMs });
    if (this.#idle.length > MAX_IDLE) this.#idle.shift()?.session.close();
    if (this.#timer === undefined) this.#setTimer();
  }

  /** Called when a connection is dead. The others probably are too: the server restarted, or the network changed. */
  closeIdle(): void {
    this.#closeOldest(this.#idle.length);
  }

  #closeOldest(count: number): void {
    for (const { session } of this.#idle.splice(0, count)) session.close();
    this.#idleSinceTimer = 0;
  }

  #setTimer(): void {
    this.#idleSinceTimer = this.#idle.length;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#closeOldest(this.#idleSinceTimer);
      if (this.#idle.length > 0) this.#setTimer();
    }, IDLE_TIMEOUT_MS);
    this.#timer.unref();
  }
}

/** Whether a request that failed with `error` before any reply may be sent once more. */
export function mayResend(error: ProxyError, method: string, connection: Connection, nowMs: number): boolean {
  if (!wasReset(error)) return false;
  if (method === "GET" || method === "HEAD") return true;
  return connection.isUsed && nowMs - connection.sinceMs < STALE_LIMIT_MS;
}
