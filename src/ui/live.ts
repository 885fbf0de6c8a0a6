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
  readonly #pages = new Set<Controller>();

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
    if (this.#pages.size > 0 && record.model !== undefined) this.#publish(record);
  };

  readonly ended = (record: RequestRecord): void => {
    this.#running.delete(record.id);
    // Lists of models and the like are asked for all the time.
    if (record.model === undefined) return;
    this.#recent.push(record);
    if (this.#recent.length > 2 * MAX_RECENT) this.#recent = this.#recent.slice(-MAX_RECENT);
    if (this.#pages.size > 0) this.#publish(record);
  };

  /** The event stream of one page. It ends when the page is closed, or when `signal` aborts. */
  open(signal: AbortSignal): Response {
    let own: Controller | undefined;
    const close = (): void => {
      clearInterval(ping);
      if (own === undefined || !this.#pages.delete(own)) return;
      try {
        own.close();
      } catch {
        // The page has closed it.
      }
    };
    const ping = setInterval(() => own?.enqueue(UTF8.encode(": ping\n\n")), PING_MS);
    signal.addEventListener("abort", close, { once: true });
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          own = controller;
          this.#pages.add(controller);
          controller.enqueue(this.#event("snapshot", { nowMs: this.#now(), requests: this.#all() }));
        },
        cancel: close,
      },
      { highWaterMark: MAX_UNREAD },
    );
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }

  #all(): readonly RequestRecord[] {
    const running = [...this.#running.values()]
      .map(({ record }) => record)
      .filter(({ model }) => model !== undefined);
    return [...this.#recent.slice(-MAX_RECENT), ...running];
  }

  #publish(record: RequestRecord): void {
    const event = this.#event("request", record);
    for (const page of this.#pages) {
      if ((page.desiredSize ?? 0) > 0) page.enqueue(event);
      else {
        this.#pages.delete(page);
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
