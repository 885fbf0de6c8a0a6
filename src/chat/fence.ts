/**
 * Takes the Markdown fence off a reply that is to be JSON. Backends that ignore the format they were asked for write
 *
 *     ```json
 *     {"a":1}
 *     ```
 *
 * where Ollama's clients, and OpenAI's, parse the text as it is. A reply that does not begin with a fence and JSON in it passes unchanged,
 * and so does every fence inside the JSON.
 */

import { parseJson } from "../wire/json.ts";

/** The text of a whole reply: without the fence when there is nothing but the fence and JSON in it, else unchanged. */
export function withoutFence(text: string): string {
  const [opening] = OPENED.exec(text) ?? [];
  if (opening === undefined) return text;
  const rest = text.slice(opening.length).trimEnd();
  const inner = rest.endsWith("```") ? rest.slice(0, -"```".length).trimEnd() : rest;
  return parseJson(inner) === undefined ? text : inner;
}

/** Blank text and the fence with its language, as far as it has come. */
const OPENING = /^\s*(?:$|`{1,2}$|```[\w+-]{0,20}\s*$)/;
const OPENED = /^\s*```[\w+-]{0,20}\s*(?=[{["])/;
/** Blank text before the JSON may not grow without an end. */
const MAX_OPENING = 200;

/** Does the same for a reply that streams, where nobody knows yet what follows the JSON. */
export class FenceRemover {
  #state: "opening" | "inside" | "outside" = "opening";
  /** Text that may be part of a fence. */
  #held = "";

  /** Whether all that follows passes unchanged. */
  get isDone(): boolean {
    return this.#state === "outside";
  }

  /** Takes the text in pieces, cut anywhere. Holds back what may be a fence. */
  push(text: string): string {
    if (this.#state === "outside") return text;
    return this.#state === "opening" ? this.#open(text) : this.#inside(text);
  }

  /** What was held back, without the closing fence. `isCut`: the reply is not whole, so its end is no fence. */
  end(isCut: boolean): string {
    const held = this.#held;
    this.#held = "";
    const isFence = this.#state === "inside" && !isCut && held.trim() === "```";
    this.#state = "outside";
    return isFence ? "" : held;
  }

  #open(text: string): string {
    const all = this.#held + text;
    const [opening] = OPENED.exec(all.slice(0, MAX_OPENING)) ?? [];
    if (opening === undefined && OPENING.test(all.slice(0, MAX_OPENING)) && all.length < MAX_OPENING) {
      this.#held = all;
      return "";
    }
    this.#held = "";
    if (opening === undefined) {
      this.#state = "outside";
      return all;
    }
    this.#state = "inside";
    return this.#inside(all.slice(opening.length));
  }

  /** The last blanks and backticks may be the closing fence. */
  #inside(text: string): string {
    let end = text.length;
    while (end > 0 && isFencePart(text.charCodeAt(end - 1))) end -= 1;
    if (end === 0) {
      this.#held += text;
      return "";
    }
    const passed = this.#held + text.slice(0, end);
    this.#held = text.slice(end);
    return passed;
  }
}

/** A backtick or a blank. */
function isFencePart(code: number): boolean {
  return code === 0x60 || code <= 0x20;
}
