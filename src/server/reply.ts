/** From the gateway's outcome to HTTP. */
import type { Outcome } from "../pipeline/services.ts";

/** Sent with `/` alone, so that a second start can tell us from a real Ollama. */
export const PROXY_HEADER = "x-ollama-proxy";

export const JSON_TYPE = "application/json; charset=utf-8";
export const BARE_JSON_TYPE = "application/json";
export const NDJSON_TYPE = "application/x-ndjson";
export const SSE_TYPE = "text/event-stream";

export function jsonReply(text: string, status = 200, contentType = JSON_TYPE): Response {
  return new Response(text, { status, headers: { "content-type": contentType } });
}

/** A whole reply of the routes under `/v1`, and of those that usually stream their progress: the real server names no charset. */
export function bareReply(text: string, status = 200): Response {
  return jsonReply(text, status, BARE_JSON_TYPE);
}

interface ReplyOptions {
  /** Of a reply that streams. */
  readonly contentType: string;
  readonly isCacheable?: boolean;
  /** Runs once, just before the last byte leaves or when the client has left, with what ended the reply early. */
  readonly onEnd: (problem?: string) => void;
  /** Text that keeps a client waiting while the provider is silent, in dialects that have one. */
  readonly ping?: string;
  /** Of a reply that does not stream. */
  readonly whole?: (text: string) => Response;
}

/** How long a provider may be silent before the client hears a ping. */
const PING_MS = 15_000;

export function outcomeReply(outcome: Outcome, options: ReplyOptions): Response {
  const { contentType, onEnd, ping, whole = jsonReply, isCacheable = true } = options;
  if (outcome.type === "whole") return whole(outcome.body);
  const { reply } = outcome;
  let pinging: ReturnType<typeof setInterval> | undefined;
  let isSilent = false;
  const finish = (problem: string | undefined): void => {
    clearInterval(pinging);
    onEnd(problem);
  };
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      if (ping === undefined) return;
      const bytes = UTF8.encode(ping);
      // One timer a reply: it speaks when nothing was said since it last fired.
      pinging = setInterval(() => {
        if (isSilent) controller.enqueue(bytes);
        isSilent = true;
      }, PING_MS);
    },
    // Pulled, never pushed: a client that reads slowly slows the provider down instead of filling our memory.
    async pull(controller) {
      const text = await reply.next();
      isSilent = false;
      if (text !== undefined) {
        controller.enqueue(UTF8.encode(text));
        return;
      }
      finish(reply.error?.message);
      controller.close();
    },
    cancel() {
      reply.cancel();
      finish("the client left");
    },
  });
  const response = new Response(stream, {
    headers: { "content-type": contentType, ...(isCacheable ? {} : { "cache-control": "no-cache" }) },
  });
  LIVE.add(response);
  return response;
}

const LIVE = new WeakSet<Response>();

/** Whether the reply goes on after its head: then `onEnd` tells when it is over. */
export function isLive(response: Response): boolean {
  return LIVE.has(response);
}

const UTF8 = new TextEncoder();
