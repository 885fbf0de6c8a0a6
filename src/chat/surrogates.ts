/**
 * Halves of surrogate pairs. Providers that send single tokens split pairs between two pieces of text.
 * Clients in most languages reject a half.
 */

/** The replacement for an unreadable character. */
const REPLACEMENT = "\ufffd";

export class SurrogateJoiner {
  #half = "";

  /**
   * The text, after the half that was held back. A half at the end of the text is held back for the next
   * call.
   */
  join(text: string): string {
    const all = this.#half === "" ? text : this.#half + text;
    const isCut = (all.charCodeAt(all.length - 1) & 0xfc00) === 0xd800;
    this.#half = isCut ? all.slice(-1) : "";
    return isCut ? all.slice(0, -1) : all;
  }

  get isWaiting(): boolean {
    return this.#half !== "";
  }

  /** The replacement for a half whose other half did not follow. Empty when no half was held back. */
  end(): string {
    const isWaiting = this.#half !== "";
    this.#half = "";
    return isWaiting ? REPLACEMENT : "";
  }
}

/**
 * JSON text in which every escape that is half of a character is replaced. Complete characters are unchanged.
 * Only escapes can be halves, because `JSON.stringify` and UTF-8 decoders produce no others.
 */
export function wellFormedJson(text: string): string {
  return holdsHalves(text) ? text.replaceAll(ESCAPES, wellFormedEscape) : text;
}

/** Whether JSON text has characters that are written as two escapes. Only these can be split. */
export function holdsHalves(text: string): boolean {
  return text.includes(UNIT) && HALF.test(text);
}

/** Searched first, because a search for a text is faster than one for a pattern. */
const UNIT = String.raw`\u`;
const HALF = /\\u[dD][89a-fA-F]/;

/**
 * Matches every escape, so that an escaped backslash does not begin another escape. A pair of halves is one
 * match.
 */
const ESCAPES =
  /\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|u[dD][89a-fA-F][0-9a-fA-F]{2}|[^])/g;

function wellFormedEscape(escape: string): string {
  return escape.length === 6 ? String.raw`\ufffd` : escape;
}
