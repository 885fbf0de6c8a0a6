/**
 * Writes log lines to standard error in batches. The first line is written at once, and what follows within `INTERVAL_MS` together. Nothing
 * here waits: while the output takes nothing, as a full pipe, lines wait in memory up to a limit.
 */

/** The part of Bun's `FileSink` that is used. A promise is pending while the output is full, and rejects when it fails. */
interface Sink {
  readonly write: (text: string) => unknown;
  readonly flush: () => unknown;
}

/** One write of a batch costs less than one for each line. */
const INTERVAL_MS = 50;
/** After a failure, such as a full disk. */
const RETRY_MS = 1000;
const MAX_WAITING_CHARACTERS = 4 * 1024 * 1024;

export class LogOutput {
  readonly #open: () => Sink;
  #onDropped: (lines: number) => void = () => undefined;
  #sink: Sink | undefined;
  #waiting: string[] = [];
  #waitingCharacters = 0;
  #dropped = 0;
  /** Settles when nothing waits. Undefined: nothing is being written. */
  #running: Promise<void> | undefined;
  #isFlushing = false;
  /** Ends the current pause. */
  #endPause: () => void = () => undefined;

  constructor(open: () => Sink) {
    this.#open = open;
  }

  /** `report` gets the number of lines that were dropped, once the output works again. */
  onDropped(report: (lines: number) => void): void {
    this.#onDropped = report;
  }

  /** `text` is one or more lines without the last line end. */
  write(text: string): void {
    if (this.#waitingCharacters + text.length > MAX_WAITING_CHARACTERS) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(text);
    this.#waitingCharacters += text.length;
    this.#running ??= this.#run();
  }

  /** Writes what waits. Resolves when it is written, or after `limitMs`. Never rejects. */
  async flush(limitMs: number): Promise<void> {
    this.#isFlushing = true;
    this.#endPause();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const limit = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, limitMs);
    });
    await Promise.race([this.#running, limit]);
    clearTimeout(timer);
    this.#isFlushing = false;
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#waiting;
      this.#waiting = [];
      this.#waitingCharacters = 0;
      const isWritten = await this.#put(`${batch.join("\n")}\n`);
      if (!isWritten) this.#keep(batch);
      else this.#reportDropped();
      if (!this.#isFlushing) await this.#pause(isWritten ? INTERVAL_MS : RETRY_MS);
      else if (!isWritten) break;
    }
    this.#running = undefined;
  }

  async #put(text: string): Promise<boolean> {
    try {
      this.#sink ??= this.#open();
      await this.#sink.write(text);
      await this.#sink.flush();
      return true;
    } catch {
      // There is no other place to report this. A sink that failed discards what it gets.
      this.#sink = undefined;
      return false;
    }
  }

  #keep(batch: readonly string[]): void {
    this.#waiting = [...batch, ...this.#waiting];
    this.#waitingCharacters = this.#waiting.reduce((sum, text) => sum + text.length, 0);
  }

  #reportDropped(): void {
    const dropped = this.#dropped;
    this.#dropped = 0;
    if (dropped > 0) this.#onDropped(dropped);
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
