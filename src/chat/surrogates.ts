/**
 * Joins characters beyond the basic plane that were cut in two. Hosts that send tokens as they come cut them; half of one
 * is an error in most languages.
 */
export class SurrogateJoiner {
  #half = "";

  /** The text with the half that waited before it, without a half at its end, which waits for the other. */
  join(text: string): string {
    const all = this.#half === "" ? text : this.#half + text;
    const isCut = (all.charCodeAt(all.length - 1) & 0xfc00) === 0xd800;
    this.#half = isCut ? all.slice(-1) : "";
    return isCut ? all.slice(0, -1) : all;
  }
}
