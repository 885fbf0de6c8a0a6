/** `/api/embed` and `/api/embeddings`: relayed to Ollama servers, translated for all other providers. */
import { ProxyError } from "../chat/error.ts";
import {
  type EmbedRequest,
  decodeEmbedRequest,
  decodeEmbeddingsRequest,
  embedModelNotFound,
  CHARACTERS_A_TOKEN,
  fitInput,
  inputTooLong,
  normalize,
} from "../apis/ollama/client/embed.ts";
import {
  type EmbeddingsReply,
  decodeEmbeddingsReply,
  encodeEmbeddingsRequest,
} from "../apis/openai/upstream/embeddings.ts";
import { decodeError } from "../apis/shared/upstream-errors.ts";
import { parseJson } from "../wire/json.ts";
import type { Scope } from "./services.ts";
import { type JsonBody, relayWhole } from "../apis/ollama/relay.ts";
import { type Target, findTarget } from "./find-model.ts";
import { type Outgoing, sendRepaired } from "./attempt.ts";

/** How many requests one client request may have open with a provider. */
const MOST_AT_ONCE = 4;

/** JSON text. Throws `ProxyError`. */
export async function answerEmbed(body: JsonBody, scope: Scope): Promise<string> {
  const request = decodeEmbedRequest(body.value);
  if (request.model === "") throw new ProxyError("model-not-found", "model '' not found");
  return answerWith("/api/embed", { request, body }, scope, ({ vectors, inputTokens }) => {
    const totalNs = Math.max(1, Math.round((scope.gateway.runtime.now() - scope.startedAtMs) * 1e6));
    return {
      model: request.model,
      embeddings: vectors.map((vector) => normalize(vector, request.dimensions)),
      ...(vectors.length === 0
        ? {}
        : { total_duration: totalNs, load_duration: 1, prompt_eval_count: inputTokens ?? vectors.length }),
    };
  });
}

/** JSON text. Throws `ProxyError`. */
export async function answerEmbeddings(body: JsonBody, scope: Scope): Promise<string> {
  const request = decodeEmbeddingsRequest(body.value);
  return answerWith("/api/embeddings", { request, body }, scope, ({ vectors }) => ({
    embedding: vectors[0] ?? [],
  }));
}

async function answerWith(
  path: string,
  { request, body }: { readonly request: EmbedRequest; readonly body: JsonBody },
  scope: Scope,
  encode: (reply: EmbeddingsReply) => object,
): Promise<string> {
  const target = await find(request, scope);
  const text =
    target.provider.apiType === "ollama"
      ? await relayWhole({ path, body, model: request.model, target }, scope)
      : JSON.stringify(encode(await embed(request, target, scope)));
  scope.gateway.loaded.use(target.listed, request.keepAliveMs);
  return text;
}

async function find(request: EmbedRequest, scope: Scope): Promise<Target> {
  scope.note({ model: request.model });
  const target = await findTarget(request.model, scope.gateway.catalog, { missing: embedModelNotFound });
  scope.note({ provider: target.provider.name });
  return target;
}

/** In the order of the inputs, in as many requests as the provider's limit wants. */
async function embed(request: EmbedRequest, target: Target, scope: Scope): Promise<EmbeddingsReply> {
  scope.note({ lane: "translate" });
  const size = batchSize(target, scope);
  try {
    return await embedInBatches(inBatches(fitInput(request), size), request, target, scope);
  } catch (error) {
    // The refusal may have taught us a smaller size; anything else stands.
    if (batchSize(target, scope) >= size) throw error;
    return embed(request, target, scope);
  }
}

function batchSize({ provider, listed }: Target, { gateway }: Scope): number {
  const { id } = listed.model;
  return gateway.lessons.recall(provider.name, id).quirks.embedBatch ?? provider.quirksOf(id).embedBatch;
}

function inBatches(input: readonly string[], size: number): readonly (readonly string[])[] {
  return Array.from({ length: Math.ceil(input.length / size) }, (_, index) =>
    input.slice(index * size, (index + 1) * size),
  );
}

async function embedInBatches(
  batches: readonly (readonly string[])[],
  request: EmbedRequest,
  target: Target,
  scope: Scope,
): Promise<EmbeddingsReply> {
  const replies: EmbeddingsReply[] = [];
  for (let first = 0; first < batches.length; first += MOST_AT_ONCE) {
    const some = batches.slice(first, first + MOST_AT_ONCE);
    replies.push(...(await Promise.all(some.map((batch) => embedFitting(batch, request, target, scope)))));
  }
  const counts = replies.map((reply) => reply.inputTokens).filter((count) => count !== undefined);
  return {
    vectors: replies.flatMap((reply) => reply.vectors),
    inputTokens: counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0),
  };
}

/** A text that is too long for the model is cut until it fits, unless the client forbids it. */
async function embedFitting(
  batch: readonly string[],
  request: EmbedRequest,
  target: Target,
  scope: Scope,
): Promise<EmbeddingsReply> {
  let limit = Math.max(...batch.map((text) => text.length));
  for (;;) {
    try {
      const texts = batch.map((text) => text.slice(0, limit));
      return await embedBatch(texts, request, target, scope);
    } catch (error) {
      if (!(error instanceof ProxyError) || error.kind !== "context-overflow") throw error;
      if (!request.truncate) throw inputTooLong(error);
      const window = target.listed.model.contextLength * CHARACTERS_A_TOKEN;
      limit = Math.min(window, Math.floor(limit * CUT));
      if (limit < SHORTEST_CUT) throw error;
    }
  }
}

const CUT = 0.7;
/** A model that refuses even this refuses for another reason. */
const SHORTEST_CUT = 64;

async function embedBatch(
  input: readonly string[],
  request: EmbedRequest,
  target: Target,
  scope: Scope,
): Promise<EmbeddingsReply> {
  const { id } = target.listed.model;
  const outgoing: Outgoing = {
    requestFor: () => ({
      path: "/embeddings",
      body: encodeEmbeddingsRequest(id, input, request.dimensions),
    }),
    encode: (body) => JSON.stringify(body),
    model: request.model,
  };
  const exchange = await sendRepaired(outgoing, target, scope).catch(explain);
  const text = await exchange.text();
  const body = parseJson(text);
  if (body === undefined) throw decodeError(200, text).from(target.provider);
  try {
    return decodeEmbeddingsReply(body, input.length);
  } catch (error) {
    throw exchange.toError(error);
  }
}

/** Most hosts have no embeddings at all. */
function explain(error: unknown): never {
  if (!(error instanceof ProxyError) || error.kind !== "upstream-no-path") throw error;
  throw new ProxyError("unsupported", "this model does not support embeddings", {
    provider: error.provider,
    cause: error,
  });
}
