/**
 * Ollama's embeddings.
 *
 *     POST /api/embed        {"model":"m","input":["a","b"],"dimensions":256}
 *     {"model":"m","embeddings":[[…],[…]],"total_duration":1,"load_duration":1,"prompt_eval_count":2}
 *
 *     POST /api/embeddings   {"model":"m","prompt":"a"}        the older route
 *     {"embedding":[…]}
 *
 * Vectors of `/api/embed` have length 1; those of the older route are as the model made them.
 */
import { ProxyError } from "../../../chat/error.ts";
import { Fields } from "../../shared/go-fields.ts";
import { parseKeepAlive } from "./duration.ts";
import { decodeContextLength } from "./options.ts";

export interface EmbedRequest {
  readonly model: string;
  readonly input: readonly string[];
  readonly dimensions: number | undefined;
  /** Whether a text that is too long may be cut. */
  readonly truncate: boolean;
  /** Tokens of one text, as the client wants it; undefined leaves it to the model. */
  readonly contextLength: number | undefined;
  readonly keepAliveMs: number | undefined;
}

/** Throws `bad-request`, in the words of Ollama. */
export function decodeEmbedRequest(body: unknown): EmbedRequest {
  const fields = Fields.of("EmbedRequest", body);
  const dimensions = fields.integer("dimensions");
  return {
    model: fields.string("model") ?? "",
    input: decodeInput(fields.unknown("input")),
    dimensions: dimensions !== undefined && dimensions > 0 ? dimensions : undefined,
    truncate: fields.boolean("truncate") ?? true,
    contextLength: decodeContextLength(fields.object("options", "map[string]interface {}")),
    keepAliveMs: keepAlive(fields),
  };
}

/** Throws `bad-request`, in the words of Ollama. */
export function decodeEmbeddingsRequest(body: unknown): EmbedRequest {
  const fields = Fields.of("EmbeddingRequest", body);
  const model = fields.string("model") ?? "";
  if (model === "") throw new ProxyError("bad-request", "model is required");
  const prompt = fields.string("prompt") ?? "";
  return {
    model,
    input: prompt === "" ? [] : [prompt],
    dimensions: undefined,
    truncate: true,
    contextLength: decodeContextLength(fields.object("options", "map[string]interface {}")),
    keepAliveMs: keepAlive(fields),
  };
}

/** Both routes say it in other words than the rest. */
export function embedModelNotFound(model: string): ProxyError {
  return new ProxyError("model-not-found", `model ${JSON.stringify(model)} not found, try pulling it first`);
}

/** In the words that clients know; `cause` is what the provider said, if it was asked. */
export function inputTooLong(cause?: ProxyError): ProxyError {
  return new ProxyError("context-overflow", "the input length exceeds the context length", {
    provider: cause?.provider,
    cause,
  });
}

/** How many characters a token usually has; nobody but the provider can count them. */
export const CHARACTERS_A_TOKEN = 4;
/** Fewer tokens than these are taken by the marks of beginning and end. */
const LEAST_WINDOW = 2;

/** The texts as long as the window that the client asks for. Throws `context-overflow` when they may not be cut, or nothing is left. */
export function fitInput({ input, contextLength, truncate }: EmbedRequest): readonly string[] {
  if (contextLength === undefined || input.length === 0) return input;
  const most = contextLength * CHARACTERS_A_TOKEN;
  if (!truncate && input.some((text) => text.length > most)) throw inputTooLong();
  if (contextLength >= LEAST_WINDOW) return input.map((text) => text.slice(0, most));
  throw new ProxyError("context-overflow", "input after truncation exceeds maximum context length");
}

/** The same direction with length 1, cut to `dimensions` before that. A vector of zeros stays as it is. */
export function normalize(vector: readonly number[], dimensions: number | undefined): readonly number[] {
  const kept = dimensions === undefined ? vector : vector.slice(0, dimensions);
  const length = Math.hypot(...kept);
  return length === 0 ? kept : kept.map((value) => Math.fround(value / length));
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
