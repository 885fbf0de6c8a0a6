/**
 * Caches what providers require with the history of a tool call, but clients do not send back: the thinking before the call, and
 * what the provider attached to the call (Gemini's signatures) or to its message (OpenRouter's reasoning details). The key is the
 * call's id. Attachments are sent only to the provider that made them.
 */
import type { Message, ToolCall } from "../chat/request.ts";
import { BoundedMap } from "../providers/bounded-map.ts";
import type { CallMetadata } from "./event-reader.ts";
import type { CacheLimits } from "../providers/limits.ts";

export class ToolCallCache {
  readonly #calls: BoundedMap<CallMetadata & { readonly provider: string }>;

  constructor({
    maxRememberedCalls: maxEntries,
    maxRememberedCharacters: maxSize,
  }: Pick<CacheLimits, "maxRememberedCalls" | "maxRememberedCharacters">) {
    this.#calls = new BoundedMap({ maxEntries, maxSize });
  }

  store(id: string, metadata: CallMetadata, provider: string): void {
    if (metadata.reasoning === undefined && metadata.extra === undefined && metadata.attached === undefined)
      return;
    this.#calls.set(id, { ...metadata, provider }, id.length + JSON.stringify(metadata).length);
  }

  /** Adds the cached data to the messages. Thinking that the client sent takes precedence. */
  complete(messages: readonly Message[], provider: string): readonly Message[] {
    return messages.map((message) =>
      message.role === "assistant" ? this.#complete(message, provider) : message,
    );
  }

  #complete(message: Extract<Message, { readonly role: "assistant" }>, provider: string): Message {
    const known = message.toolCalls.map((call) => this.#calls.get(call.id ?? ""));
    if (known.every((call) => call === undefined)) return message;
    const reasoning = known.find((call) => call?.reasoning !== undefined)?.reasoning;
    const own = known.map((call) => (call?.provider === provider ? call : undefined));
    const toolCalls = message.toolCalls.map((call, index): ToolCall => ({
      ...call,
      extra: own[index]?.extra,
    }));
    const attached = own.find((call) => call?.attached !== undefined)?.attached;
    return { ...message, reasoning: message.reasoning ?? reasoning, attached, toolCalls };
  }
}
