/** Limits for replies of providers, and for what is cached between requests. The README documents each value under "Limits"; a test compares them. */

export interface ReplyLimits {
  /** A reply that is read whole. A streamed reply has no limit. */
  readonly maxReplyBytes: number;
  /** The body of an error response. The rest is not read. */
  readonly maxErrorBytes: number;
  /** A model list, with all its pages. */
  readonly maxModelListBytes: number;
  readonly maxModelListPages: number;
  readonly maxModelsPerProvider: number;
  /** An Ollama server's description of a model. With `verbose` it contains the vocabulary, and is up to about 15 MB. */
  readonly maxShowBytes: number;
}

const MIB = 1024 ** 2;

export const REPLY_LIMITS: ReplyLimits = {
  // 2,048 embeddings of 3,072 dimensions, printed with indentation, are 140 MB.
  maxReplyBytes: 256 * MIB,
  // Providers that validate with pydantic quote the whole request.
  maxErrorBytes: MIB,
  maxModelListBytes: 16 * MIB,
  maxModelListPages: 100,
  maxModelsPerProvider: 10_000,
  maxShowBytes: 32 * MIB,
};

export interface CacheLimits {
  /** A client's name of a model. */
  readonly maxModelNameCharacters: number;
  /** Models of one provider in `/api/ps`. */
  readonly maxLoadedModels: number;
  readonly maxLearnedModels: number;
  readonly maxLearnedFixesPerModel: number;
  /** Keys and models of one provider that rest after a failure. */
  readonly maxResting: number;
  /** Conversations whose candidate is known. */
  readonly maxConversations: number;
  /** Tool calls in `ToolCallCache`. */
  readonly maxRememberedCalls: number;
  readonly maxRememberedCharacters: number;
  /** Descriptions in `ShowCache`, per provider. */
  readonly maxKeptShows: number;
  readonly maxKeptShowCharacters: number;
}

export const CACHE_LIMITS: CacheLimits = {
  maxModelNameCharacters: 1000,
  maxLoadedModels: 200,
  maxLearnedModels: 500,
  maxLearnedFixesPerModel: 20,
  maxResting: 1000,
  maxConversations: 10_000,
  maxRememberedCalls: 2000,
  maxRememberedCharacters: 32_000_000,
  maxKeptShows: 500,
  maxKeptShowCharacters: 32_000_000,
};
