/** Embeddings in neutral form. */
import { ProxyError } from "./error.ts";
import { CHARACTERS_PER_TOKEN } from "./estimate.ts";

/** A text, or its token numbers. */
export type EmbedInput = string | readonly number[];

export interface EmbedRequest {
  readonly input: readonly EmbedInput[];
  readonly dimensions: number | undefined;
  /** Whether a text that is too long may be cut. */
  readonly truncate: boolean;
  /** The client's limit for one text, in tokens. Undefined: the model's own limit. */
  readonly contextLength: number | undefined;
  /** Other fields of the client, for a provider of the same API. Absent: none. */
  readonly extra?: { readonly [field: string]: unknown };
}

export interface EmbedReply {
  /** In the order of the inputs. */
  readonly vectors: readonly (readonly number[])[];
  readonly inputTokens: number | undefined;
}

/** At least 1. */
export function estimateInputTokens(inputs: readonly EmbedInput[]): number {
  const tokens = inputs.reduce(
    (sum, input) => sum + input.length / (typeof input === "string" ? CHARACTERS_PER_TOKEN : 1),
    0,
  );
  return Math.max(1, Math.ceil(tokens));
}

/** The first `dimensions` numbers, scaled to length 1. A vector of zeros is unchanged. */
export function unitVector(vector: readonly number[], dimensions = vector.length): readonly number[] {
  const kept = vector.slice(0, dimensions);
  const length = Math.sqrt(kept.reduce((sum, value) => sum + value * value, 0));
  return length === 0 ? kept : kept.map((value) => Math.fround(value / length));
}

/** Tokens reserved for the markers at the beginning and the end of a text. */
const MIN_CONTEXT_LENGTH = 2;

/**
 * The texts, cut to the client's context window. Throws `context-overflow` when they may not be cut, or when
 * nothing would remain.
 */
export function fitInput({ input, contextLength, truncate }: EmbedRequest): readonly EmbedInput[] {
  if (contextLength === undefined || input.length === 0) return input;
  const limit = contextLength * CHARACTERS_PER_TOKEN;
  if (!truncate && input.some((text) => text.length > limit)) {
    throw new ProxyError("context-overflow", "the input length exceeds the context length");
  }
  if (contextLength >= MIN_CONTEXT_LENGTH) return input.map((text) => text.slice(0, limit));
  throw new ProxyError("context-overflow", "input after truncation exceeds maximum context length");
}
