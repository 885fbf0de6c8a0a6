/** An idle timeout with one timer. A chunk only stores the time; the timer checks that time when it fires. */
import type { ProxyError } from "../chat/error.ts";
import { abortWith } from "../runtime.ts";

export class Deadline {
  readonly #now: () => number;
  readonly #controller = new AbortController();
  readonly #unfollow: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastMs = 0;
  #limitMs = 0;

  /** Call `stop` at the end. */
  constructor(now: () => number, signal: AbortSignal) {
    this.#now = now;
    this.#unfollow = abortWith(this.#controller, signal);
  }

  /** Aborts with the given signal, and with the error of `onExpired` when `touch` was not called for the time of the limit. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Sets the limit, in milliseconds, and restarts the timer. */
  start(limitMs: number, onExpired: () => ProxyError): void {
    clearTimeout(this.#timer);
    this.#limitMs = limitMs;
    this.touch();
    this.#wait(limitMs, onExpired);
  }

  /** Data has arrived. */
  touch(): void {
    this.#lastMs = this.#now();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#unfollow();
  }

  #wait(ms: number, onExpired: () => ProxyError): void {
    this.#timer = setTimeout(() => {
      const leftMs = this.#lastMs + this.#limitMs - this.#now();
      if (leftMs > 0) this.#wait(leftMs, onExpired);
      else this.#controller.abort(onExpired());
    }, Math.ceil(ms));
  }
}
