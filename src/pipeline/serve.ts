/**
 * The flow of one client request: decode → resolve candidates → check capabilities → attempt → relay or translate → reply.
 * It serves every endpoint, so all endpoints follow the same rules.
 */
import type { ClientRequest, Endpoint, RelayContext, Translatable } from "../apis/endpoint.ts";
import { estimateInputTokens } from "../chat/embed.ts";
import { ProxyError, modelNotFound } from "../chat/error.ts";
import { estimateTokens } from "../chat/estimate.ts";
import type { Answered, Result } from "./attempt.ts";
import { Budget } from "./budget.ts";
import { firstReply } from "./fallback.ts";
import type { Reply } from "./reply.ts";
import { type ResolvedModel, resolveModel } from "./resolve.ts";
import { type RoutedTarget, type Serving, localReply, serveAt } from "./serve-at.ts";
import type { RequestContext } from "./services.ts";
import { chatOf, suitableCandidates } from "./suitable.ts";
import { placeOf } from "./targets.ts";

/** A reply, and the name of the provider that gave it. */
export interface Served extends Answered<Reply> {
  readonly provider: string;
}

/** Throws `ProxyError` before the first byte. Later failures are part of the reply. */
export async function serve(
  endpoint: Endpoint,
  request: ClientRequest,
  context: RequestContext,
): Promise<Served> {
  context.recorder.setModel(request.model, request.usesModel ?? true);
  const { missing, invalid } = endpoint.modelErrors ?? {};
  const resolved = await resolveModel(request.model, context.services.catalog, {
    missing: () => missing?.(request) ?? modelNotFound(request.model),
    ...(invalid === undefined ? {} : { invalid }),
  });
  context.recorder.set({ listedModel: resolved.listed.name });
  try {
    const { target, ...answered } = await answer(endpoint, request, resolved, context);
    return { ...answered, provider: target.provider.name };
  } catch (error) {
    throw error instanceof ProxyError ? (endpoint.rewordError?.(error, request) ?? error) : error;
  }
}

interface AnsweredBy extends Answered<Reply> {
  readonly target: RoutedTarget;
}

/** Throws a `ProxyError` that names the providers when no candidate replies. */
async function answer(
  endpoint: Endpoint,
  request: ClientRequest,
  { candidates, alias }: ResolvedModel,
  context: RequestContext,
): Promise<AnsweredBy> {
  const { routing } = context.services;
  const budget = new Budget(context);
  const translate = once(request.translate);
  const replyContext = createReplyContext(request, context, translate);
  const serving: Serving = { request, context, budget, replyContext, translate };
  const suitable = suitableCandidates(endpoint, candidates, serving);
  const targets = routing.targetsOf(suitable, alias?.name ?? request.model, alias?.order);
  const local = localReply(targets[0], serving);
  if (local !== undefined) return local;
  // A conversation matters only where there is a choice.
  const chat = targets.length > 1 ? chatOf(serving) : undefined;
  const ordered = chat === undefined ? targets : routing.stay(targets, chat);
  const answered = await firstReply(
    ordered,
    async (target, hasOther) => noteUse(target, await serveAt(target, { ...serving, hasOther }), request),
    context,
    budget,
  );
  if (chat !== undefined) routing.answered(chat, answered.target);
  watch(answered);
  return answered;
}

/** A reply that breaks off is a failure of the model too: the client's next request goes to another one. */
function watch({ reply, target }: AnsweredBy): void {
  if (reply.type !== "stream") return;
  const { health } = target.provider.state;
  reply.reply.onFailure((error) => health.interrupted(placeOf(target), error));
}

/** Remembers whether the model is running, for the list of running models. */
function noteUse(
  { provider, listed }: RoutedTarget,
  result: Result<Reply>,
  { keepAliveMs, usesModel }: ClientRequest,
): Result<Reply> {
  if (usesModel === false) return result;
  const { loaded } = provider.state;
  if (result.type === "reply") loaded.use(listed, keepAliveMs);
  else loaded.refuse(listed.name, result.error);
  return result;
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
      recorder.setUsage({ ...usage, inputTokens }, isUsageEstimated);
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

/** Calls `make` at most once: decoding a long conversation takes time. */
function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}
