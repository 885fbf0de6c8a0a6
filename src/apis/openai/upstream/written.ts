/**
 * What was written of a reply, as far as a repetition of it is told by: its length, and its beginning. Some hosts close a
 * stream with the whole message.
 *
 *     {"delta":{"content":"Hel"}}  {"delta":{"content":"lo"}}  {"message":{"content":"Hello"},"finish_reason":"stop"}
 */

/** Where a text stands: in the stream, in its last chunk, or in a message that is the whole reply once more. */
export type Place = "middle" | "last" | "whole";

/** Characters that are compared. */
const HEAD = 1024;

/** A piece that is as long as this, and equal to all pieces before it, is no accident. */
const MIN_LENGTH = 5;

export class Written {
  #head = "";
  #length = 0;
  #pieces = 0;

  add(text: string): void {
    this.#pieces += 1;
    this.#length += text.length;
    if (this.#head.length < HEAD) this.#head += text.slice(0, HEAD - this.#head.length);
  }

  /** What of the text was not written before. */
  fresh(text: string, place: Place): string {
    if (place === "middle" || text === "") return text;
    if (place === "whole") return this.#beyond(text);
    return this.#isRepeatedBy(text) ? "" : text;
  }

  /** Whether a piece is all that was written before it in pieces. A model may well say one word twice. */
  #isRepeatedBy(piece: string): boolean {
    return (
      piece.length === this.#length &&
      this.#pieces > 1 &&
      piece.length >= MIN_LENGTH &&
      piece.startsWith(this.#head)
    );
  }

  /** What a whole message holds beyond what was written; all of it, when it is another text. */
  #beyond(message: string): string {
    const white = this.#head.length - this.#head.trimStart().length;
    for (const start of [0, white]) {
      const head = this.#head.slice(start);
      if (message.startsWith(head) || head.startsWith(message)) return message.slice(this.#length - start);
    }
    return message;
  }
}
