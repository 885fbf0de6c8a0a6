/** Translated embeddings: splits the texts into batches of the provider's size, and cuts texts that are too long. */
import { type EmbedInput, type EmbedReply, type EmbedRequest, fitInput } from "../chat/embed.ts";
import { ProxyError } from "../chat/error.ts";
import { CHARACTERS_PER_TOKEN } from "../chat/estimate.ts";
import { type LearnedFix, describeFix } from "../providers/learned-fixes.ts";
import { JSON_TYPE } from "../wire/content-types.ts";
import { parseJson } from "../wire/json.ts";
import { type AttemptContext, type Plan, attempt } from "./attempt.ts";
import { learn } from "./learn.ts";
import { readWhole } from "./read-reply.ts";
import { currentOptions } from "./resolve.ts";
import type { RequestContext } from "./services.ts";
import type { Target } from "./targets.ts";

/** Requests of one client request that are open at the same time. */
const MAX_CONCURRENT = 4;
/** The part of a text that is kept when it is too long. */
const CUT_RATIO = 0.7;
/** Texts are not cut to less: a model that rejects them has another reason. */
const MIN_CHARACTERS = 64;

/**
 * The vectors in the order of the inputs. `learned` is a smaller batch size, found in the error of a relayed request. Throws `ProxyError`;
 * `context-overflow` when a text is too long and may not be cut.
 */
export async function embed(
  request: EmbedRequest,
  target: Target,
  attempting: AttemptContext,
  learned?: LearnedFix,
): Promise<EmbedReply> {
  const texts = fitInput(request);
  const embedder = new Embedder(request, target, attempting);
  const { maxEmbeddingBatch } = currentOptions(target);
  const known = target.provider.state.fixes
    .get(target.listed.model.id)
    .filter((fix) => batchSize(fix) === maxEmbeddingBatch && texts.length > maxEmbeddingBatch);
  let current = learned;
  for (;;) {
    const size = batchSize(current) ?? maxEmbeddingBatch;
    try {
      const reply = await embedder.embedAll(texts, size, current === undefined ? known : [current]);
      if (current !== undefined) learn(target, [current], attempting.context);
      return reply;
    } catch (error) {
      const { smallerBatch } = embedder;
      if ((batchSize(smallerBatch) ?? size) >= size) throw error;
      current = smallerBatch;
    }
  }
}

/** Undefined when the fix does not set a batch size. */
export function batchSize(fix: LearnedFix | undefined): number | undefined {
  return fix?.fix.options.maxEmbeddingBatch;
}

class Embedder {
  readonly #request: EmbedRequest;
  readonly #target: Target;
  readonly #attempting: AttemptContext;
  /** Characters of one text. The limit that one batch finds applies to all. */
  #limit = Infinity;
  /** A smaller batch size, found in an error. */
  smallerBatch: LearnedFix | undefined;

  constructor(request: EmbedRequest, target: Target, attempting: AttemptContext) {
    this.#request = request;
    this.#target = target;
    this.#attempting = attempting;
  }

  /** `splitBy` are the learned fixes that set the batch size. When one batch fails, the others are canceled. */
  async embedAll(
    texts: readonly EmbedInput[],
    size: number,
    splitBy: readonly LearnedFix[],
  ): Promise<EmbedReply> {
    this.smallerBatch = undefined;
    const failed = new AbortController();
    const { context: whole } = this.#attempting;
    const context = { ...whole, signal: AbortSignal.any([whole.signal, failed.signal]) };
    const fixes = splitBy.map(({ fix }) => describeFix(fix));
    const replies = new Map<number, EmbedReply>();
    const embedBatchAt = async (first: number): Promise<void> => {
      const batch = texts.slice(first, first + size);
      replies.set(first, await this.#embedFitting(batch, fixes, context));
    };
    const starts = Array.from({ length: Math.ceil(texts.length / size) }, (_, index) => index * size);
    try {
      for (const some of this.#groups(texts, starts)) await Promise.all(some.map(embedBatchAt));
    } catch (error) {
      failed.abort(error);
      throw error;
    }
    const ordered = starts.flatMap((first) => replies.get(first) ?? []);
    const counts = ordered.map((reply) => reply.inputTokens).filter((count) => count !== undefined);
    return {
      vectors: ordered.flatMap((reply) => reply.vectors),
      inputTokens: counts.length === 0 ? undefined : counts.reduce((sum, count) => sum + count, 0),
    };
  }

  /**
   * Groups of batches; the batches of a group are sent at the same time. When a text may be too long, the batch with the longest
   * text is sent first and alone. So the limit is found once, because every search for it takes requests.
   */
  #groups(texts: readonly EmbedInput[], starts: readonly number[]): readonly (readonly number[])[] {
    const longest = texts.reduce((most, { length }) => Math.max(most, length), 0);
    const isAtRisk = starts.length > 1 && longest > this.#target.listed.model.contextLength;
    const size = starts[1] ?? 0;
    const position = isAtRisk ? texts.findIndex((text) => text.length === longest) : -1;
    const alone = starts.filter((first) => isAtRisk && first <= position && position < first + size);
    const others = starts.filter((first) => !alone.includes(first));
    const groups = Array.from({ length: Math.ceil(others.length / MAX_CONCURRENT) }, (_, index) =>
      others.slice(index * MAX_CONCURRENT, (index + 1) * MAX_CONCURRENT),
    );
    return alone.length === 0 ? groups : [alone, ...groups];
  }

  /** Cuts the texts until they fit, if the client allows it. */
  async #embedFitting(
    batch: readonly EmbedInput[],
    fixes: readonly string[],
    context: RequestContext,
  ): Promise<EmbedReply> {
    for (;;) {
      const limit = Math.min(this.#limit, Math.max(...batch.map((text) => text.length)));
      try {
        return await this.#embedBatch(
          batch.map((text) => text.slice(0, limit)),
          fixes,
          context,
        );
      } catch (error) {
        const isTooLong = error instanceof ProxyError && error.kind === "context-overflow";
        // In a smaller batch the texts may fit uncut.
        if (!isTooLong || this.smallerBatch !== undefined) throw error;
        const window = this.#target.listed.model.contextLength * CHARACTERS_PER_TOKEN;
        const shorter = Math.min(window, Math.floor(limit * CUT_RATIO));
        const isUseful = this.#request.truncate && shorter >= MIN_CHARACTERS;
        if (!isUseful || !this.#attempting.budget.hasRequests) throw error;
        this.#attempting.budget.spend();
        this.#limit = Math.min(this.#limit, shorter);
      }
    }
  }

  async #embedBatch(
    input: readonly EmbedInput[],
    fixes: readonly string[],
    context: RequestContext,
  ): Promise<EmbedReply> {
    const { provider, listed } = this.#target;
    const { embeddings } = provider.api;
    // The message that Ollama's clients know.
    if (embeddings === undefined) {
      throw new ProxyError("unsupported", "this model does not support embeddings", {
        provider: provider.name,
      });
    }
    const { path, encodeRequest, decodeReply, decodeError } = embeddings;
    const plan: Plan<EmbedReply> = {
      mode: "translate",
      passesHeaders: false,
      decodeError,
      fixes,
      encode: (options) => ({
        path,
        accept: JSON_TYPE,
        body: {
          type: "json",
          value: encodeRequest({ ...this.#request, input }, listed.model.id, options),
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
    const result = await attempt(this.#target, plan, { ...this.#attempting, context });
    if (result.type === "reply") return result.reply;
    if (result.type === "fail" && batchSize(result.fix) !== undefined) this.smallerBatch = result.fix;
    throw result.error;
  }
}
