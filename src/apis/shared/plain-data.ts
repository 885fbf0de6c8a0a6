/**
 * Data events of a stream that are not JSON objects.
 *
 *     data: : keepalive    data: [HEARTBEAT]    data: "ping"    event: ping, data: 2026-03-04 05:06:07     keep-alives
 *     data: Number of choices must be greater than 0.                                                    an explanation
 *     event: error, data: engine died                                                                    an error
 *
 * They are ignored when a reply follows. Otherwise they are the only explanation of the failure.
 */
import { ProxyError, emptyReply } from "../../chat/error.ts";
import { errorInWords } from "./upstream-errors.ts";

/** Most characters kept of an explanation. */
const MAX_SHOWN = 300;

export class PlainData {
  #words = "";
  #signs = "";

  /** `value` is the parsed data, or its text. Throws `ProxyError` when the event's name is `error`. */
  push(value: unknown, name: string | undefined): void {
    const text = typeof value === "string" ? value.slice(0, MAX_SHOWN).trim() : "";
    if (text === "") return;
    if (name === "error") throw errorInWords(text);
    if (isSignOfLife(text, name)) this.#signs = text;
    else if (this.#words.length < MAX_SHOWN) this.#words += `${this.#words === "" ? "" : "\n"}${text}`;
  }

  /** A piece of the reply arrived, so the earlier text was not a failure. */
  forget(): void {
    this.#words = "";
  }

  /** Whether the provider sent an explanation and no part of the reply after it. */
  get hasWords(): boolean {
    return this.#words !== "";
  }

  /** The error for an incomplete reply. Undefined when the data does not explain it. */
  failure(hasBegun: boolean): ProxyError | undefined {
    // Not transient, because the proxy has already waited for a reply to follow.
    if (this.#words !== "") return errorInWords(this.#words).with({ isTransient: false });
    if (hasBegun || this.#signs === "") return undefined;
    return emptyReply(this.#signs);
  }
}

/** Texts that providers and gateways send to show that they are still working. */
const WORK =
  /keep.?alive|heart.?beat|\bp[io]ng\b|processing|loading|waiting|queued?\b|thinking|generating|warming|starting|connect(?:ed|ing)\b|progress|\b(?:done|end|complete|finish)/i;

const FAILURE =
  /error|fail|exception|invalid|denied|refused|exceed|unable|cannot|could not|unavailable|unauthorized|forbidden|timed? ?out|quota|overloaded/i;

/**
 * Comments, marks, numbers, dates, single words and progress reports of the provider are not explanations.
 */
function isSignOfLife(text: string, name: string | undefined): boolean {
  if (name !== undefined && WORK.test(name)) return true;
  if (FAILURE.test(text)) return false;
  return text.startsWith(":") || !isProse(text) || WORK.test(text);
}

/** Two words, or a few letters of a script without spaces between words. */
function isProse(text: string): boolean {
  const words = text.split(/\s+/).filter((word) => /\p{L}{2}/u.test(word));
  return words.length > 1 || /\p{Lo}{4}/u.test(text);
}
