/**
 * The flow of one client request: decode → resolve candidates → check capabilities → attempt → relay or translate → reply.
 * It serves every endpoint, so all endpoints follow the same rules.
 */
import type { ClientRequest, Endpoint, RelayContext, Translatable } from "../apis/api.ts";
import { ProxyError, modelNotFound } from "../chat/error.ts";
import { estimateInputTokens, estimateTokens } from "../chat/estimate.ts";
import type { LearnedFix } from "../providers/learned-fixes.ts";
import { type Answered, Budget, type Plan, attempt } from "./attempt.ts";
import { checkCapabilities } from "./checks.ts";
import { embed } from "./embed.ts";
import { relayPlan, relayRoute } from "./relay.ts";
import type { Reply } from "./reply.ts";
import { type Candidate, resolveCandidates } from "./resolve.ts";
import type { RequestContext } from "./services.ts";
import { chatPlan } from "./translate.ts";

type TranslatedEmbed = Extract<Translatable, { readonly type: "embed" }>;

/** Throws `ProxyError` before the first byte. Later failures are part of the reply. */
export async function serve(
  endpoint: Endpoint,
  request: ClientRequest,
  context: RequestContext,
): Promise<Answered<Reply>> {
  context.recorder.set({ model: request.model });
  const { missing, invalid } = endpoint.modelErrors ?? {};
  const notFound = (): ProxyError => missing?.(request) ?? modelNotFound(request.model);
  const { catalog } = context.services;
  const candidates = await resolveCandidates(request.model, catalog, notFound, invalid);
  try {
    const answered = await answer(endpoint, request, candidates, context);
    const { provider, listed } = answered.candidate;
    provider.state.loaded.use(listed, request.keepAliveMs);
    return answered;
  } catch (error) {
    throw error instanceof ProxyError ? (endpoint.rewordError?.(error, request) ?? error) : error;
  }
}

async function answer(
  endpoint: Endpoint,
  request: ClientRequest,
  candidates: readonly [Candidate, ...Candidate[]],
  context: RequestContext,
): Promise<Answered<Reply>> {
  const [first, ...others] = capable(endpoint, request, candidates);
  const budget = new Budget(context);
  const translate = once(request.translate);
  const replyContext = createReplyContext(request, context, translate);
  const embedded = async (translated: TranslatedEmbed, learned?: LearnedFix): Promise<Answered<Reply>> => {
    // Only the first candidate: vectors of different models cannot be compared.
    const reply = await embed(translated.embed, first, { context, budget, learned });
    const { inputTokens } = reply;
    replyContext.reportUsage({ type: "usage", inputTokens, outputTokens: 0 });
    return whole(first, translated.encodeReply(reply, replyContext));
  };
  if (relayRoute(endpoint, request, first) === undefined) {
    const translated = translate();
    if (translated.type === "local") return whole(first, translated.encodeReply(replyContext));
    if (translated.type === "embed") return embedded(translated);
  }
  let smallerBatch: LearnedFix | undefined;
  const onFix = (fix: LearnedFix): void => {
    if (fix.fix.options.maxEmbeddingBatch !== undefined) smallerBatch = fix;
  };
  const planFor = (candidate: Candidate): Plan<Reply> => {
    const route = relayRoute(endpoint, request, candidate);
    if (route !== undefined) return { ...relayPlan(route, request, candidate, replyContext), onFix };
    const translated = translate();
    if (translated.type !== "chat") throw new ProxyError("internal", "Only chats have several candidates");
    const inputTokensEstimate = estimateTokens(translated.chat);
    const { toolCalls } = context.services;
    return chatPlan(translated, candidate, { ...replyContext, inputTokensEstimate }, toolCalls);
  };
  try {
    return await attempt([first, ...others], planFor, context, budget);
  } catch (error) {
    // A relay cannot be split.
    const translated = smallerBatch === undefined ? undefined : translate();
    if (translated?.type !== "embed") throw error;
    return await embedded(translated, smallerBatch);
  }
}

/** The candidates whose models have the capabilities that the request needs. Throws the error of the first candidate when there is none. */
function capable(
  endpoint: Endpoint,
  request: ClientRequest,
  candidates: readonly [Candidate, ...Candidate[]],
): readonly [Candidate, ...Candidate[]] {
  const failures: unknown[] = [];
  const [first, ...others] = candidates.filter((candidate) => {
    // The provider checks this itself, and knows its models better.
    if (relayRoute(endpoint, request, candidate)?.relay.checksModels === true) return true;
    try {
      checkCapabilities(request.needs, request.model, candidate);
      return true;
    } catch (error) {
      failures.push(error);
      return false;
    }
  });
  if (first === undefined) throw failures[0];
  return [first, ...others];
}

function createReplyContext(
  { model, estimateInput }: ClientRequest,
  { recorder, services, startedAtMs }: RequestContext,
  translate: () => Translatable,
): RelayContext {
  const estimate = estimateInput ?? (() => estimateTranslated(translate));
  return {
    model,
    id: recorder.record.id,
    now: services.runtime.now,
    startedAtMs,
    inputTokensEstimate: 0,
    reportUsage: (usage, isEstimate = false) => {
      const { inputTokens = estimate() } = usage;
      const isUsageEstimated = isEstimate || usage.inputTokens === undefined;
      recorder.set({ usage: { ...usage, inputTokens }, isUsageEstimated });
    },
  };
}

/** For the log, if the provider does not count tokens. 0 for a request that can only be relayed. */
function estimateTranslated(translate: () => Translatable): number {
  try {
    const translated = translate();
    if (translated.type === "chat") return estimateTokens(translated.chat);
    return translated.type === "embed" ? estimateInputTokens(translated.embed.input) : 0;
  } catch (error) {
    if (error instanceof ProxyError) return 0;
    throw error;
  }
}

function whole(candidate: Candidate, text: string): Answered<Reply> {
  return { reply: { type: "whole", text }, headers: [], candidate };
}

/** Calls `make` at most once: decoding a long conversation takes time. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
