/**
 * The token counts of Anthropic's API. They come in several events, and later ones replace earlier ones. Tokens of the
 * cache are not part of `input_tokens`.
 *
 *     "usage":{"input_tokens":9,"cache_creation_input_tokens":0,"cache_read_input_tokens":2048,"output_tokens":4,
 *              "output_tokens_details":{"thinking_tokens":2}}
 */
import type { Usage } from "../../chat/event.ts";
import { numberAt, objectAt } from "../../wire/json.ts";

export class UsageReader {
  #input: number | undefined;
  #cacheRead: number | undefined;
  #cacheWrite: number | undefined;
  #output: number | undefined;
  #thinking: number | undefined;

  /** `holder` has a member `usage`. */
  push(holder: unknown): void {
    const usage = objectAt(holder, "usage");
    if (usage === undefined) return;
    this.#input = numberAt(usage, "input_tokens") ?? this.#input;
    this.#cacheRead = numberAt(usage, "cache_read_input_tokens") ?? this.#cacheRead;
    this.#cacheWrite = numberAt(usage, "cache_creation_input_tokens") ?? this.#cacheWrite;
    this.#output = numberAt(usage, "output_tokens") ?? this.#output;
    this.#thinking = numberAt(objectAt(usage, "output_tokens_details"), "thinking_tokens") ?? this.#thinking;
  }

  /** Undefined: the provider sent no counts. */
  read(): Usage | undefined {
    if (this.#input === undefined && this.#output === undefined) return undefined;
    return {
      type: "usage",
      inputTokens:
        this.#input === undefined
          ? undefined
          : this.#input + (this.#cacheRead ?? 0) + (this.#cacheWrite ?? 0),
      outputTokens: this.#output,
      cachedTokens: this.#cacheRead,
      cacheWriteTokens: this.#cacheWrite,
      reasoningTokens: this.#thinking,
    };
  }
}
