/** Ids of tool calls for clients. */

/** The ids that clients get. Every call has a unique id. */
export class CallIds {
  readonly #replyId: string;
  readonly #taken = new Set<string>();
  #made = 0;

  constructor(replyId: string) {
    this.#replyId = replyId;
  }

  /** Returns `wanted`, or a generated id when `wanted` is empty or used by another call. */
  take(wanted: string, index: number): string {
    let id = wanted === "" ? generatedId(this.#replyId, index) : wanted;
    while (this.#taken.has(id)) {
      id = generatedId(this.#replyId, index + this.#made);
      this.#made += 1;
    }
    this.#taken.add(id);
    return id;
  }
}

/** An id in Ollama's format: `call_` and 8 characters of [a-z0-9]. */
function generatedId(replyId: string, index: number): string {
  return `call_${replyId.slice(0, 6)}${index.toString(36).padStart(2, "0")}`;
}
