/**
 * The flow of one client request: decode → resolve candidates → check capabilities → attempt → relay or translate → reply.
 * It serves every endpoint, so all endpoints follow the same rules.
 */
import type { ClientRequest, Endpoint, RelayContext, Translatable } from "../apis/api.ts";
import { type RequestDefaults, withDefaults } from "../chat/defaults.ts";
import { estimateInputTokens } from "../chat/embed.ts";
import { ProxyError, modelNotFound } from "../chat/error.ts";
import { unreachable } from "../chat/event.ts";
import { estimateTokens } from "../chat/estimate.ts";
import type { LearnedFix } from "../providers/learned-fixes.ts";
import { type Answered, Budget, type Result, attempt } from "./attempt.ts";
import { findLack } from "./checks.ts";
import { mayFollow } from "./decide.ts";
import { batchSize, embed } from "./embed.ts";
import { firstReply } from "./fallback.ts";
import { type RelayRoute, relayPlan, relayRoute } from "./relay.ts";
import type { Reply } from "./reply.ts";
import { type Candidate, resolveModel } from "./resolve.ts";
import type { RequestContext } from "./services.ts";
import { chatPlan } from "./translate.ts";

type TranslatedEmbed = Extract<Translatable, { readonly type: "embed" }>;

/** Throws `ProxyError` before the first byte. Later failures are part of the reply. */
export async function serve(
  endpoint: Endpoint,
  request: ClientRequest,
  context: RequestContext,
): Promise<Answered<Reply>> {
  context.recorder.set({ model: request.model, usesModel: request.usesModel ?? true });
  const { missing, invalid } = endpoint.modelErrors ?? {};
  const { candidates } = await resolveModel(request.model, context.services.catalog, {
    missing: () => missing?.(request) ?? modelNotFound(request.model),
    ...(invalid === undefined ? {} : { invalid }),
  });
  try {
    return await answer(endpoint, request, candidates, context);
  } catch (error) {
    throw error instanceof ProxyError ? (endpoint.rewordError?.(error, request) ?? error) : error;
  }
}

/** What the attempts for one client request share. */
interface Serving {
  readonly request: ClientRequest;
  readonly context: RequestContext;
  readonly budget: Budget;
  readonly replyContext: RelayContext;
  readonly translate: () => Translatable;
}

/** A candidate, and its route when it gets the request relayed. */
interface RoutedCandidate {
  readonly candidate: Candidate;
  readonly route: RelayRoute | undefined;
}

/** Throws a `ProxyError` that names the provider when no candidate replies. */
async function answer(
  endpoint: Endpoint,
  request: ClientRequest,
  candidates: readonly Candidate[],
  context: RequestContext,
): Promise<Answered<Reply>> {
  const budget = new Budget(context);
  const translate = once(request.translate);
  const replyContext = createReplyContext(request, context, translate);
  const serving: Serving = { request, context, budget, replyContext, translate };
  return firstReply(
    capable(endpoint, request, candidates),
    async (routed) => noteUse(routed.candidate, await serveAt(routed, serving), request),
    budget,
  );
}

/** The candidates whose models have the capabilities that the request needs. Throws the error of the first candidate when there is none. */
function capable(
  endpoint: Endpoint,
  request: ClientRequest,
  candidates: readonly Candidate[],
): readonly RoutedCandidate[] {
  const failures: ProxyError[] = [];
  const routed = candidates.flatMap((candidate): readonly RoutedCandidate[] => {
    const route = relayRoute(endpoint, request, candidate);
    // Some providers check this themselves, and know their models better.
    const isChecked = route?.relay.checksModels === true;
    const failure = isChecked ? undefined : findLack(request.needs, request.model, candidate);
    if (failure === undefined) return [{ candidate, route }];
    failures.push(failure);
    return [];
  });
  const [failure] = failures;
  if (routed.length === 0 && failure !== undefined) throw failure;
  return routed;
}

