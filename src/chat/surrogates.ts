/**
 * Halves of surrogate pairs. Providers that send single tokens split pairs between two pieces of text, and clients in most languages
 * reject half of one.
 */

/** What stands for a character that cannot be read. */
const REPLACEMENT = "\ufffd";

export class SurrogateJoiner {
  #half = "";

  /** The text after the half that was held back. A half at the end of the text is held back for the next call. */
  join(text: string): string {
    const all = this.#half === "" ? text : this.#half + text;
    const isCut = (all.charCodeAt(all.length - 1) & 0xfc00) === 0xd800;
    this.#half = isCut ? all.slice(-1) : "";
    return isCut ? all.slice(0, -1) : all;
  }

  get isWaiting(): boolean {
    return this.#half !== "";
  }

  /** What stands for a half that waited in vain; empty when none did. */
  end(): string {
    const isWaiting = this.#half !== "";
    this.#half = "";
    return isWaiting ? REPLACEMENT : "";
  }
}

/**
 * JSON text in which every escape that is half of a character is replaced. Whole ones stay as they are. A half that is no escape does not
 * occur: neither `JSON.stringify` nor a decoder of UTF-8 leaves one.
 */
export function wellFormedJson(text: string): string {
  return holdsHalves(text) ? text.replaceAll(ESCAPES, wellFormedEscape) : text;
}

/** Whether JSON text has characters that are written as two halves, which may come apart. */
export function holdsHalves(text: string): boolean {
  return text.includes(UNIT) && HALF.test(text);
}

/** Looked for first, because one search for a text is cheaper than one for a pattern. */
const UNIT = String.raw`\u`;
const HALF = /\\u[dD][89a-fA-F]/;

/** Any escape, so that a backslash that is escaped itself begins none; a pair of halves is one. */
const ESCAPES =
  /\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2}|[^])/g;

function wellFormedEscape(escape: string): string {
  return escape.length === 6 ? String.raw`\ufffd` : escape;
}
