/**
 * What providers want back with the history of a tool call, and Ollama's clients do not keep: the thinking that led to it, and
 * whatever the provider attached to it (Gemini's signatures). Kept by the call's id, for as many calls as fit.
 */
import type { Message, ToolCall } from "../chat/request.ts";
import type { JsonObject } from "../wire/json.ts";

export interface Remembered {
  readonly reasoning: string | undefined;
  readonly extra: JsonObject | undefined;
}

const MOST_CALLS = 2000;

export class CallMemory {
  readonly #calls = new Map<string, Remembered>();

  remember(id: string, call: Remembered): void {
    if (call.reasoning === undefined && call.extra === undefined) return;
    this.#calls.set(id, call);
    const [oldest] = this.#calls.keys();
    if (this.#calls.size > MOST_CALLS && oldest !== undefined) this.#calls.delete(oldest);
  }

  /** The messages with what is remembered of their calls; what the client kept itself stays. */
  recall(messages: readonly Message[]): readonly Message[] {
    return messages.map((message) => (message.role === "assistant" ? this.#complete(message) : message));
  }

  #complete(message: Extract<Message, { readonly role: "assistant" }>): Message {
    const known = message.toolCalls.map((call) => this.#calls.get(call.id ?? ""));
    if (known.every((call) => call === undefined)) return message;
    const reasoning = known.find((call) => call?.reasoning !== undefined)?.reasoning;
    const toolCalls = message.toolCalls.map((call, index): ToolCall => ({
      ...call,
      extra: known[index]?.extra,
    }));
    return { ...message, reasoning: message.reasoning ?? reasoning, toolCalls };
  }
}
