/**
 * Ollama's embeddings.
 *
 *     POST /api/embed        {"model":"m","input":["a","b"],"dimensions":256}
 *     {"model":"m","embeddings":[[…],[…]],"total_duration":1,"load_duration":1,"prompt_eval_count":2}
 *
 *     POST /api/embeddings   {"model":"m","prompt":"a"}        the older route
 *     {"embedding":[…]}
 *
 * Vectors of `/api/embed` have length 1. Those of the older route are not changed.
 */
import { type EmbedReply, type EmbedRequest, unitVector } from "../../../chat/embed.ts";
import { ProxyError } from "../../../chat/error.ts";
import type { ReplyContext } from "../../../chat/event.ts";
import { Fields } from "../../shared/go-fields.ts";
import { parseKeepAlive } from "./duration.ts";
import { decodeContextLength } from "./options.ts";

/** The values that only Ollama's own routes have, in addition to the neutral request. */
export interface DecodedEmbed {
  readonly model: string;
  readonly keepAliveMs: number | undefined;
  readonly embed: EmbedRequest;
}

/** Throws `bad-request`, with Ollama's exact messages. */
export function decodeEmbedRequest(body: unknown): DecodedEmbed {
  const fields = Fields.of("EmbedRequest", body);
  const dimensions = fields.integer("dimensions");
  return {
    model: fields.string("model") ?? "",
    embed: {
      input: decodeInput(fields.unknown("input")),
      dimensions: dimensions !== undefined && dimensions > 0 ? dimensions : undefined,
      truncate: fields.boolean("truncate") ?? true,
      contextLength: decodeContextLength(fields.object("options", "map[string]interface {}")),
    },
    keepAliveMs: keepAlive(fields),
  };
}

/** Throws `bad-request`, with Ollama's exact messages. */
export function decodeEmbeddingsRequest(body: unknown): DecodedEmbed {
  const fields = Fields.of("EmbeddingRequest", body);
  const model = fields.string("model") ?? "";
  if (model.trim() === "") throw new ProxyError("bad-request", "model is required");
  const prompt = fields.string("prompt") ?? "";
  return {
    model,
    embed: {
      input: prompt === "" ? [] : [prompt],
      dimensions: undefined,
      truncate: true,
      contextLength: decodeContextLength(fields.object("options", "map[string]interface {}")),
    },
    keepAliveMs: keepAlive(fields),
  };
}

/** The error with the message that clients recognize. `cause` is the provider's error, if there is one. */
export function inputTooLong(cause?: ProxyError): ProxyError {
  return new ProxyError("context-overflow", "the input length exceeds the context length", {
    provider: cause?.provider,
    cause,
  });
}

/** JSON text. */
export function encodeEmbedReply(
  { vectors, inputTokens }: EmbedReply,
  dimensions: number | undefined,
  context: ReplyContext,
): string {
  const totalNs = Math.max(1, Math.round((context.now() - context.startedAtMs) * 1e6));
  return JSON.stringify({
    model: context.model,
    embeddings: vectors.map((vector) => unitVector(vector, dimensions)),
    ...(vectors.length === 0
      ? {}
      : { total_duration: totalNs, load_duration: 1, prompt_eval_count: inputTokens ?? vectors.length }),
  });
}

/** JSON text. */
export function encodeEmbeddingsReply({ vectors }: EmbedReply): string {
  return JSON.stringify({ embedding: vectors[0] ?? [] });
}

function decodeInput(input: unknown): readonly string[] {
  if (input === undefined || input === "") return [];
  const list: readonly unknown[] = Array.isArray(input) ? input : [input];
  return list.map((text) => {
    if (typeof text === "string") return text;
    throw new ProxyError("bad-request", "invalid input type");
  });
}

function keepAlive(fields: Fields): number | undefined {
  const value = fields.unknown("keep_alive");
  return value === undefined ? undefined : parseKeepAlive(value);
}
