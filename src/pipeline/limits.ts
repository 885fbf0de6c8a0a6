/** What is kept between requests. Each value is documented in the README under "Limits", which a test compares. */

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
