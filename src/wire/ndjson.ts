/**
 * Newline-delimited JSON, the framing of Ollama streams.
 *
 *     {"model":"m","message":{…},"done":false}
 *     {"model":"m","message":{…},"done":true}
 *
 * Lines end in LF or CRLF; the last may lack its end; blank lines are tolerated, though no Ollama sends them.
 */
import { mustFit } from "./frame.ts";

/** Cuts text, split anywhere, into lines that are not blank, without their ends. */
export class NdjsonDecoder {
  readonly #onLine: (line: string) => void;
  /** Grown by concatenation alone, so that a long line costs no rescans. */
  #partial = "";

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** Throws `WireError` when a line is too long. */
  push(text: string): void {
    let end = text.indexOf("\n");
    if (end === -1) {
      this.#partial += text;
      mustFit(this.#partial.length);
      return;
    }
    this.#line(this.#partial + text.slice(0, end));
    let start = end + 1;
    for (end = text.indexOf("\n", start); end !== -1; end = text.indexOf("\n", start)) {
      this.#line(text.slice(start, end));
      start = end + 1;
    }
    this.#partial = text.slice(start);
  }

  /** The body is over; an unfinished last line counts. */
  end(): void {
    this.#line(this.#partial);
    this.#partial = "";
  }

  #line(line: string): void {
    mustFit(line.length);
    const text = line.endsWith("\r") ? line.slice(0, -1) : line;
    if (text.trim() !== "") this.#onLine(text);
  }
}
