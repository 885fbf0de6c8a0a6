/** Folds the events of a reply into the reply as a whole, for clients that did not ask for a stream. */
import { type ChatEvent, type FinishReason, type TokenLogprob, type Usage, unreachable } from "./event.ts";

export interface ChatReply {
  readonly text: string;
  readonly reasoning: string;
  readonly signature: string;
  readonly toolCalls: readonly CollectedToolCall[];
  readonly logprobs: readonly TokenLogprob[];
  readonly usage: Usage;
  readonly finish: FinishReason;
  /** How many pieces of text came: a fair count of tokens, as most hosts send one a frame. */
  readonly deltas: number;
  /** On the clock of `ReplyContext.now`; when the reply had no delta, that of its end. */
  readonly firstEventAtMs: number;
}

interface CollectedToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON text, as the provider sent it: possibly empty, possibly broken. */
  readonly arguments: string;
}

export class ReplyCollector {
  readonly #now: () => number;
  #text = "";
  #reasoning = "";
  #signature = "";
  readonly #calls: { id: string; name: string; arguments: string }[] = [];
  readonly #logprobs: TokenLogprob[] = [];
  #usage: Usage = { type: "usage" };
  #finish: FinishReason | undefined;
  #deltas = 0;
  #firstEventAtMs: number | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  push(event: ChatEvent): void {
    this.#firstEventAtMs ??= this.#now();
    switch (event.type) {
      case "text-delta":
        this.#deltas += 1;
        this.#text += event.text;
        // Not spread: a whole reply may hold more than a call takes arguments.
        for (const logprob of event.logprobs ?? []) this.#logprobs.push(logprob);
        return;
      case "reasoning-delta":
        this.#deltas += 1;
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
      case "usage":
        this.#usage = event;
        return;
      case "finish":
        this.#finish = event.reason;
        return;
      default:
        unreachable(event);
    }
  }

  /** The reply; call after `finish` was pushed. */
  reply(): ChatReply {
    return {
      text: this.#text,
      reasoning: this.#reasoning,
      signature: this.#signature,
      toolCalls: this.#calls,
      logprobs: this.#logprobs,
      usage: this.#usage,
      finish: this.#finish ?? "other",
      deltas: this.#deltas,
      firstEventAtMs: this.#firstEventAtMs ?? this.#now(),
    };
  }
}
