/** Collects the events of a reply into one whole reply, for clients that did not ask for a stream. */
import { type ContentEvent, type ReplyTotals, type TokenLogprob, unreachable } from "./event.ts";

export interface ChatReply extends ReplyTotals {
  readonly text: string;
  readonly reasoning: string;
  readonly signature: string;
  readonly toolCalls: readonly CollectedToolCall[];
  readonly logprobs: readonly TokenLogprob[];
  /** On the clock of `ReplyContext.now`. When the reply had no delta, the time of its end. */
  readonly firstEventAtMs: number;
}

interface CollectedToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON text as the provider sent it. It may be empty or invalid. */
  readonly arguments: string;
}

export class ReplyCollector {
  readonly #now: () => number;
  #text = "";
  #reasoning = "";
  #signature = "";
  readonly #calls: { id: string; name: string; arguments: string }[] = [];
  readonly #logprobs: TokenLogprob[] = [];
  #firstEventAtMs: number | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  push(event: ContentEvent): void {
    this.#firstEventAtMs ??= this.#now();
    switch (event.type) {
      case "text-delta":
        this.#text += event.text;
        // Not spread: a long reply has more entries than a call may have arguments.
        for (const logprob of event.logprobs ?? []) this.#logprobs.push(logprob);
        return;
      case "reasoning-delta":
        this.#reasoning += event.text;
        return;
      case "reasoning-signature":
        this.#signature = event.signature;
        return;
      case "tool-call-start":
        this.#calls[event.index] = { id: event.id, name: event.name, arguments: "" };
        return;
      case "tool-call-delta": {
        const call = this.#calls[event.index];
        if (call !== undefined) call.arguments += event.arguments;
        return;
      }
      default:
        unreachable(event);
    }
  }

  /** The whole reply. Call after the last event. */
  reply({ usage, finish, deltas }: ReplyTotals): ChatReply {
    return {
      text: this.#text,
      reasoning: this.#reasoning,
      signature: this.#signature,
      toolCalls: this.#calls,
      logprobs: this.#logprobs,
      usage,
      finish,
      deltas,
      firstEventAtMs: this.#firstEventAtMs ?? this.#now(),
    };
  }
}
