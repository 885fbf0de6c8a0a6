/**
 * The one language every dialect is translated into and out of.
 *
 * A reply is a sequence of events. Deltas come first, as many as there are, then at most one `usage`,
 * then exactly one `finish`. A sequence without `finish` was cut short.
 * Private to this program: it has no version and may change in any commit.
 */
import type { ProxyError } from "./error.ts";

export type ChatEvent =
  | ContentEvent
  | Usage
  | {
      readonly type: "finish";
      readonly reason: FinishReason;
      /** The provider's own word, for the log. */
      readonly raw: string;
      /** What the provider attached to its message and wants back with the history. */
      readonly attached?: { readonly [key: string]: unknown } | undefined;
    };

/** A piece of what the model says. */
export type ContentEvent =
  | {
      readonly type: "text-delta";
      readonly text: string;
      readonly logprobs?: readonly TokenLogprob[] | undefined;
    }
  | { readonly type: "reasoning-delta"; readonly text: string }
  | { readonly type: "reasoning-signature"; readonly signature: string }
  | {
      readonly type: "tool-call-start";
      /** Order of first appearance in this reply: 0, 1, 2 … */
      readonly index: number;
      readonly id: string;
      readonly name: string;
      /** What the provider attached to the call and wants back with the history. */
      readonly extra?: { readonly [key: string]: unknown } | undefined;
    }
  | { readonly type: "tool-call-delta"; readonly index: number; readonly arguments: string };

/** What the provider counted and measured. Absent means it did not say. */
export interface Usage {
  readonly type: "usage";
  readonly inputTokens?: number | undefined;
  /** Includes reasoning tokens. */
  readonly outputTokens?: number | undefined;
  readonly cachedTokens?: number | undefined;
  readonly reasoningTokens?: number | undefined;
  readonly queueNs?: number | undefined;
  readonly inputNs?: number | undefined;
  readonly outputNs?: number | undefined;
}

/** What a whole reply says about itself. */
export interface ReplyTotals {
  readonly usage: Usage;
  readonly finish: FinishReason;
  /** How many pieces of text came: a fair count of tokens, as most hosts send one a frame. */
  readonly deltas: number;
}

export type FinishReason = "stop" | "length" | "tool-calls" | "content-filter" | "other";

export interface TokenLogprob {
  readonly token: string;
  readonly logprob: number;
  readonly top: readonly { readonly token: string; readonly logprob: number }[];
}

export type Emit = (event: ChatEvent) => void;

/**
 * `open`: more is to come. `finishing`: the reply is whole, but counts may still follow.
 * `done`: the provider sent its end mark, nothing that follows matters.
 */
export type Phase = "open" | "finishing" | "done";

/** Turns upstream frames into events. One per reply. */
export interface StreamDecoder {
  readonly phase: Phase;
  /**
   * `frame` is one parsed JSON value, or the string `[DONE]`; `name` is the SSE event name.
   * Throws `ProxyError` when the frame is an error of the provider, or is no frame of this dialect.
   */
  push(frame: unknown, emit: Emit, name?: string): void;
  /**
   * The body ended cleanly. Emits what was held back: `usage`, then `finish` if the reply is whole.
   * Throws `ProxyError` when the provider ended the reply without giving one.
   */
  end(emit: Emit): void;
}

/** Turns events into the text a client of one dialect expects. One per reply. */
export interface StreamEncoder {
  push(event: ContentEvent): string;
  /** The upstream frame is over: deltas that came together may leave together. */
  flush(): string;
  /** Called once, when the reply is whole. Throws `ProxyError` when it cannot be completed. */
  end(totals: ReplyTotals): string;
  /** Called instead of `end` when the reply was cut short. */
  fail(error: ProxyError): string;
}

/** Everything impure an encoder or decoder needs, passed in so that fixtures are exact. */
export interface ReplyContext {
  /** The model exactly as the client named it. */
  readonly model: string;
  /** Random, at least 8 characters of [a-z0-9]; ids of the reply and of its tool calls are made from it. */
  readonly id: string;
  /** Milliseconds since the Unix epoch, with fractions. */
  readonly now: () => number;
  /** When the client's request arrived, on the clock of `now`. */
  readonly startedAtMs: number;
  /** Tokens of the request, for when the provider does not count them. */
  readonly inputTokensEstimate: number;
}

export function unreachable(value: never): never {
  throw new Error(`Unreachable: ${JSON.stringify(value)}`);
}
