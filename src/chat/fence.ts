/**
 * Removes the Markdown fence from a reply that must be JSON. Models that ignore the requested format write
 *
 *     ```json
 *     {"a":1}
 *     ```
 *
 * Clients of Ollama and OpenAI parse the text without removing a fence. A reply that does not begin with a
 * fence and JSON is unchanged. Fences inside the JSON are unchanged too.
 */

import { parseJson } from "../wire/json.ts";

/** The complete text, without the fence when it contains only a fence and JSON. Otherwise unchanged. */
export function withoutFence(text: string): string {
  const [opening] = OPENED.exec(text) ?? [];
  if (opening === undefined) return text;
  const rest = text.slice(opening.length).trimEnd();
  const inner = rest.endsWith("```") ? rest.slice(0, -"```".length).trimEnd() : rest;
  return parseJson(inner) === undefined ? text : inner;
}

/** A received part of blank text, the opening fence and its language. */
const OPENING = /^\s*(?:$|`{1,2}$|```[\w+-]{0,20}\s*$)/;
const OPENED = /^\s*```[\w+-]{0,20}\s*(?=[{["])/;
/** Limits the text that is held back before the JSON. */
const MAX_OPENING = 200;

/** Removes the fence from a streamed reply, where the text after the JSON is not yet known. */
export class FenceRemover {
  #state: "opening" | "inside" | "outside" = "opening";
  /** Text that may be part of a fence. */
  #held = "";

  /** Whether all further text passes unchanged. */
  get isDone(): boolean {
    return this.#state === "outside";
  }

  /** Takes the text in pieces, split anywhere. Holds back text that may be part of a fence. */
  push(text: string): string {
    if (this.#state === "outside") return text;
    return this.#state === "opening" ? this.#open(text) : this.#inside(text);
  }

  /**
   * The held text, without the closing fence. `isCut`: the reply is incomplete, so its end is not a fence.
   */
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

  /** The last blanks and backticks are held, because they may be the closing fence. */
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
