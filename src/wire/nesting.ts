/**
 * Measures how deeply JSON text is nested, in one pass and without building a value.
 *
 * `JSON.parse` accepts any depth and uses 160 bytes of memory per level: 20 MB of `[` cost more than 3 GB.
 */

/** The deepest nesting that is read. Go's decoder, and so a real Ollama, has the same limit. */
export const MAX_NESTING = 10_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Follows a JSON text that arrives in pieces. The result for text that is not JSON is undefined but harmless. */
export class Nesting {
  #depth = 0;
  #inString = false;
  /** The last piece ended in a backslash that escapes the next character. */
  #isEscaping = false;

  /** Levels that are open after the text so far. Negative when more were closed than opened. */
  get depth(): number {
    return this.#depth;
  }

  /** The index in `text` of the bracket that opens one level too many; -1 when there is none. */
  push(text: string): number {
    let at = 0;
    while (at < text.length) {
      if (this.#inString) {
        const from = this.#isEscaping ? at + 1 : at;
        const end = closingQuote(text, from);
        this.#isEscaping = end === -1 && isEscaped(text, from, text.length);
        if (end === -1) return -1;
        this.#inString = false;
        at = end + 1;
        continue;
      }
      const code = text.charCodeAt(at);
      if (code === QUOTE) this.#inString = true;
      else if (isOpening(code)) {
        this.#depth += 1;
        if (this.#depth > MAX_NESTING) return at;
      } else if (isClosing(code)) this.#depth -= 1;
      at += 1;
    }
    return -1;
  }
}

/** The index of the bracket that opens one level too many; -1 when the nesting is within the limit. */
export function tooDeepAt(text: string): number {
  // A shorter text cannot nest that deeply.
  return text.length <= MAX_NESTING ? -1 : new Nesting().push(text);
}

/** The index of the quote that ends the string around `from`; -1 when there is none. */
export function closingQuote(text: string, from: number): number {
  let end = text.indexOf('"', from);
  while (end !== -1 && isEscaped(text, from, end)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, from: number, at: number): boolean {
  let slashes = 0;
  while (at - 1 - slashes >= from && text.charCodeAt(at - 1 - slashes) === BACKSLASH) slashes += 1;
  return slashes % 2 === 1;
}

/** `[` and `{`. */
function isOpening(code: number): boolean {
  return code === 0x5b || code === 0x7b;
}

/** `]` and `}`. */
function isClosing(code: number): boolean {
  return code === 0x5d || code === 0x7d;
}
