/**
 * The neutral form of a reply. Upstream APIs are decoded into it. Client APIs are encoded from it.
 *
 * A reply is a sequence of events: zero or more content events, then at most one `usage`, then exactly one `finish`.
 * A sequence without `finish` was cut short. The form is private to this program and may change in any commit.
 */
import type { ProxyError } from "./error.ts";

export type ChatEvent =
  | ContentEvent
  | Usage
  | {
      readonly type: "finish";
      readonly reason: FinishReason;
      /** The provider's value, for the log. */
      readonly raw: string;
      /** What the provider attached to its message and expects back with the history. */
      readonly attached?: { readonly [key: string]: unknown } | undefined;
    };

/** A piece of the model's output. */
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
      /** What the provider attached to the call and expects back with the history. */
      readonly extra?: { readonly [key: string]: unknown } | undefined;
    }
  | { readonly type: "tool-call-delta"; readonly index: number; readonly arguments: string };

/** What the provider counted and measured. An absent member was not reported. */
export interface Usage {
  readonly type: "usage";
  readonly inputTokens?: number | undefined;
  /** Includes reasoning tokens. */
  readonly outputTokens?: number | undefined;
  /** Input tokens that were read from the provider's prompt cache. */
  readonly cachedTokens?: number | undefined;
  /** Input tokens that were written to the cache. Some providers charge more for them. */
  readonly cacheWriteTokens?: number | undefined;
  readonly reasoningTokens?: number | undefined;
  /** What the provider says the request costs, in US dollars. */
  readonly costUsd?: number | undefined;
  readonly queueNs?: number | undefined;
  readonly inputNs?: number | undefined;
  readonly outputNs?: number | undefined;
}

/** What is known of a reply at its end. */
export interface ReplyTotals {
  readonly usage: Usage;
  readonly finish: FinishReason;
  /** Pieces of text. It approximates the tokens, because most providers send one token per frame. */
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
 * `open`: more content may follow. `finishing`: the reply is probably complete, but token counts may follow.
 * A provider that sent text outside of a reply has probably failed, and is `finishing` too. When content
 * follows, the phase is `open` again. `done`: the provider sent its end marker. Anything after it is ignored.
 */
export type Phase = "open" | "finishing" | "done";

/** Turns upstream frames into events. One per reply. */
export interface StreamDecoder {
  readonly phase: Phase;
  /**
   * `frame` is one parsed JSON value, or the string `[DONE]`. `name` is the SSE event name. Throws
   * `ProxyError` when the frame is an error of the provider, or not a frame of its API.
   */
  push(frame: unknown, emit: Emit, name?: string): void;
  /**
   * The body ended without an error. Emits what was held back: `usage`, then `finish` if the reply is
   * complete. `isDocument`: the body was one JSON document and not a stream, so it cannot be incomplete.
   * Throws `ProxyError` when the reply was empty.
   */
  end(emit: Emit, isDocument?: boolean): void;
}

/** Turns events into text of one client API. One per reply. */
export interface StreamEncoder {
  push(event: ContentEvent): string;
  /** The upstream frame has ended. Deltas of one frame may be sent together. */
  flush(): string;
  /** Called once, after the last event. Throws `ProxyError` when the reply cannot be completed. */
  end(totals: ReplyTotals): string;
  /** Called instead of `end` when the reply was cut short. */
  fail(error: ProxyError): string;
}

/** The impure values that encoders and decoders need. They are passed in so that tests can fix them. */
export interface ReplyContext {
  /** The model exactly as the client named it. */
  readonly model: string;
  /**
   * Random, at least 8 characters of [a-z0-9]. The ids of the reply and of its tool calls are derived from
   * it.
   */
  readonly id: string;
  /** Milliseconds since the Unix epoch, with fractions. */
  readonly now: () => number;
  /** When the client's request arrived, on the clock of `now`. */
  readonly startedAtMs: number;
  /** Tokens of the request, used when the provider does not count them. */
  readonly inputTokensEstimate: number;
}

export function unreachable(value: never): never {
  throw new Error(`Unreachable: ${JSON.stringify(value)}`);
}
