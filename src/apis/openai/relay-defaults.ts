/** Adds the defaults of an alias to a relayed request of chat completions or completions. */
import type { RequestDefaults } from "../../chat/defaults.ts";
import type { ProviderOptions } from "../../options/options.ts";
import { type JsonObject, isObject } from "../../wire/json.ts";
import { encodeEffort, encodeSampling } from "./upstream/request.ts";
import { encodeThinking } from "../shared/thinking.ts";

/** Fields that mean the same. A client that sets one of them has set all. */
const SYNONYMS: readonly ReadonlySet<string>[] = [
  new Set(["max_tokens", "max_completion_tokens"]),
  new Set(["seed", "random_seed"]),
];
const THINKING_FIELDS = [
  "reasoning_effort",
  "reasoning",
  "thinking",
  "enable_thinking",
  "chat_template_kwargs",
];

/** Returns the same object when nothing changes. */
export function withRelayDefaults(
  body: JsonObject,
  { system, reasoning, sampling }: RequestDefaults,
  options: ProviderOptions,
): JsonObject {
  const isSet = (field: string): boolean => body[field] !== undefined && body[field] !== null;
  const { messages } = body;
  const isChat = Array.isArray(messages);
  const thinking =
    isChat && !THINKING_FIELDS.some(isSet)
      ? encodeThinking(reasoning, options, sampling.maxTokens, encodeEffort)
      : {};
  const added = Object.entries({ ...encodeSampling(sampling, options), ...thinking }).filter(
    ([field, value]) => value !== undefined && !sameAs(field).some(isSet),
  );
  const talk = isChat ? { messages: withSystem(messages, system) } : {};
  if (added.length === 0 && (!isChat || talk.messages === messages)) return body;
  return { ...body, ...Object.fromEntries(added), ...talk };
}

function sameAs(field: string): readonly string[] {
  return [field, ...(SYNONYMS.find((names) => names.has(field)) ?? [])];
}

/** A conversation with a system message of its own stays as it is. */
function withSystem(messages: readonly unknown[], system: string | undefined): readonly unknown[] {
  const hasOwn = messages.some(
    (message) => isObject(message) && (message["role"] === "system" || message["role"] === "developer"),
  );
  return system === undefined || hasOwn ? messages : [{ role: "system", content: system }, ...messages];
}
