/**
 * Merges thinking that a provider sends twice: in a field, and between tags in the text (MiniMax). The copy
 * may come in the same chunks, in other chunks, or at the end.
 *
 *     {"content":"<think>Let me ","reasoning_content":"Let me "}  {"content":"see.</think>42","reasoning_content":"see."}
 *
 * The source that is ahead is passed on. The other source is omitted while its text is the same.
 */
import type { Emit } from "../../../chat/event.ts";

export type ThinkingSource = "field" | "tags";

/**
 * Number of equal characters after which the other source counts as a copy, even if it differs later, such as
 * in white space.
 */
const COPY = 12;

/** Limit of the text kept for the comparison, in characters. */
const MAX_KEPT = 1024 * 1024;

export class ThinkingMerger {
  #leader: ThinkingSource | undefined;
  #relation: "unknown" | "copy" | "different" = "unknown";
  /** Text of the leader that the other source has not sent. */
  #ahead = "";
  /** Text of the other source that was omitted since the leader last changed. */
  #leftOut = "";
  /** Number of characters that both sources sent. */
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
      // A copy may have different white space before it and between its pieces.
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

  /** Handles sources that differ. Either one is a copy, or both are separate thinking that must be kept. */
  #part(rest: string, emit: Emit): void {
    this.#relation = this.#equal >= COPY ? "copy" : "different";
    if (this.#relation === "different") emit({ type: "reasoning-delta", text: this.#leftOut + rest });
  }
}
