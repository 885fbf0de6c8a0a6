/** Leaves out candidates whose models cannot serve a request. */
import { namesOf } from "./spending.ts";
import type { Endpoint } from "../apis/endpoint.ts";
import { ProxyError } from "../chat/error.ts";
import { estimateTokens } from "../chat/estimate.ts";
import type { ChatRequest, Message } from "../chat/request.ts";
import { findLack } from "./checks.ts";
import { type RoutedCandidate, relayRoute } from "./relay.ts";
import type { Candidate } from "./resolve.ts";
import type { Serving } from "./serve-at.ts";

/** At least one candidate, in the same order. Throws the error of the first one when all lack a capability. */
export function suitableCandidates(
  endpoint: Endpoint,
  candidates: readonly Candidate[],
  serving: Serving,
): readonly RoutedCandidate[] {
  const { request } = serving;
  const routed = affordable(candidates, serving).map((candidate): RoutedCandidate => ({
    ...candidate,
    route: relayRoute(endpoint, request, candidate),
  }));
  const [only, ...others] = routed;
  // Some providers check this themselves, and know their models better.
  if (others.length === 0 && only?.route?.relay.checksModels === true) return routed;
  const chat = others.length === 0 ? undefined : chatOf(serving);
  const judged = routed.map((candidate) => {
    const lack = findLack(request.needs, request.model, candidate);
    return { candidate, lack, reason: lack?.message ?? (chat && findShortfall(chat, candidate)) };
  });
  const able = judged.filter(({ reason }) => reason === undefined);
  // A shortfall is an estimate. When all candidates seem to have one, their providers decide.
  const chosen = able.length > 0 ? able : judged.filter(({ lack }) => lack === undefined);
  const [first] = judged;
  if (chosen.length === 0 && first?.lack !== undefined) throw first.lack;
  for (const { candidate, reason = "" } of judged.filter((one) => !chosen.includes(one)))
    serving.context.recorder.passOver({
      provider: candidate.provider.name,
      model: candidate.listed.model.id,
      key: "",
      reason,
    });
  return chosen.map(({ candidate }) => candidate);
}

/** Without the candidates that a limit on the cost refuses. Throws its error when none is left. */
function affordable(candidates: readonly Candidate[], { request, context }: Serving): readonly Candidate[] {
  const { recorder, services } = context;
  const { app, key, listedModel = request.model } = recorder.record;
  const judged = candidates.map((candidate) => {
    const { provider, listed } = candidate;
    const subject = {
      provider: provider.name,
      models: namesOf(listedModel, provider.name, listed.model.id),
      app,
      key,
    };
    return { candidate, error: services.spending.refusal(subject) };
  });
  const [first] = judged;
  if (first?.error !== undefined && judged.every(({ error }) => error !== undefined)) throw first.error;
  return judged.flatMap(({ candidate, error }) => {
    if (error === undefined) return [candidate];
    const names = { provider: candidate.provider.name, model: candidate.listed.model.id, key: "" };
    recorder.passOver({ ...names, reason: error.message });
    return [];
  });
}

/** The chat of a request. Undefined for a request that is no chat, or that can only be relayed. */
export function chatOf({ translate }: Serving): ChatRequest | undefined {
  try {
    const translated = translate();
    return translated.type === "chat" ? translated.chat : undefined;
  } catch (error) {
    if (error instanceof ProxyError) return undefined;
    throw error;
  }
}

/** What the model probably cannot do with the conversation. */
function findShortfall(chat: ChatRequest, { listed }: Candidate): string | undefined {
  const { capabilities, isGuess, contextLength, isWindowGuess } = listed.model;
  if (!isGuess && !capabilities.includes("vision") && chat.messages.some(hasImage))
    return "the model does not support images";
  const tokens = isWindowGuess ? 0 : estimateTokens(chat);
  return tokens > contextLength
    ? `the request has about ${tokens} tokens, and the context window ${contextLength}`
    : undefined;
}

function hasImage(message: Message): boolean {
  const parts = message.role === "user" || message.role === "tool" ? message.parts : [];
  return parts.some(({ type }) => type === "image" || type === "image-url");
}
