/** Serves a request at one target: relayed, or translated as a chat or as embeddings. */
import type { ClientRequest, RelayContext, Translatable } from "../apis/endpoint.ts";
import { type RequestDefaults, withDefaults } from "../chat/defaults.ts";
import { ProxyError } from "../chat/error.ts";
import { unreachable } from "../chat/event.ts";
import { estimateTokens } from "../chat/estimate.ts";
import type { LearnedFix } from "../providers/learned-fixes.ts";
import { type Answered, type AttemptContext, type Result, attempt } from "./attempt.ts";
import type { Budget } from "./budget.ts";
import { mayFollow } from "./decide.ts";
import { batchSize, embed } from "./embed.ts";
import { type RelayRoute, type RoutedCandidate, relayPlan } from "./relay.ts";
import type { Reply } from "./reply.ts";
import type { RequestContext } from "./services.ts";
import type { Target } from "./targets.ts";
import { currentOptions } from "./resolve.ts";
import { chatPlan } from "./translate.ts";

export type RoutedTarget = RoutedCandidate & Target;

/** What all targets of one client request share. */
export interface Serving {
  readonly request: ClientRequest;
  readonly context: RequestContext;
  readonly budget: Budget;
  readonly replyContext: RelayContext;
  /** Throws `ProxyError` when the request can only be relayed. */
  readonly translate: () => Translatable;
}

type ServingHere = Serving & AttemptContext;
type TranslatedEmbed = Extract<Translatable, { readonly type: "embed" }>;

/** The reply to a request that needs no provider: to load or unload a model. */
export function localReply<T extends RoutedTarget>(
  target: T | undefined,
  serving: Serving,
): (Answered<Reply> & { readonly target: T }) | undefined {
  if (target === undefined || target.route !== undefined) return undefined;
  const translated = tryTranslate(serving, undefined);
  if (translated instanceof ProxyError || translated.type !== "local") return undefined;
  // Nobody has asked the provider, so the model counts as running only until a request for it is refused.
  if (serving.request.usesModel !== false)
    target.provider.state.loaded.load(target.listed, serving.request.keepAliveMs);
  return { ...whole(translated.encodeReply(serving.replyContext), translated.isStream), target };
}

/** Failures are values. Throws only errors of this program. */
export async function serveAt(target: RoutedTarget, serving: ServingHere): Promise<Result<Reply>> {
  const { request, hasOther } = serving;
  const { route, defaults } = target;
  const replyContext = { ...serving.replyContext, hasOther };
  if (route === undefined) return serveTranslated(target, serving);
  const result = await attempt(target, relayPlan(route, request, target, replyContext), serving);
  if (result.type !== "reply" && lacksRoute(result.error, target) && serving.budget.hasRequests) {
    serving.budget.spend();
    const translated = await serveTranslated(target, serving);
    if (translated.type === "reply") target.provider.state.missingRoutes.add(route.path);
    return translated;
  }
  const smallerBatch = result.type === "fail" && batchSize(result.fix) !== undefined ? result.fix : undefined;
  if (smallerBatch === undefined) {
    const otherApi = result.type === "fail" && movesAway(result.fix, target, route, request);
    return otherApi ? serveTranslated(target, { ...serving, learned: [result.fix] }) : result;
  }
  // A relay cannot be split.
  const translated = tryTranslate(serving, defaults);
  if (translated instanceof ProxyError || translated.type !== "embed") return result;
  return embedAt(target, translated, serving, smallerBatch);
}

/** Whether the provider has the API of the request only in its own form. */
function lacksRoute({ kind }: ProxyError, { provider }: Target): boolean {
  return kind === "upstream-no-path" && provider.api.hasOptionalRoutes === true;
}

/** Whether the provider serves the model in another API, as it has just said. */
function movesAway(
  learned: LearnedFix | undefined,
  target: RoutedTarget,
  { relay }: RelayRoute,
  request: ClientRequest,
): learned is LearnedFix {
  if (learned === undefined) return false;
  return relay.isServed?.({ ...currentOptions(target), ...learned.fix.options }, request) === false;
}

async function serveTranslated(target: RoutedTarget, serving: ServingHere): Promise<Result<Reply>> {
  const translated = tryTranslate(serving, target.defaults);
  if (translated instanceof ProxyError) return failure(translated);
  const { context, replyContext, hasOther } = serving;
  switch (translated.type) {
    case "local":
      return { type: "reply", ...whole(translated.encodeReply(replyContext), translated.isStream) };
    case "embed":
      return embedAt(target, translated, serving);
    case "chat": {
      const inputTokensEstimate = estimateTokens(translated.chat);
      const { toolCalls } = context.services;
      const plan = chatPlan(
        translated,
        target,
        { ...replyContext, inputTokensEstimate, hasOther },
        toolCalls,
      );
      return attempt(target, plan, serving);
    }
    default:
      return unreachable(translated);
  }
}

/** The neutral request with the defaults of the alias, or why there is none. */
function tryTranslate(
  { translate }: Serving,
  defaults: RequestDefaults | undefined,
): Translatable | ProxyError {
  try {
    const translated = translate();
    return defaults === undefined ? translated : withAliasDefaults(translated, defaults);
  } catch (error) {
    if (error instanceof ProxyError) return error;
    throw error;
  }
}

function withAliasDefaults(translated: Translatable, defaults: RequestDefaults): Translatable {
  switch (translated.type) {
    case "local":
      return translated;
    case "chat":
      return { ...translated, chat: withDefaults(translated.chat, defaults) };
    case "embed": {
      const { contextLength = defaults.contextLength } = translated.embed;
      return { ...translated, embed: { ...translated.embed, contextLength } };
    }
    default:
      return unreachable(translated);
  }
}

/** `smallerBatch` was found in the error of a relayed request. */
async function embedAt(
  target: RoutedTarget,
  { embed: request, encodeReply }: TranslatedEmbed,
  serving: ServingHere,
  smallerBatch?: LearnedFix,
): Promise<Result<Reply>> {
  const { replyContext } = serving;
  try {
    const reply = await embed(request, target, serving, smallerBatch);
    const { inputTokens } = reply;
    replyContext.reportUsage({ type: "usage", inputTokens, outputTokens: 0 });
    return { type: "reply", ...whole(encodeReply(reply, replyContext)) };
  } catch (error) {
    if (error instanceof ProxyError) return failure(error);
    throw error;
  }
}

function failure(error: ProxyError): Result<Reply> {
  return { type: mayFollow(error) ? "next" : "fail", error };
}

function whole(text: string, isStream?: boolean): Answered<Reply> {
  return { reply: { type: "whole", text, isStream }, headers: [] };
}
