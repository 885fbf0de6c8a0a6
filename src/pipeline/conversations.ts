/**
 * Which model answered a conversation last. Its next request goes there too, because that provider has the conversation in its prompt cache.
 *
 * A conversation is found by a hash of its start: the system message, the user's first message and the first reply. While it has no reply, it
 * is known by the first two, which another conversation may share.
 */
import type { ChatRequest, Message } from "../chat/request.ts";
import { BoundedMap } from "../providers/bounded-map.ts";
import type { CacheLimits } from "../providers/limits.ts";

/** Of each message. Texts that differ only later are rare, and then cost nothing but a prompt cache. */
const MAX_HASHED_CHARACTERS = 4096;

export class Conversations {
  /** Ids of targets. */
  readonly #targets: BoundedMap<string>;

  constructor({ maxConversations }: Pick<CacheLimits, "maxConversations">) {
    this.#targets = new BoundedMap({ maxEntries: maxConversations });
  }

  /** Undefined for a new conversation, and for one that is not known. */
  find(chat: ChatRequest): string | undefined {
    const { start, reply } = keysOf(chat);
    if (reply === undefined) return undefined;
    return this.#targets.get(reply) ?? this.#targets.get(start);
  }

  store(chat: ChatRequest, target: string): void {
    const { start, reply } = keysOf(chat);
    this.#targets.set(reply ?? start, target);
  }
}

function keysOf({ model, messages }: ChatRequest): {
  readonly start: string;
  readonly reply: string | undefined;
} {
  const system = messages.find(({ role }) => role === "system");
  const user = messages.find(({ role }) => role === "user");
  const assistant = messages.find(({ role }) => role === "assistant");
  const start = Bun.hash(JSON.stringify([model, textOf(system), textOf(user)])).toString(36);
  if (assistant === undefined) return { start, reply: undefined };
  return { start, reply: `${start} ${Bun.hash(textOf(assistant)).toString(36)}` };
}

function textOf(message: Message | undefined): string {
  if (message === undefined) return "";
  if (message.role === "system") return message.text.slice(0, MAX_HASHED_CHARACTERS);
  if (message.role === "assistant") {
    const calls = message.toolCalls.map(({ name, arguments: given }) => `${name} ${given}`).join("\n");
    return `${message.text}\n${calls}`.slice(0, MAX_HASHED_CHARACTERS);
  }
  return message.parts
    .map((part) => (part.type === "text" ? part.text : part.type))
    .join("\n")
    .slice(0, MAX_HASHED_CHARACTERS);
}
