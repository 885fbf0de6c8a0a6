/** Limits for requests of clients. The README documents each value under "Limits"; a test compares them. */

export interface BodyLimits {
  /** A JSON body. */
  readonly maxRequestBodyBytes: number;
  /** Values in a JSON body. Each value, even `{}`, takes about 300 bytes of memory. */
  readonly maxRequestValues: number;
  /** A compressed body, after decompression. The value is that of Ollama's `middleware/zstd.go`. */
  readonly maxDecompressedBodyBytes: number;
  /** A multipart body. Three copies of it are in memory while it is rewritten. */
  readonly maxFormBytes: number;
  /** A file of a model, which is streamed to the provider. Bun answers 413, without a body, to a longer one. */
  readonly maxBlobBytes: number;
  /** The longest time until the first bytes of a body, and between two chunks. */
  readonly maxBodyPauseMs: number;
  /** The lowest average speed of a body. The first `maxBodyPauseMs` do not count. */
  readonly minBodyBytesPerSecond: number;
}

const MIB = 1024 ** 2;

export const BODY_LIMITS: BodyLimits = {
  maxRequestBodyBytes: 256 * MIB,
  maxRequestValues: 1_000_000,
  maxDecompressedBodyBytes: 20 * MIB,
  maxFormBytes: 100 * MIB,
  maxBlobBytes: 1024 ** 4,
  maxBodyPauseMs: 30_000,
  minBodyBytesPerSecond: 1024,
};
