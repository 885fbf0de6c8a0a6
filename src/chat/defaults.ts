/** Values of an alias that apply to a request in which the client has not set them. */
import type { ChatRequest, Message, Reasoning, Sampling } from "./request.ts";

export interface RequestDefaults {
  readonly system?: string | undefined;
  readonly reasoning?: Reasoning | undefined;
  readonly sampling: Sampling;
  /** The same parameters and further ones by Ollama's names, for Ollama servers. */
  readonly options: { readonly [name: string]: unknown };
  /** The context window, in tokens. */
  readonly contextLength?: number | undefined;
}

/** `outer` takes precedence. */
export function mergeDefaults(outer: RequestDefaults, inner: RequestDefaults | undefined): RequestDefaults {
  if (inner === undefined) return outer;
  return {
    system: outer.system ?? inner.system,
    reasoning: outer.reasoning ?? inner.reasoning,
    sampling: { ...inner.sampling, ...outer.sampling },
    options: { ...inner.options, ...outer.options },
    contextLength: outer.contextLength ?? inner.contextLength,
  };
}

/** Whether there is any default. */
export function hasDefaults(defaults: RequestDefaults | undefined): boolean {
  if (defaults === undefined) return false;
  const { system, reasoning, options, contextLength } = defaults;
  return (system ?? reasoning ?? contextLength) !== undefined || Object.keys(options).length > 0;
}

/** The request with the defaults that it does not set itself. */
export function withDefaults(
  chat: ChatRequest,
  { system, reasoning, sampling, options }: RequestDefaults,
): ChatRequest {
  return {
    ...chat,
    messages: chat.completion === undefined ? withSystem(chat.messages, system) : chat.messages,
    reasoning: chat.reasoning ?? reasoning,
    sampling: { ...sampling, ...present(chat.sampling) },
    ollamaOptions: options,
  };
}

/** A conversation with a system message of its own stays as it is. */
function withSystem(messages: readonly Message[], system: string | undefined): readonly Message[] {
  if (system === undefined || messages.some(({ role }) => role === "system")) return messages;
  return [{ role: "system", text: system }, ...messages];
}

function present(sampling: Sampling): Sampling {
  return Object.fromEntries(Object.entries(sampling).filter(([, value]) => value !== undefined));
}
