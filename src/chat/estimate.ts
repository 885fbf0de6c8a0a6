/** Estimates the tokens of a request, for clients that need a count before the provider gives one. */
import type { ChatRequest, Message, Part } from "./request.ts";

/** The average for English text. Only the provider can count exactly. */
export const CHARACTERS_PER_TOKEN = 4;
/** The tokens of a screenshot at most providers. */
const TOKENS_PER_IMAGE = 1500;

/** At least 1. */
export function estimateTokens(request: ChatRequest): number {
  let characters = request.tools.length === 0 ? 0 : JSON.stringify(request.tools).length;
  let media = 0;
  for (const message of request.messages) {
    for (const part of partsOf(message)) {
      if (part.type === "text") characters += part.text.length;
      else media += 1;
    }
  }
  return Math.max(1, Math.ceil(characters / CHARACTERS_PER_TOKEN)) + media * TOKENS_PER_IMAGE;
}

function partsOf(message: Message): readonly Part[] {
  if (message.role === "system") return [{ type: "text", text: message.text }];
  if (message.role !== "assistant") return message.parts;
  const calls = message.toolCalls.map((call) => call.name + call.arguments).join("");
  return [{ type: "text", text: message.text + (message.reasoning ?? "") + calls }];
}
