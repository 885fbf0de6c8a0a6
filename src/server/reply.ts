/** From the gateway's outcome to HTTP. */
import type { Outcome } from "../gateway/gateway.ts";

/** Sent with `/` alone, so that a second start can tell us from a real Ollama. */
export const PROXY_HEADER = "x-ollama-proxy";

const JSON_TYPE = "application/json; charset=utf-8";
export const NDJSON_TYPE = "application/x-ndjson";
export const SSE_TYPE = "text/event-stream";

export function jsonReply(text: string, status = 200): Response {
  return new Response(text, { status, headers: { "content-type": JSON_TYPE } });
}

/** `onEnd` runs once, just before the last byte leaves or when the client has left; it must not throw. */
export function outcomeReply(outcome: Outcome, contentType: string, onEnd: () => void): Response {
  if (outcome.type === "whole") {
    onEnd();
    return jsonReply(outcome.body);
  }
  const { reply } = outcome;
  const stream = new ReadableStream<Uint8Array>({
    // Pulled, never pushed: a client that reads slowly slows the provider down instead of filling our memory.
    async pull(controller) {
      const text = await reply.next();
      if (text !== undefined) {
        controller.enqueue(UTF8.encode(text));
        return;
      }
      onEnd();
      controller.close();
    },
    cancel() {
      reply.cancel();
      onEnd();
    },
  });
  return new Response(stream, { headers: { "content-type": contentType } });
}

const UTF8 = new TextEncoder();
