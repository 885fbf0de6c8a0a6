/** From a reply of the pipeline to HTTP. */
import type { StreamFormat } from "../apis/api.ts";
import type { StreamedReply } from "../pipeline/streamed-reply.ts";
import { JSON_TYPE, JSON_WITH_CHARSET } from "../wire/content-types.ts";

/** Sent with `/` alone, so that a second start can tell us from a real Ollama. */
export const PROXY_HEADER = "x-ollama-proxy";

export function jsonReply(text: string, status = 200, contentType = JSON_WITH_CHARSET): Response {
  return new Response(text, { status, headers: { "content-type": contentType } });
}

/** A whole reply of the routes under `/v1`, and of those that usually stream their progress: the real server gives no charset. */
export function bareReply(text: string, status = 200): Response {
  return jsonReply(text, status, JSON_TYPE);
}

/** How long a provider may be silent before the client gets a ping. */
const PING_MS = 15_000;

/** How a streamed reply ended. */
export interface StreamEnd {
  readonly outcome: "complete" | "failed" | "canceled";
  /** What ended it early. */
  readonly problem: string | undefined;
}

/** `onEnd` runs once, just before the last byte leaves or when the client has left. */
export function streamReply(
  reply: StreamedReply,
  { contentType, ping, isCacheable = true }: StreamFormat,
  onEnd: (end: StreamEnd) => void,
): Response {
  let pinging: ReturnType<typeof setInterval> | undefined;
  let isSilent = false;
  const finish = (end: StreamEnd): void => {
    clearInterval(pinging);
    onEnd(end);
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
      finish({ outcome: reply.error === undefined ? "complete" : "failed", problem: reply.error?.message });
      controller.close();
    },
    cancel() {
      reply.cancel();
      finish({ outcome: "canceled", problem: "the client disconnected" });
    },
  });
  const response = new Response(stream, {
    headers: { "content-type": contentType, ...(isCacheable ? {} : { "cache-control": "no-cache" }) },
  });
  STREAMS.add(response);
  return response;
}

const STREAMS = new WeakSet<Response>();

/** Whether the reply goes on after its head: then `onEnd` tells when it is over. */
export function isStream(response: Response): boolean {
  return STREAMS.has(response);
}

const UTF8 = new TextEncoder();
