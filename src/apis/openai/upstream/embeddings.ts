/**
 * OpenAI embeddings, as asked of a provider.
 *
 *     POST {base}/embeddings   {"model":"m","input":["a","b"]}
 *     {"data":[{"index":1,"embedding":[0.1,…]},{"index":0,"embedding":"AACAPw…"}],"usage":{"prompt_tokens":2}}
 *
 * Seen in the wild, and all read here: vectors as base64 of little-endian 32-bit floats, as `{"float":[…]}`, as a list of one list
 * (llama.cpp); entries in any order. `encoding_format` is never sent, because some hosts refuse it.
 */
import type { EmbedInput, EmbedReply, EmbedRequest } from "../../../chat/embed.ts";
import { ProxyError } from "../../../chat/error.ts";
import type { ProviderOptions } from "../../../options/options.ts";
import { type JsonObject, arrayAt, isObject, numberAt, objectAt } from "../../../wire/json.ts";
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
  // An empty text is refused by OpenAI; a space embeds the same nothing.
  return input === "" ? " " : input.toWellFormed();
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

/** A vector that is missing, or that cannot be read. */
export function miscounted(found: number, count: number): ProxyError {
  const counts = `${found} ${found === 1 ? "embedding" : "embeddings"} for ${count} ${count === 1 ? "input" : "inputs"}`;
  return new ProxyError("upstream-invalid", `The provider sent ${counts}; try again`);
}
