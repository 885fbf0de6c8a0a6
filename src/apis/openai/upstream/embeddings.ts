/**
 * OpenAI embeddings, as asked of a provider.
 *
 *     POST {base}/embeddings   {"model":"m","input":["a","b"]}
 *     {"data":[{"index":1,"embedding":[0.1,…]},{"index":0,"embedding":"AACAPw…"}],"usage":{"prompt_tokens":2}}
 *
 * Seen in the wild, and all read here: vectors as base64 of little-endian 32-bit floats, as `{"float":[…]}`, as a list of one list
 * (llama.cpp); entries in any order. `encoding_format` is never sent, because some hosts refuse it.
 */
import type { EmbedReply } from "../../../chat/embed.ts";
import { ProxyError } from "../../../chat/error.ts";
import { type JsonObject, arrayAt, isObject, numberAt, objectAt } from "../../../wire/json.ts";
import { errorInFrame } from "../../shared/upstream-errors.ts";

export function encodeEmbeddingsRequest(
  model: string,
  input: readonly string[],
  dimensions: number | undefined,
): JsonObject {
  // An empty text is refused by OpenAI; a space embeds the same nothing.
  const texts = input.map((text) => (text === "" ? " " : text.toWellFormed()));
  return { model, input: texts, ...(dimensions === undefined ? {} : { dimensions }) };
}

/** Throws `upstream-invalid` when there is not one vector for each of `count` inputs. */
export function decodeEmbeddingsReply(body: unknown, count: number): EmbedReply {
  const data = Array.isArray(body) ? body : arrayAt(body, "data");
  const sent = new Map<number, readonly number[]>();
  for (const [position, entry] of data.entries()) {
    const index = numberAt(entry, "index") ?? numberAt(entry, "text_index") ?? position;
    sent.set(index, decodeVector(isObject(entry) ? entry["embedding"] : entry));
  }
  const vectors = Array.from({ length: count }, (_, index) => sent.get(index) ?? []);
  const found = vectors.filter((vector) => vector.length > 0).length;
  if (found !== count) throw errorInFrame(body, undefined) ?? miscounted(found, count);
  const usage = objectAt(body, "usage");
  return { vectors, inputTokens: numberAt(usage, "prompt_tokens") ?? numberAt(usage, "total_tokens") };
}

function miscounted(found: number, count: number): ProxyError {
  const counts = `${found} ${found === 1 ? "embedding" : "embeddings"} for ${count} ${count === 1 ? "input" : "inputs"}`;
  return new ProxyError("upstream-invalid", `The provider sent ${counts}; try again`);
}

/** Two levels are in use: a list of one list, and lists by data type. */
const MOST_DEPTH = 4;

function decodeVector(value: unknown, depth = MOST_DEPTH): readonly number[] {
  if (typeof value === "string") return decodeFloats(value);
  if (depth === 0) return [];
  if (isObject(value)) return decodeVector(value["float"], depth - 1);
  if (!Array.isArray(value)) return [];
  const [first]: readonly unknown[] = value;
  if (Array.isArray(first)) return decodeVector(first, depth - 1);
  const numbers = value.filter((number) => typeof number === "number");
  // A vector with a hole is not a shorter one.
  return numbers.length === value.length ? numbers : [];
}

function decodeFloats(base64: string): readonly number[] {
  const [, digits] = /^([A-Za-z0-9+/]*)={0,2}$/.exec(base64) ?? [];
  if (digits === undefined || digits.length % 4 === 1) return [];
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => view.getFloat32(index * 4, true));
}
