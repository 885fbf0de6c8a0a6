/**
 * Joins surrogate pairs that were split between two pieces of text. Providers that send single tokens split them, and
 * clients in most languages reject half of a pair.
 */
export class SurrogateJoiner {
  #half = "";

  /** The text after the half that was held back. A half at the end of the text is held back for the next call. */
  join(text: string): string {
    const all = this.#half === "" ? text : this.#half + text;
    const isCut = (all.charCodeAt(all.length - 1) & 0xfc00) === 0xd800;
    this.#half = isCut ? all.slice(-1) : "";
    return isCut ? all.slice(0, -1) : all;
  }
}
