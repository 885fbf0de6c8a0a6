/**
 * Clients' requests to OpenAI's embeddings API.
 *
 *     POST /v1/embeddings   {"model":"m","input":["a","b"],"encoding_format":"base64","dimensions":256}
 *     {"object":"list","data":[{"object":"embedding","embedding":"AACAPw==","index":0}],"model":"m","usage":{…}}
 *
 * `input` is a text, the token numbers of a text, or a list of texts or token lists.
 */
import type { EmbedInput } from "../../../chat/embed.ts";
import { ProxyError, modelNotFound } from "../../../chat/error.ts";
import { JSON_TYPE, SSE_TYPE } from "../../../wire/content-types.ts";
import { type JsonObject, isObject } from "../../../wire/json.ts";
import type { ClientRequest, Endpoint, JsonBody, Translatable } from "../../endpoint.ts";
import { embedModelNotFound } from "../../shared/embed-errors.ts";
import { Fields } from "../../shared/go-fields.ts";
import { EMBEDDINGS_RELAY } from "../embeddings-relay.ts";
import { encodeRelay } from "../relay.ts";
import { encodeEmbeddingsReply, wantedVectors } from "../vectors.ts";

export const EMBEDDINGS: Endpoint = {
  input: { type: "json", decode: decodeEmbeddings },
  modelErrors: { missing: embedModelNotFound },
  relay: EMBEDDINGS_RELAY,
  stream: { contentType: SSE_TYPE },
  wholeType: JSON_TYPE,
};

/** The checks of the real Ollama server, with its messages and in its order. */
function decodeEmbeddings(body: JsonBody): ClientRequest {
  const fields = Fields.of("EmbedRequest", body.value, "openai");
  const model = fields.string("model") ?? "";
  fields.boolean("stream");
  const format = fields.string("encoding_format") ?? "";
  if (!/^(?:float|base64)?$/i.test(format)) {
    throw new ProxyError(
      "bad-request",
      `Invalid value for 'encoding_format' = ${format}. Supported values: ['float', 'base64'].`,
    );
  }
  const input = fields.unknown("input");
  if (input === undefined || (Array.isArray(input) && input.length === 0)) {
    throw new ProxyError("bad-request", "invalid input");
  }
  if (model.trim() === "") throw modelNotFound(model);
  const inputs = inputsOf(input);
  return {
    model,
    stream: false,
    body: body.value,
    needs: {},
    inputCount: inputs?.length,
    encodeRelay: (id, options) => encodeRelay(body, id, options, undefined),
    translate: () => translated(inputs, body.value),
  };
}

function translated(inputs: readonly EmbedInput[] | undefined, body: unknown): Translatable {
  if (inputs === undefined) throw new ProxyError("bad-request", "invalid input type");
  const wanted = wantedVectors(body);
  return {
    type: "embed",
    embed: {
      input: inputs,
      dimensions: wanted.dimensions,
      truncate: false,
      contextLength: undefined,
      extra: extraFields(body),
    },
    encodeReply: (reply, context) => encodeEmbeddingsReply(reply, wanted, context),
  };
}

/** Undefined: another kind of input, such as images, which a provider may support. */
function inputsOf(input: unknown): readonly EmbedInput[] | undefined {
  if (typeof input === "string") return [input];
  if (isTokens(input)) return [input];
  const inputs: readonly unknown[] = Array.isArray(input) ? input : [];
  return inputs.length > 0 && inputs.every(isInput) ? inputs : undefined;
}

function isInput(value: unknown): value is EmbedInput {
  return typeof value === "string" || isTokens(value);
}

function isTokens(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((token) => typeof token === "number");
}

const KNOWN: ReadonlySet<string> = new Set(["model", "input", "dimensions", "encoding_format"]);

function extraFields(body: unknown): JsonObject {
  const entries = Object.entries(isObject(body) ? body : {});
  return Object.fromEntries(
    entries.filter(([field, value]) => value !== null && !KNOWN.has(field.toLowerCase())),
  );
}
