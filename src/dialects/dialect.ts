/** The interfaces that every dialect implements, and the data by which providers of one dialect differ. */
import type { ChatReply } from "../chat/collect.ts";
import type { ProxyError } from "../chat/error.ts";
import type { ReplyContext, StreamDecoder, StreamEncoder } from "../chat/event.ts";
import type { ChatRequest } from "../chat/request.ts";

/** How frames are cut out of a body. */
export type Framing = "sse" | "ndjson";

/** A dialect towards clients. */
export interface FrontDialect {
  /** Throws `bad-request`, or `unsupported` for what cannot be said to a provider of another dialect. */
  readonly decodeRequest: (body: unknown) => FrontRequest;
  /**
   * The body of the answer to a request that failed before the first byte of its reply; the status is the error's own.
   * `id` is random, as in `ReplyContext`.
   */
  readonly encodeError: (error: ProxyError, id: string) => object;
}

/** What a client asks for, and how it wants to hear the answer. */
export interface FrontRequest {
  readonly chat: ChatRequest;
  readonly createEncoder: (context: ReplyContext) => StreamEncoder;
  /** JSON text. Throws `ProxyError` when the reply cannot be said. */
  readonly encodeReply: (reply: ChatReply, context: ReplyContext) => string;
}

/** A dialect towards providers. */
export interface UpstreamDialect {
  readonly framing: Framing;
  readonly encodeRequest: (request: ChatRequest, model: string, quirks: Quirks) => UpstreamRequest;
  readonly createDecoder: (context: ReplyContext, quirks: Quirks) => StreamDecoder;
  /** `text` is the body of a reply whose status is not 2xx, or that is no stream of this dialect. Never throws. */
  readonly decodeError: (status: number, text: string) => ProxyError;
}

export interface UpstreamRequest {
  /** Appended to the provider's base URL. */
  readonly path: string;
  readonly body: { readonly [key: string]: unknown };
}

/** Knobs of one provider and model; the defaults suit an unknown OpenAI-compatible host. */
export interface Quirks {
  readonly maxTokensField: "max_tokens" | "max_completion_tokens";
  /** Whether the reply may begin with thinking between tags, or begins inside it. */
  readonly thinkTags: "auto" | "opened" | "never";
  /** Most inputs of one embeddings request. */
  readonly embedBatch: number;
}

export const DEFAULT_QUIRKS: Quirks = {
  maxTokensField: "max_tokens",
  thinkTags: "auto",
  embedBatch: 64,
};
