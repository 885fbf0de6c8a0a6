/**
 * Clients of an Ollama look for the thinking in `reasoning`; many hosts call it `reasoning_content`. In a reply that is relayed it
 * is found under both names, and when clients send it back, the host gets it under its own alone.
 *
 *     {"choices":[{"delta":{"reasoning_content":"hm"}}]}   becomes
 *     {"choices":[{"delta":{"reasoning_content":"hm","reasoning":"hm"}}]}
 */
import { type JsonObject, arrayAt, isObject, objectAt } from "../../wire/json.ts";
import { duplicateMember } from "../../wire/json-edit.ts";
import type { Quirks } from "../dialect.ts";

const FIELD = "reasoning_content";

/** `text` is the JSON of `reply`, a chunk or a whole one; nothing else of it changes. */
export function nameReasoning(text: string, reply: unknown): string {
  if (!text.includes(`"${FIELD}"`)) return text;
  const isNamed = arrayAt(reply, "choices").some((choice) => {
    const said = objectAt(choice, "delta") ?? objectAt(choice, "message");
    return said !== undefined && "reasoning" in said;
  });
  return isNamed ? text : duplicateMember(text, FIELD, "reasoning");
}

/** The messages of a request as the host knows them: the very same array when there is nothing to change. */
export function restoreReasoning(messages: unknown, { reasoningHistory }: Quirks): unknown {
  if (!Array.isArray(messages)) return messages;
  const restored = messages.map((message: unknown) =>
    isObject(message) ? restoreMessage(message, reasoningHistory) : message,
  );
  return restored.every((message, index) => message === messages[index]) ? messages : restored;
}

/** `field` is where the host wants earlier thinking, if that is known. */
function restoreMessage(message: JsonObject, field: string | undefined): JsonObject {
  const { reasoning, ...rest } = message;
  if (typeof reasoning !== "string" || field === "reasoning") return message;
  if (rest[FIELD] === reasoning) return rest;
  return field === undefined || field in rest ? message : { ...rest, [field]: reasoning };
}
