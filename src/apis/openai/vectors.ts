/**
 * Vectors in OpenAI's API: lists of numbers, or base64 of little-endian 32-bit floats when `encoding_format`
 * is `base64`.
 * OpenAI's own libraries request base64 by default, and decode any reply as base64.
 */
import { type EmbedReply, unitVector } from "../../chat/embed.ts";
import type { ReplyContext } from "../../chat/event.ts";
import { isObject } from "../../wire/json.ts";
import { Fields } from "../shared/go-fields.ts";

/** The vector format that a client requested. */
export interface WantedVectors {
  readonly isBase64: boolean;
  /** Length of a vector; undefined: the model's own length. */
  readonly dimensions: number | undefined;
}

/** Reads a request's body. Throws `bad-request` when a field has a wrong type. */
export function wantedVectors(body: unknown): WantedVectors {
  const fields = Fields.of("EmbedRequest", body, "openai");
  const dimensions = fields.integer("dimensions");
  return {
    isBase64: fields.string("encoding_format")?.toLowerCase() === "base64",
    dimensions: dimensions !== undefined && dimensions > 0 ? dimensions : undefined,
  };
}

/**
 * A provider's vector in the requested format. Returns the same value when it has that format already;
 * undefined: not a vector.
 */
export function asWanted(value: unknown, { isBase64, dimensions }: WantedVectors): unknown {
  const vector = decodeVector(value);
  if (vector.length === 0) return undefined;
  const isWanted = isBase64 ? typeof value === "string" : isFlatList(value);
  if (isWanted && vector.length <= (dimensions ?? vector.length)) return value;
  const kept = shortened(vector, dimensions);
  return isBase64 ? encodeFloats(kept) : kept;
}

/** The reply as JSON text. */
export function encodeEmbeddingsReply(
  { vectors, inputTokens = 0 }: EmbedReply,
  wanted: WantedVectors,
  { model }: ReplyContext,
): string {
  const data = vectors.map((vector, index) => ({
    object: "embedding",
    embedding: asWanted(vector, wanted),
    index,
  }));
  const usage = { prompt_tokens: inputTokens, total_tokens: inputTokens };
  return JSON.stringify({ object: "list", data, model, usage });
}

function isFlatList(value: unknown): boolean {
  return Array.isArray(value) && typeof value[0] === "number";
}

/** Shortens a vector as OpenAI does, for providers that do not support `dimensions`. */
function shortened(vector: readonly number[], dimensions = vector.length): readonly number[] {
  return vector.length <= dimensions ? vector : unitVector(vector, dimensions);
}

/** Known replies have two levels: a list of one list, and lists by data type. */
const MAX_DEPTH = 4;

/**
 * The numbers of a vector in any known format. Empty when the value is not a vector, or when a number is
 * missing.
 */
export function decodeVector(value: unknown, depth = MAX_DEPTH): readonly number[] {
  if (typeof value === "string") return decodeFloats(value);
  if (depth === 0) return [];
  if (isObject(value)) return decodeVector(value["float"], depth - 1);
  if (!Array.isArray(value)) return [];
  const [first]: readonly unknown[] = value;
  if (Array.isArray(first)) return decodeVector(first, depth - 1);
  const numbers = value.filter((number) => typeof number === "number");
  // A vector with a missing number is rejected, not shortened.
  return numbers.length === value.length ? numbers : [];
}

function decodeFloats(base64: string): readonly number[] {
  const [, digits] = /^([A-Za-z0-9+/]*)={0,2}$/.exec(base64) ?? [];
  if (digits === undefined || digits.length % 4 === 1) return [];
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const numbers = Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) =>
    view.getFloat32(index * 4, true),
  );
  return numbers.every(Number.isFinite) ? numbers : [];
}

function encodeFloats(vector: readonly number[]): string {
  const view = new DataView(new ArrayBuffer(vector.length * 4));
  for (const [index, number] of vector.entries()) view.setFloat32(index * 4, number, true);
  let bytes = "";
  for (let index = 0; index < view.byteLength; index += 1) bytes += String.fromCharCode(view.getUint8(index));
  return btoa(bytes);
}
