/** The interfaces that every dialect implements, and the data by which providers of one dialect differ. */
import type { ProxyError } from "../chat/error.ts";
import type { ReplyContext, StreamDecoder } from "../chat/event.ts";
import type { ChatRequest } from "../chat/request.ts";

/** How frames are cut out of a body. */
export type Framing = "sse" | "ndjson";

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
