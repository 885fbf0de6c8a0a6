/** Chats in APIs that have no route for text to continue. */
import { ProxyError } from "../../chat/error.ts";
import type { ChatRequest, Message } from "../../chat/request.ts";

/** The messages, or a message with the text to complete. Throws `unsupported` for a gap in a text. */
export function messagesOf({ completion, messages }: ChatRequest): readonly Message[] {
  if (completion === undefined) return messages;
  if (completion.suffix !== "") {
    throw new ProxyError(
      "unsupported",
      "Cannot insert text: the provider's API has no route for it; use a model of another provider",
    );
  }
  return [{ role: "user", parts: [{ type: "text", text: completion.prompt }] }];
}

/** Throws `unsupported`. */
export function refuseAudio(): never {
  throw new ProxyError(
    "unsupported",
    "Cannot send audio: the provider's API accepts only text, images and documents; use a model of another provider",
  );
}
