/**
 * Writes one row per request into the history. Requests only add to a list in memory, which is written at most once in half a
 * second. A failure is a warning and never fails a request.
 */
import type { RecordSink, RequestRecord } from "../pipeline/record.ts";
import type { Log } from "../runtime.ts";
import type { HistoryDatabase, HistoryError, Retention } from "./database.ts";
import { type HistoryRow, rowOf } from "./row.ts";

interface HistoryOptions {
  readonly log: Log;
  /** Milliseconds since the Unix epoch. */
  readonly now: () => number;
  /** Hides secrets. */
  readonly mask: (text: string) => string;
}

/** A crash loses the rows of at most this time. */
const FLUSH_AFTER_MS = 500;
/** After a failure. */
const RETRY_AFTER_MS = 5000;
const PRUNE_EVERY_MS = 3_600_000;
/** Rows that wait for the file. After that the oldest are dropped. */
const MAX_WAITING = 10_000;

export class History implements RecordSink {
  readonly #path: string | undefined;
  readonly #options: HistoryOptions;
  #retention: Retention | undefined;
  #waiting: HistoryRow[] = [];
  #dropped = 0;
  /** Opened for the first row, because it costs memory. */
  #database: HistoryDatabase | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pruneAtMs = 0;
  /** The last warning, which is not repeated. */
  #warned: string | undefined;
  /** The file belongs to a newer version. */
  #isForeign = false;

  /** Nothing is written without a path, and before `configure`. */
  constructor(path: string | undefined, options: HistoryOptions) {
    this.#path = path;
    this.#options = options;
  }

  /** Applies the configuration. `retention` is undefined when no history is kept. */
  configure(retention: Retention | undefined): void {
    this.#retention = retention;
    this.#pruneAtMs = 0;
  }

  readonly ended = (record: RequestRecord): void => {
    if (this.#path === undefined || this.#retention === undefined || this.#isForeign) return;
    const row = rowOf(record, this.#options.mask);
    if (row === undefined) return;
    this.#waiting.push(row);
    if (this.#waiting.length > MAX_WAITING) {
      this.#waiting.shift();
      this.#dropped += 1;
    }
    this.#schedule(FLUSH_AFTER_MS);
  };

  /** Writes what waits, and closes the file. */
  async close(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#waiting.length > 0) await this.#flush();
    clearTimeout(this.#timer);
    this.#database?.close();
    this.#database = undefined;
  }

  #schedule(afterMs: number): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      void this.#flush();
    }, afterMs);
  }

  async #flush(): Promise<void> {
    try {
      const database = this.#usable() ?? (this.#database = await this.#open());
      database.write(this.#waiting);
      this.#waiting = [];
      this.#recovered();
      this.#prune(database);
    } catch (error) {
      await this.#failed(error);
    }
  }

  /** The open database, unless its file was removed. */
  #usable(): HistoryDatabase | undefined {
    if (this.#database?.isRemoved !== true) return this.#database;
    this.#database.close();
    return undefined;
  }

  async #open(): Promise<HistoryDatabase> {
    const { HistoryDatabase: Opened } = await import("./database.ts");
    return Opened.open(this.#path ?? "", (movedTo) =>
      this.#options.log("warn", "The history was damaged; it was moved aside, and a new one was begun", {
        movedTo,
      }),
    );
  }

  #prune(database: HistoryDatabase): void {
    const nowMs = this.#options.now();
    if (this.#retention === undefined || nowMs < this.#pruneAtMs) return;
    const hasMore = database.prune(this.#retention, nowMs);
    this.#pruneAtMs = hasMore ? 0 : nowMs + PRUNE_EVERY_MS;
    if (hasMore) this.#schedule(FLUSH_AFTER_MS);
  }

  #recovered(): void {
    const { log } = this.#options;
    if (this.#warned !== undefined) log("info", "The history is written again", { lost: this.#dropped });
    this.#warned = undefined;
    this.#dropped = 0;
  }

  async #failed(error: unknown): Promise<void> {
    const { asHistoryError } = await import("./database.ts");
    const { kind, message }: HistoryError = asHistoryError(error);
    if (kind !== "busy") {
      this.#database?.close();
      this.#database = undefined;
    }
    this.#isForeign = kind === "newer";
    if (this.#isForeign) this.#waiting = [];
    else this.#schedule(RETRY_AFTER_MS);
    if (this.#warned === message) return;
    this.#warned = message;
    const hint = "requests are not affected; `usage: false` switches the history off";
    this.#options.log("warn", `Cannot write the history; ${hint}`, { file: this.#path, cause: message });
  }
}
