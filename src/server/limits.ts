/** What is accepted from a client. Each value is documented in the README under "Limits", which a test compares. */

export interface BodyLimits {
  /** Of a body that is read whole: JSON on every route. */
  readonly maxRequestBodyBytes: number;
  /** Of that JSON: each of its values, down to the last `{}`, costs some 300 bytes of memory. */
  readonly maxRequestValues: number;
  /** Of a compressed body, counted after decompression. The value is that of Ollama's `middleware/zstd.go`. */
  readonly maxDecompressedBodyBytes: number;
  /** Of a multipart body. It is held in memory three times over while it is rewritten. */
  readonly maxFormBytes: number;
  /** Of a part of a model, which streams through. Bun itself answers 413, without a body, to a longer one. */
  readonly maxBlobBytes: number;
  /** How long a body may take to begin, or pause. */
  readonly maxBodyPauseMs: number;
  /** The least average speed of a body, counted after the first `maxBodyPauseMs`. */
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
