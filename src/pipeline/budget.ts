/** The limits of one client request. */
import type { RequestContext } from "./services.ts";

/** What one client request may still cost. Every repeated request counts, whatever the reason. */
export class Budget {
  readonly #context: RequestContext;
  #requestsLeft: number;

  constructor(context: RequestContext) {
    this.#context = context;
    this.#requestsLeft = context.services.attempts.maxRequests - 1;
  }

  /** Whether another request may be sent. */
  get hasRequests(): boolean {
    return this.#requestsLeft > 0;
  }

  /** Whether the failed request may be sent again after a pause. A long pause is left to the client, who can show it. */
  readonly allowsRetry = (pauseMs: number): boolean => {
    const { services, startedAtMs } = this.#context;
    const { maxWaitMs } = services.attempts;
    const elapsedMs = services.runtime.now() + pauseMs - startedAtMs;
    return this.hasRequests && pauseMs <= maxWaitMs / 2 && elapsedMs <= maxWaitMs;
  };

  /** Counts a request. Called at the moment it is decided, because other parts of the client request run at the same time. */
  spend(): void {
    this.#requestsLeft -= 1;
  }
}
