/**
 * Checks that a model has the capabilities that a request needs. The rules are the same for every endpoint. Messages and their
 * order are Ollama's. A guessed lack of a capability rejects nothing.
 */
import type { Needs } from "../apis/endpoint.ts";
import { ProxyError } from "../chat/error.ts";
import type { ChatRequest } from "../chat/request.ts";
import { qualifiedName } from "../models/name.ts";
import type { ProviderOptions } from "../options/options.ts";
import type { Candidate } from "./resolve.ts";

/** The error for the first capability that the model lacks; undefined when it lacks none. `name` is the client's name of the model. */
export function findLack(needs: Needs, name: string, { listed }: Candidate): ProxyError | undefined {
  const { capabilities, isGuess } = listed.model;
  if (needs.thinking === "required" && !isGuess && !capabilities.includes("thinking")) {
    return new ProxyError("bad-request", `${JSON.stringify(name)} does not support thinking`);
  }
  if (needs.completion !== undefined && !capabilities.includes("completion")) {
    return new ProxyError("bad-request", `${JSON.stringify(name)} does not support ${needs.completion}`);
  }
  if (needs.tools === true && !isGuess && !capabilities.includes("tools")) {
    return new ProxyError("unsupported", `${qualifiedName(name)} does not support tools`);
  }
  return undefined;
}

const DEFAULT_MAX_TOKENS = 4096;

/** The request for this model, with Ollama's default for thinking, and with a token limit if the provider requires one. */
export function adaptToModel(
  chat: ChatRequest,
  { listed }: Candidate,
  options: ProviderOptions,
): ChatRequest {
  const reasoning = reasoningFor(chat, listed.model, options);
  if (!options.requiresMaxTokens || chat.sampling.maxTokens !== undefined) return { ...chat, reasoning };
  return {
    ...chat,
    reasoning,
    sampling: { ...chat.sampling, maxTokens: maxTokensOf(listed.model) },
  };
}

/** The token limit for a provider that requires one. */
export function maxTokensOf({ outputLength }: Candidate["listed"]["model"]): number {
  return outputLength ?? DEFAULT_MAX_TOKENS;
}

function reasoningFor(
  { reasoning }: ChatRequest,
  { capabilities, capabilitySource, isGuess }: Candidate["listed"]["model"],
  { thinking }: ProviderOptions,
): ChatRequest["reasoning"] {
  // Only these know more than the model: whether this provider takes the setting.
  const isSaid = capabilitySource === "configuration" || capabilitySource === "provider";
  if (thinking === "unknown" && !isSaid) return undefined;
  // Ollama enables thinking by default for models that support it.
  if (capabilities.includes("thinking")) return reasoning ?? (isGuess ? undefined : "on");
  // Thinking is not disabled for a model that is not known to support it: many providers reject the parameter.
  return isGuess && reasoning !== "off" ? reasoning : undefined;
}
