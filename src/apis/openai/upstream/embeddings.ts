/**
 * Requests to a provider's embeddings API, and its replies.
 *
 *     POST {base}/embeddings   {"model":"m","input":["a","b"]}
 *     {"data":[{"index":1,"embedding":[0.1,…]},{"index":0,"embedding":"AACAPw…"}],"usage":{"prompt_tokens":2}}
 *
 * Providers differ in many ways. All of these are read:
 *
 * - vectors as base64 of little-endian 32-bit floats, as `{"float":[…]}`, or as a list of one list
 *   (llama.cpp)
 * - entries in any order, with an index from zero, from one or as text, or without an index
 * - a list of vectors or entries without `data` around it (llama.cpp, Text Embeddings Inference)
 * - `embeddings` or `embedding` instead of `data`
 *
 * `encoding_format` is never sent, because some providers reject it.
 */
import type { EmbedInput, EmbedReply, EmbedRequest } from "../../../chat/embed.ts";
import { ProxyError } from "../../../chat/error.ts";
import type { ProviderOptions } from "../../../options/options.ts";
import { type JsonObject, arrayAt, isObject, numberAt, objectAt, stringAt } from "../../../wire/json.ts";
import { decodeVector } from "../vectors.ts";
import { errorInFrame } from "../../shared/frame-errors.ts";

export function encodeEmbeddingsRequest(
  { input, dimensions, extra = {} }: EmbedRequest,
  model: string,
  { unsupportedParams }: ProviderOptions,
): JsonObject {
  const known = Object.entries(extra).filter(([field]) => !unsupportedParams.includes(field));
  return {
    model,
    input: input.map(encodeInput),
    ...(dimensions === undefined ? {} : { dimensions }),
    ...Object.fromEntries(known),
  };
}

function encodeInput(input: EmbedInput): EmbedInput {
  if (typeof input !== "string") return input;
  // OpenAI rejects an empty text. A space stands for it.
  return input === "" ? " " : input.toWellFormed();
}

/** Throws `upstream-invalid` unless there is one vector for each of `count` inputs. */
export function decodeEmbeddingsReply(body: unknown, count: number): EmbedReply {
  const sent = inOrder(entriesIn(body));
  const vectors = Array.from({ length: count }, (_, index) => decodeVector(vectorIn(sent.get(index))));
  const found = vectors.filter((vector) => vector.length > 0).length;
  if (found !== count) throw errorInFrame(body, undefined) ?? miscounted(found, count);
  const usage = objectAt(body, "usage");
  return { vectors, inputTokens: numberAt(usage, "prompt_tokens") ?? numberAt(usage, "total_tokens") };
}

/** The entries of a reply, in the order of the reply. An entry is a vector, or an object with a vector. */
export function entriesIn(body: unknown): readonly unknown[] {
  if (Array.isArray(body)) return body;
  const lists = ["data", "embeddings"].map((key) => arrayAt(body, key));
  const list = lists.find(({ length }) => length > 0);
  if (list !== undefined) return list;
  return isObject(body) && body["embedding"] !== undefined ? [body] : [];
}

/** The vector of an entry, in any format. */
export function vectorIn(entry: unknown): unknown {
  return isObject(entry) ? entry["embedding"] : entry;
}

/**
 * Entries by the number of their input. Entries without an index, or all with index 0, have the order of the
 * inputs. Some providers count from one.
 */
export function inOrder(entries: readonly unknown[]): ReadonlyMap<number, unknown> {
  const indexes = entries.map(indexOf);
  const isNumbered = indexes.some((index) => index !== undefined && index !== 0);
  const isFromOne = isNumbered && isOneTo(entries.length, indexes);
  const found = new Map<number, unknown>();
  for (const [position, entry] of entries.entries()) {
    const index = isNumbered ? indexes[position] : undefined;
    found.set(index === undefined ? position : index - (isFromOne ? 1 : 0), entry);
  }
  return found;
}

function indexOf(entry: unknown): number | undefined {
  const text = stringAt(entry, "index");
  const number = text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
  return numberAt(entry, "index") ?? numberAt(entry, "text_index") ?? number;
}

function isOneTo(count: number, indexes: readonly (number | undefined)[]): boolean {
  const found = new Set(indexes);
  return (
    found.size === count &&
    Array.from({ length: count }, (_, index) => index + 1).every((index) => found.has(index))
  );
}

/** The error for vectors that are missing or cannot be read. */
export function miscounted(found: number, count: number): ProxyError {
  const counts = `${found} ${found === 1 ? "embedding" : "embeddings"} for ${count} ${count === 1 ? "input" : "inputs"}`;
  return new ProxyError("upstream-invalid", `The provider sent ${counts}; try again`);
}