/** Serves the request with one candidate. */
async function serveAt({ candidate, route }: RoutedCandidate, serving: Serving): Promise<Result<Reply>> {
  const { request, context, budget, replyContext, translate } = serving;
  if (route !== undefined) {
    const result = await attempt(
      candidate,
      relayPlan(route, request, candidate, replyContext),
      context,
      budget,
    );
    const smallerBatch =
      result.type === "fail" && batchSize(result.fix) !== undefined ? result.fix : undefined;
    if (smallerBatch === undefined) return result;
    // A relay cannot be split.
    const translated = withAliasDefaults(translate(), candidate.defaults);
    return translated.type === "embed" ? embedAt(candidate, translated, serving, smallerBatch) : result;
  }
  const translated = withAliasDefaults(translate(), candidate.defaults);
  switch (translated.type) {
    case "local":
      // Nobody has asked the provider, so the model counts as running only until a request for it is refused.
      if (request.usesModel !== false)
        candidate.provider.state.loaded.load(candidate.listed, request.keepAliveMs);
      return {
        ...whole(candidate, translated.encodeReply(replyContext), translated.isStream),
        isLocal: true,
      };
    case "embed":
      return embedAt(candidate, translated, serving);
    case "chat": {
      const inputTokensEstimate = estimateTokens(translated.chat);
      const { toolCalls } = context.services;
      const plan = chatPlan(translated, candidate, { ...replyContext, inputTokensEstimate }, toolCalls);
      return attempt(candidate, plan, context, budget);
    }
    default:
      return unreachable(translated);
  }
}

/** Remembers whether the model is running, for the list of running models. */
function noteUse(
  { provider, listed }: Candidate,
  result: Result<Reply>,
  { keepAliveMs, usesModel }: ClientRequest,
): Result<Reply> {
  if (usesModel === false) return result;
  const { loaded } = provider.state;
  if (result.type !== "reply") loaded.refuse(listed.name, result.error);
  else if (result.isLocal !== true) loaded.use(listed, keepAliveMs);
  return result;
}

function withAliasDefaults(translated: Translatable, defaults: RequestDefaults | undefined): Translatable {
  if (defaults === undefined || translated.type === "local") return translated;
  if (translated.type === "chat") return { ...translated, chat: withDefaults(translated.chat, defaults) };
  const { contextLength = defaults.contextLength } = translated.embed;
  return { ...translated, embed: { ...translated.embed, contextLength } };
}

/** `smallerBatch` was found in the error of a relayed request. */
async function embedAt(
  candidate: Candidate,
  { embed: request, encodeReply }: TranslatedEmbed,
  { context, budget, replyContext }: Serving,
  smallerBatch?: LearnedFix,
): Promise<Result<Reply>> {
  try {
    const reply = await embed(request, candidate, { context, budget, learned: smallerBatch });
    const { inputTokens } = reply;
    replyContext.reportUsage({ type: "usage", inputTokens, outputTokens: 0 });
    return whole(candidate, encodeReply(reply, replyContext));
  } catch (error) {
    if (error instanceof ProxyError) return { type: mayFollow(error) ? "next" : "fail", error };
    throw error;
  }
}

function createReplyContext(
  { model, estimateInput }: ClientRequest,
  { recorder, services, startedAtMs, clientHeaders }: RequestContext,
  translate: () => Translatable,
): RelayContext {
  const estimate = estimateInput ?? (() => estimateTranslated(translate));
  return {
    model,
    id: recorder.record.id,
    now: services.runtime.now,
    startedAtMs,
    inputTokensEstimate: 0,
    clientHeaders,
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

function whole(
  candidate: Candidate,
  text: string,
  isStream?: boolean,
): Extract<Result<Reply>, { readonly type: "reply" }> {
  return { type: "reply", reply: { type: "whole", text, isStream }, headers: [], candidate };
}

/** Calls `make` at most once: decoding a long conversation takes time. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
