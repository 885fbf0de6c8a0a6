/**
 * Thinking that a host sends twice: in a field, and between tags in the text (MiniMax). It may come in the same chunks, in
 * others, or once more at the end.
 *
 *     {"content":"<think>Let me ","reasoning_content":"Let me "}  {"content":"see.</think>42","reasoning_content":"see."}
 *
 * Whichever of the two is ahead is passed on. As long as the other says the same, it is left out.
 */
import type { Emit } from "../../../chat/event.ts";

export type ThinkingSource = "field" | "tags";

/** Equal characters after which the other source is a copy, even if it differs later, in white space for instance. */
const COPY = 12;

/** Characters that are kept for the comparison. */
const MAX_KEPT = 1024 * 1024;

export class ThinkingMerger {
  #leader: ThinkingSource | undefined;
  #relation: "unknown" | "copy" | "different" = "unknown";
  /** What the leader said and the other has not. */
  #ahead = "";
  /** What the other said since it last fell behind; it was left out. */
  #leftOut = "";
  /** How many characters both said. */
  #equal = 0;

  /** Whether there was any text. */
  get wrote(): boolean {
    return this.#leader !== undefined;
  }

  push(source: ThinkingSource, text: string, emit: Emit): void {
    this.#leader ??= source;
    if (this.#relation === "different") emit({ type: "reasoning-delta", text });
    else if (source === this.#leader) this.#lead(text, emit);
    else if (this.#relation === "unknown") this.#follow(source, text, emit);
  }

  #lead(text: string, emit: Emit): void {
    if (this.#relation === "unknown") this.#ahead += text;
    if (this.#ahead.length > MAX_KEPT) this.#relation = "different";
    emit({ type: "reasoning-delta", text });
  }

  #follow(source: ThinkingSource, text: string, emit: Emit): void {
    let rest = text;
    if (this.#equal === 0 || !this.#ahead.startsWith(text.slice(0, this.#ahead.length))) {
      // A copy may have other white space before it, and between its pieces.
      rest = text.trimStart();
      this.#ahead = this.#ahead.trimStart();
    }
    const same = rest.slice(0, this.#ahead.length);
    if (!this.#ahead.startsWith(same)) {
      this.#part(text, emit);
      return;
    }
    this.#equal += same.length;
    this.#leftOut += same;
    this.#ahead = this.#ahead.slice(same.length);
    if (rest.slice(same.length).trim() === "") return;
    this.#leader = source;
    this.#leftOut = "";
    this.#ahead = "";
    this.#lead(rest.slice(same.length), emit);
  }

  /** The two differ: either one is a copy, or both are thinking of their own, of which nothing may be lost. */
  #part(rest: string, emit: Emit): void {
    this.#relation = this.#equal >= COPY ? "copy" : "different";
    if (this.#relation === "different") emit({ type: "reasoning-delta", text: this.#leftOut + rest });
  }
}
