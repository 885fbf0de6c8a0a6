/**
 * Separates thinking that a model writes between tags in its text.
 *
 *     <think>\nhm</think>\n\nHi        becomes reasoning "hm" and text "Hi"
 *
 * Only a tag at the very start of a reply opens thinking, as in Ollama's parser. A later tag is text. A tag
 * may be split between pieces at any position. The line breaks directly after a tag are removed with it.
 */
import { type Emit, type TokenLogprob, unreachable } from "../../../chat/event.ts";
import type { ProviderOptions } from "../../../options/options.ts";
import type { ThinkingMerger } from "./thinking-merger.ts";
import { type Place, Written } from "./written.ts";

interface Tags {
  readonly open: string;
  readonly close: string;
  /** Marker that may begin the text after the thinking. */
  readonly next: string;
}

const DEFAULT_TAGS: Tags = { open: "<think>", close: "</think>", next: "" };

const TAGS: readonly Tags[] = [
  DEFAULT_TAGS,
  { open: "<thinking>", close: "</thinking>", next: "" },
  { open: "<thought>", close: "</thought>", next: "" },
  {
    open: "<|channel|>analysis<|message|>",
    close: "<|end|>",
    next: "<|start|>assistant<|channel|>final<|message|>",
  },
];

function withoutThinking(text: string): string {
  const start = text.trimStart();
  const tags = TAGS.find(({ open }) => start.startsWith(open));
  const end = tags === undefined ? -1 : start.indexOf(tags.close);
  return tags === undefined || end === -1 ? text : start.slice(end + tags.close.length).trimStart();
}

type State = "start" | "thinking" | "after-tag" | "text";

export class ThinkTagSplitter {
  readonly #thinking: ThinkingMerger;
  #state: State;
  #tags = DEFAULT_TAGS;
  /**
   * White space at the start of the reply. It is only appended to, so that long white space is not scanned
   * again.
   */
  #blank = "";
  /** Text that may be part of a tag. */
  #held = "";
  #reasoned = false;
  /** The text without the thinking. */
  readonly #written = new Written();

  constructor(mode: ProviderOptions["thinkTags"], thinking: ThinkingMerger) {
    this.#thinking = thinking;
    this.#state = mode === "auto" ? "start" : mode === "opened" ? "thinking" : "text";
  }

  push(text: string, logprobs: readonly TokenLogprob[] | undefined, emit: Emit): void {
    if (this.#state === "text") {
      this.#written.add(text);
      emit({ type: "text-delta", text, logprobs });
      return;
    }
    this.#held += text;
    while (this.#step(emit, logprobs));
  }

  /** The part of a text that was not pushed before. Only one of the two texts may contain the thinking. */
  fresh(text: string, place: Place): string {
    if (place === "middle") return text;
    const clean = withoutThinking(text);
    const fresh = this.#written.fresh(clean, place);
    return fresh === clean ? text : fresh;
  }

  /** The text has ended. A held part of a tag is emitted as text. */
  end(emit: Emit): void {
    const held = this.#blank + this.#held;
    this.#blank = "";
    this.#held = "";
    if (held === "" || this.#state === "after-tag") return;
    if (this.#state === "thinking") this.#thinking.push("tags", held, emit);
    else emit({ type: "text-delta", text: held });
  }

  /** Returns whether the state changed, so that another step is needed. */
  #step(emit: Emit, logprobs: readonly TokenLogprob[] | undefined): boolean {
    switch (this.#state) {
      case "start":
        return this.#findOpenTag();
      case "thinking":
        return this.#findCloseTag(emit);
      case "after-tag":
        return this.#findText();
      case "text":
        if (this.#held !== "") {
          this.#written.add(this.#held);
          emit({ type: "text-delta", text: this.#held, logprobs });
        }
        this.#held = "";
        return false;
      default:
        return unreachable(this.#state);
    }
  }

  #findOpenTag(): boolean {
    const start = this.#held.trimStart();
    this.#blank += this.#held.slice(0, this.#held.length - start.length);
    this.#held = start;
    for (const tags of TAGS) {
      if (!start.startsWith(tags.open)) continue;
      this.#tags = tags;
      this.#blank = "";
      this.#held = start.slice(tags.open.length);
      this.#state = "thinking";
      return true;
    }
    if (TAGS.some(({ open }) => open.startsWith(start))) return false;
    this.#held = this.#blank + start;
    this.#blank = "";
    this.#state = "text";
    return true;
  }

  #findText(): boolean {
    const { next } = this.#tags;
    this.#held = this.#held.replace(/^\s+/, "");
    // Also true for empty text, because any text may follow.
    if (next.startsWith(this.#held) && this.#held !== next) return false;
    if (this.#held === "") return false;
    if (this.#held.startsWith(next)) this.#held = this.#held.slice(next.length);
    this.#state = "text";
    return true;
  }

  #findCloseTag(emit: Emit): boolean {
    if (!this.#reasoned) this.#held = this.#held.replace(/^\n+/, "");
    const { close } = this.#tags;
    const at = this.#held.indexOf(close);
    const keep = at === -1 ? this.#possibleTagLength() : this.#held.length - at;
    const reasoning = this.#held.slice(0, this.#held.length - keep);
    if (reasoning !== "") {
      this.#reasoned = true;
      this.#thinking.push("tags", reasoning, emit);
    }
    this.#held = at === -1 ? this.#held.slice(this.#held.length - keep) : this.#held.slice(at + close.length);
    if (at !== -1) this.#state = "after-tag";
    return at !== -1;
  }

  /** Characters at the end of the held text that may be the beginning of the closing tag. */
  #possibleTagLength(): number {
    const { close } = this.#tags;
    for (let length = Math.min(close.length - 1, this.#held.length); length > 0; length -= 1) {
      if (this.#held.endsWith(close.slice(0, length))) return length;
    }
    return 0;
  }
}
