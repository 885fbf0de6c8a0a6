/**
 * Detects repeated text of a reply. Some providers end a stream with the whole message. Only the length and
 * the beginning of the written text are kept.
 *
 *     {"delta":{"content":"Hel"}}  {"delta":{"content":"lo"}}  {"message":{"content":"Hello"},"finish_reason":"stop"}
 */

/** The position of a text: in the stream, in its last chunk, or in a message that repeats the whole reply. */
export type Place = "middle" | "last" | "whole";

/** Number of characters that are compared. */
const HEAD = 1024;

/**
 * Minimum length of a piece that counts as a repetition when it equals all pieces before it, in characters.
 */
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

  /** The part of the text that was not written before. */
  fresh(text: string, place: Place): string {
    if (place === "middle" || text === "") return text;
    if (place === "whole") return this.#beyond(text);
    return this.#isRepeatedBy(text) ? "" : text;
  }

  /**
   * Whether a piece repeats everything written before it in several pieces. A model may write one word twice.
   */
  #isRepeatedBy(piece: string): boolean {
    return (
      piece.length === this.#length &&
      this.#pieces > 1 &&
      piece.length >= MIN_LENGTH &&
      piece.startsWith(this.#head)
    );
  }

  /** The part of a whole message after the written text. All of it when the text differs. */
  #beyond(message: string): string {
    const white = this.#head.length - this.#head.trimStart().length;
    for (const start of [0, white]) {
      const head = this.#head.slice(start);
      if (message.startsWith(head) || head.startsWith(message)) return message.slice(this.#length - start);
    }
    return message;
  }
}
