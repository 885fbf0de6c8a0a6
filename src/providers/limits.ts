/** What is read of a provider, and what is kept between requests. Each value is documented in the README under "Limits", which a test compares. */

export interface ReplyLimits {
  /** Of a reply that is read whole. One that streams passes through, however long. */
  readonly maxReplyBytes: number;
  /** Of the body of an error: only its beginning is read. */
  readonly maxErrorBytes: number;
  /** Of a list of models, all its pages together. */
  readonly maxModelListBytes: number;
  readonly maxModelListPages: number;
  readonly maxModelsPerProvider: number;
  /** Of what an Ollama server tells of one model; verbose, with the vocabulary, that is some 15 MB for the largest. */
  readonly maxShowBytes: number;
}

const MIB = 1024 ** 2;

export const REPLY_LIMITS: ReplyLimits = {
  // 2,048 embeddings of 3,072 dimensions, printed with indentation, are 140 MB.
  maxReplyBytes: 256 * MIB,
  // Hosts that validate with pydantic quote the whole request.
  maxErrorBytes: MIB,
  maxModelListBytes: 16 * MIB,
  maxModelListPages: 100,
  maxModelsPerProvider: 10_000,
  maxShowBytes: 32 * MIB,
};

export interface CacheLimits {
  /** Of the name by which a client asks for a model. */
  readonly maxModelNameCharacters: number;
  /** In `/api/ps`. */
  readonly maxLoadedModels: number;
  readonly maxLearnedModels: number;
  readonly maxLearnedFixesPerModel: number;
  /** Tool calls whose thinking and attachments the provider will want back. */
  readonly maxRememberedCalls: number;
  readonly maxRememberedCharacters: number;
  /** Replies of `/api/show` of Ollama servers. */
  readonly maxKeptShows: number;
  readonly maxKeptShowCharacters: number;
}

export const CACHE_LIMITS: CacheLimits = {
  maxModelNameCharacters: 1000,
  maxLoadedModels: 200,
  maxLearnedModels: 500,
  maxLearnedFixesPerModel: 20,
  maxRememberedCalls: 2000,
  maxRememberedCharacters: 32_000_000,
  maxKeptShows: 500,
  maxKeptShowCharacters: 32_000_000,
};
