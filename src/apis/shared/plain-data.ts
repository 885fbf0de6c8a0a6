/**
 * Data events of a stream that are not JSON objects.
 *
 *     data: : keepalive    data: [HEARTBEAT]    data: "ping"    event: ping, data: 2026-03-04 05:06:07     signs of life
 *     data: Number of choices must be greater than 0.                                                    an explanation
 *     event: error, data: engine died                                                                    an error
 *
 * All of them are skipped as long as a reply follows. Where none does, they are the only explanation there is.
 */
import { ProxyError, emptyReply } from "../../chat/error.ts";
import { errorInWords } from "./upstream-errors.ts";

/** Characters of an explanation; the rest is not kept. */
const MAX_SHOWN = 300;

export class PlainData {
  #words = "";
  #signs = "";

  /** `value` is what the data parses to, or its text. Throws `ProxyError` when the event says that it is an error. */
  push(value: unknown, name: string | undefined): void {
    const text = typeof value === "string" ? value.slice(0, MAX_SHOWN).trim() : "";
    if (text === "") return;
    if (name === "error") throw errorInWords(text);
    if (isSignOfLife(text, name)) this.#signs = text;
    else if (this.#words.length < MAX_SHOWN) this.#words += `${this.#words === "" ? "" : "\n"}${text}`;
  }

  /** A piece of the reply came: what was said before it was no failure. */
  forget(): void {
    this.#words = "";
  }

  /** Whether the provider explained something, and sent nothing of the reply since. */
  get hasWords(): boolean {
    return this.#words !== "";
  }

  /** The error of a reply that was not completed; undefined when its data says nothing about it. */
  failure(hasBegun: boolean): ProxyError | undefined {
    // It was waited for what follows already.
    if (this.#words !== "") return errorInWords(this.#words).with({ isTransient: false });
    if (hasBegun || this.#signs === "") return undefined;
    return emptyReply(this.#signs);
  }
}

/** What providers and gateways send to show that they are still at work. */
const WORK =
  /keep.?alive|heart.?beat|\bp[io]ng\b|processing|loading|waiting|queued?\b|thinking|generating|warming|starting|connect(?:ed|ing)\b|progress|\b(?:done|end|complete|finish)/i;

const FAILURE =
  /error|fail|exception|invalid|denied|refused|exceed|unable|cannot|could not|unavailable|unauthorized|forbidden|timed? ?out|quota|overloaded/i;

/** A comment, a mark, a number, a date or a single word explains nothing; nor does the provider's report of its work. */
function isSignOfLife(text: string, name: string | undefined): boolean {
  if (name !== undefined && WORK.test(name)) return true;
  if (FAILURE.test(text)) return false;
  return text.startsWith(":") || !isProse(text) || WORK.test(text);
}

/** Two words; of scripts that do not put spaces between words, a few letters. */
function isProse(text: string): boolean {
  const words = text.split(/\s+/).filter((word) => /\p{L}{2}/u.test(word));
  return words.length > 1 || /\p{Lo}{4}/u.test(text);
}
