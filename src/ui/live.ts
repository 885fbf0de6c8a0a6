/**
 * The requests that are running, and the last ones that ended, for the page. Pages that are open get every change over one event
 * stream:
 *
 *     event: request      data: a `RequestRecord`, whenever it changes
 *     event: snapshot     data: {"nowMs": …, "requests": [RequestRecord…]}, first
 */
import type { RecordSink, RequestRecord } from "../pipeline/record.ts";

interface Running {
  readonly record: RequestRecord;
  readonly stop: () => void;
}

/** Requests that ended and are still shown. */
const MAX_RECENT = 100;
/** Events that a page may not have read yet. A slower one is disconnected, and gets a snapshot when it reconnects. */
const MAX_UNREAD = 1000;
/** Keeps the connection open in proxies, and shows the server that a page is gone. */
const PING_MS = 15_000;

type Controller = ReadableStreamDefaultController<Uint8Array>;

export class LiveRequests implements RecordSink {
  readonly #mask: (text: string) => string;
  readonly #now: () => number;
  readonly #running = new Map<string, Running>();
  #recent: RequestRecord[] = [];
  /** Open pages with their timers. */
  readonly #pages = new Map<Controller, ReturnType<typeof setInterval>>();

  constructor(mask: (text: string) => string, now: () => number) {
    this.#mask = mask;
    this.#now = now;
  }

  readonly began = (record: RequestRecord, stop: () => void): void => {
    this.#running.set(record.id, { record, stop });
  };

  /** Ends a running request. False: it has ended already. */
  stop(id: string): boolean {
    const running = this.#running.get(id);
    running?.stop();
    return running !== undefined;
  }

  readonly changed = (record: RequestRecord): void => {
    if (this.#pages.size > 0 && record.usesModel) this.#publish(record);
  };

  readonly ended = (record: RequestRecord): void => {
    this.#running.delete(record.id);
    // Lists and descriptions of models are asked for all the time.
    if (!record.usesModel) return;
    this.#recent.push(record);
    if (this.#recent.length > 2 * MAX_RECENT) this.#recent = this.#recent.slice(-MAX_RECENT);
    if (this.#pages.size > 0) this.#publish(record);
  };

  /** The event stream of one page. It ends when the page is closed, or when `signal` aborts. */
  open(signal: AbortSignal): Response {
    let page: Controller | undefined;
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          page = controller;
          const ping = setInterval(() => controller.enqueue(UTF8.encode(": ping\n\n")), PING_MS);
          this.#pages.set(controller, ping);
          controller.enqueue(this.#event("snapshot", { nowMs: this.#now(), requests: this.#all() }));
        },
        cancel: () => {
          if (page !== undefined) this.#forget(page);
        },
      },
      { highWaterMark: MAX_UNREAD },
    );
    signal.addEventListener(
      "abort",
      () => {
        if (page !== undefined && this.#forget(page)) page.close();
      },
      { once: true },
    );
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }

  /** Sends nothing more to the page. Returns whether it was open. */
  #forget(page: Controller): boolean {
    clearInterval(this.#pages.get(page));
    return this.#pages.delete(page);
  }

  #all(): readonly RequestRecord[] {
    const running = [...this.#running.values()]
      .map(({ record }) => record)
      .filter(({ usesModel }) => usesModel);
    return [...this.#recent.slice(-MAX_RECENT), ...running];
  }

  #publish(record: RequestRecord): void {
    const event = this.#event("request", record);
    for (const page of this.#pages.keys()) {
      if ((page.desiredSize ?? 0) > 0) page.enqueue(event);
      else {
        this.#forget(page);
        page.error(new Error("The page reads too slowly"));
      }
    }
  }

  /** Names and errors come from clients and providers, so they are masked. */
  #event(name: string, data: object): Uint8Array {
    return UTF8.encode(`event: ${name}\ndata: ${this.#mask(JSON.stringify(data))}\n\n`);
  }
}

const UTF8 = new TextEncoder();
