/**
 * Newline-delimited JSON, the framing of Ollama streams.
 *
 *     {"model":"m","message":{…},"done":false}
 *     {"model":"m","message":{…},"done":true}
 *
 * Lines end in LF or CRLF. The last line may lack its end. Blank lines are ignored, though Ollama sends none.
 */
import { mustFit } from "./frame.ts";

/** Splits text into its non-blank lines. The text may arrive in pieces of any size. */
export class NdjsonDecoder {
  readonly #onLine: (line: string) => void;
  /** Only appended to, so that a long line is not scanned again. */
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

  /** The body has ended. An unfinished last line counts. */
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
