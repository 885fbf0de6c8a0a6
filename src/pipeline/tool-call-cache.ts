/**
 * Caches what providers require with the history, but clients do not send back:
 *
 * - by the id of a tool call: the thinking before the call, and what the provider attached to the call (Gemini's signatures) or to its
 *   message (OpenRouter's reasoning details, Anthropic's signatures, OpenAI's encrypted reasoning)
 * - by the thinking of a message, which some clients send back: what the provider attached to the message. This is for messages without
 *   calls, and for clients that keep no ids
 *
 * Attachments are sent only to the model that made them, because no other model can read them.
 */
import type { Message, ToolCall } from "../chat/request.ts";
import { BoundedMap } from "../providers/bounded-map.ts";
import type { CacheLimits } from "../providers/limits.ts";
import type { CallMetadata, HistoryStore } from "./event-reader.ts";

type AssistantMessage = Extract<Message, { readonly role: "assistant" }>;

interface Stored extends CallMetadata {
  /** The model that made it. */
  readonly origin: string;
}

export class ToolCallCache {
  readonly #entries: BoundedMap<Stored>;

  constructor({
    maxRememberedCalls: maxEntries,
    maxRememberedCharacters: maxSize,
  }: Pick<CacheLimits, "maxRememberedCalls" | "maxRememberedCharacters">) {
    this.#entries = new BoundedMap({ maxEntries, maxSize });
  }

  /** Stores the replies of one model. `origin` identifies it among the models of all providers. */
  storeOf(origin: string): HistoryStore {
    return {
      storeCall: (id, metadata) => this.#store(id, { ...metadata, origin }),
      storeThinking: (reasoning, attached) =>
        this.#store(keyOf(reasoning), { reasoning: undefined, extra: undefined, attached, origin }),
    };
  }

  /** Adds the cached data to the messages. Thinking that the client sent takes precedence. */
  complete(messages: readonly Message[], origin: string): readonly Message[] {
    return messages.map((message) =>
      message.role === "assistant" ? this.#complete(message, origin) : message,
    );
  }

  #store(key: string, entry: Stored): void {
    const { origin: _, ...metadata } = entry;
    if (Object.values(metadata).every((value) => value === undefined)) return;
    this.#entries.set(key, entry, key.length + JSON.stringify(metadata).length);
  }

  #complete(message: AssistantMessage, origin: string): AssistantMessage {
    const known = message.toolCalls.map((call) => this.#entries.get(call.id ?? ""));
    if (known.every((call) => call === undefined)) return this.#completeThinking(message, origin);
    const reasoning = known.find((call) => call?.reasoning !== undefined)?.reasoning;
    const own = known.map((call) => (call?.origin === origin ? call : undefined));
    const toolCalls = message.toolCalls.map((call, index): ToolCall => ({
      ...call,
      extra: own[index]?.extra,
    }));
    const attached = own.find((call) => call?.attached !== undefined)?.attached;
    return { ...message, reasoning: message.reasoning ?? reasoning, attached, toolCalls };
  }

  #completeThinking(message: AssistantMessage, origin: string): AssistantMessage {
    const { reasoning } = message;
    const known = reasoning === undefined ? undefined : this.#entries.get(keyOf(reasoning));
    return known?.origin === origin ? { ...message, attached: known.attached } : message;
  }
}

/** A hash, because thinking may be long. Clients trim the text. A tool call has no such id. */
function keyOf(reasoning: string): string {
  return `thinking ${new Bun.CryptoHasher("sha256").update(reasoning.trim()).digest("base64")}`;
}
