/**
 * Embeddings of an Ollama server's own API.
 *
 *     POST /api/embed   {"model":"m","input":["a","b"],"dimensions":256}
 *     {"model":"m","embeddings":[[0.1,…],[0.2,…]],"prompt_eval_count":2}
 */
import type { EmbedReply, EmbedRequest } from "../../../chat/embed.ts";
import { ProxyError } from "../../../chat/error.ts";
import { type JsonObject, arrayAt, numberAt } from "../../../wire/json.ts";

/**
 * Texts that are too long are cut, which is the default of the server, as of its `/v1/embeddings`. Throws `bad-request` for token numbers,
 * which an Ollama server does not read.
 */
export function encodeEmbeddingsRequest({ input, dimensions }: EmbedRequest, model: string): JsonObject {
  const texts = input.map((text) => {
    if (typeof text === "string") return text.toWellFormed();
    throw new ProxyError("bad-request", "invalid input type");
  });
  return { model, input: texts, ...(dimensions === undefined ? {} : { dimensions }) };
}

/** Throws `upstream-invalid` unless there is one vector for each of `count` inputs. */
export function decodeEmbeddingsReply(body: unknown, count: number): EmbedReply {
  const vectors = arrayAt(body, "embeddings").map(numbersIn);
  const found = vectors.filter((vector) => vector.length > 0).length;
  if (found !== count || vectors.length !== count) {
    const message = `The provider sent ${found} embeddings for ${count} inputs; try again`;
    throw new ProxyError("upstream-invalid", message);
  }
  return { vectors, inputTokens: numberAt(body, "prompt_eval_count") };
}

function numbersIn(vector: unknown): readonly number[] {
  return Array.isArray(vector) && vector.every((value) => typeof value === "number") ? vector : [];
}
