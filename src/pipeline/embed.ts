/** How a provider of another API embeds texts: in as many requests as its limit wants, each text cut until it fits. */
import { type EmbedReply, type EmbedRequest, fitInput } from "../chat/embed.ts";
import { ProxyError } from "../chat/error.ts";
import { CHARACTERS_PER_TOKEN } from "../chat/estimate.ts";
import { type LearnedFix, learnedOptions } from "../providers/learned-fixes.ts";
import { JSON_TYPE } from "../wire/content-types.ts";
import { parseJson } from "../wire/json.ts";
import { type Budget, type Plan, attempt } from "./attempt.ts";
import { readWhole } from "./read-reply.ts";
import type { Candidate } from "./resolve.ts";
import type { RequestContext } from "./services.ts";

/** How many requests one client request may have open with a provider. */
const MAX_CONCURRENT = 4;
/** What a text that is too long is cut to, as a part of its length. */
const CUT = 0.7;
/** A model that rejects even this many characters rejects them for another reason. */
const MIN_CHARACTERS = 64;

/** The vectors in the order of the inputs. Throws `ProxyError`; `context-overflow` when a text is too long and may not be cut. */
export async function embed(
  request: EmbedRequest,
  candidate: Candidate,
  context: RequestContext,
  budget: Budget,
): Promise<EmbedReply> {
  const { provider, listed } = candidate;
  const { fixes } = provider.state;
  const options = { ...provider.optionsFor(listed.model.id), ...learnedOptions(fixes.get(listed.model.id)) };
  const texts = fitInput(request);
  const embedder = new Embedder(request, candidate, context, budget);
  try {
    return await embedder.embedAll(texts, options.maxEmbeddingBatch);
  } catch (error) {
    const { smallerBatch } = embedder;
    const size = smallerBatch?.fix.options.maxEmbeddingBatch;
    if (smallerBatch === undefined || size === undefined) throw error;
    const reply = await embedder.embedAll(texts, size);
    fixes.add(listed.model.id, [smallerBatch]);
    return reply;
  }
}

class Embedder {
  readonly #request: EmbedRequest;
  readonly #candidate: Candidate;
  readonly #context: RequestContext;
  readonly #budget: Budget;
  /** What an error taught about the size of a batch. */
  smallerBatch: LearnedFix | undefined;

  constructor(request: EmbedRequest, candidate: Candidate, context: RequestContext, budget: Budget) {
    this.#request = request;
    this.#candidate = candidate;
    this.#context = context;
    this.#budget = budget;
  }

  async embedAll(texts: readonly string[], batchSize: number): Promise<EmbedReply> {
    const batches = Array.from({ length: Math.ceil(texts.length / batchSize) }, (_, index) =>
      texts.slice(index * batchSize, (index + 1) * batchSize),
    );
    const replies: EmbedReply[] = [];
    for (let first = 0; first < batches.length; first += MAX_CONCURRENT) {
      const some = batches.slice(first, first + MAX_CONCURRENT);
      replies.push(...(await Promise.all(some.map((batch) => this.#embedFitting(batch)))));
    }
    const counts = replies.map((reply) => reply.inputTokens).filter((count) => count !== undefined);
    return {
      vectors: replies.flatMap((reply) => reply.vectors),
      inputTokens: counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0),
    };
  }

  /** A text that is too long for the model is cut until it fits, unless the client forbids it. */
  async #embedFitting(batch: readonly string[]): Promise<EmbedReply> {
    let limit = Math.max(...batch.map((text) => text.length));
    for (;;) {
      try {
        return await this.#embedBatch(batch.map((text) => text.slice(0, limit)));
      } catch (error) {
        if (!(error instanceof ProxyError) || error.kind !== "context-overflow") throw error;
        const window = this.#candidate.listed.model.contextLength * CHARACTERS_PER_TOKEN;
        limit = Math.min(window, Math.floor(limit * CUT));
        if (!this.#request.truncate || limit < MIN_CHARACTERS) throw error;
      }
    }
  }

  async #embedBatch(input: readonly string[]): Promise<EmbedReply> {
    const { provider, listed } = this.#candidate;
    const { path, encodeRequest, decodeReply, decodeError } = provider.api.embeddings;
    const plan: Plan<EmbedReply> = {
      mode: "translate",
      passesHeaders: false,
      decodeError,
      onFix: (fix) => {
        if (fix.fix.options.maxEmbeddingBatch !== undefined) this.smallerBatch = fix;
      },
      encode: () => ({
        path,
        accept: JSON_TYPE,
        body: {
          type: "json",
          value: encodeRequest(listed.model.id, input, this.#request.dimensions),
          encode: (body) => JSON.stringify(body),
        },
        droppedParams: [],
        read: (exchange) =>
          readWhole(exchange, (text) => {
            const body = parseJson(text);
            if (body === undefined) throw decodeError(200, text);
            return decodeReply(body, input.length);
          }),
      }),
    };
    const { reply } = await attempt([this.#candidate], () => plan, this.#context, this.#budget);
    return reply;
  }
}
