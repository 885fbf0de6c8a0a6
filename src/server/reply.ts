/** Creates HTTP responses, for whole and for streamed replies. */
import type { ProxyError } from "../chat/error.ts";
import type { StreamFormat } from "../apis/endpoint.ts";
import type { StreamedReply } from "../pipeline/streamed-reply.ts";
import type { Runtime } from "../runtime.ts";
import { JSON_TYPE, JSON_WITH_CHARSET } from "../wire/content-types.ts";

/** Sent by the route `/` only. With it a second instance recognizes that ollama-proxy, not Ollama, has the port. */
export const PROXY_HEADER = "x-ollama-proxy";

/** The name of the provider that answered. */
export const PROVIDER_HEADER = "x-ollama-proxy-provider";

/** A header has ASCII characters only. Others are percent-encoded. */
export function headerValue(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : encodeURIComponent(text);
}

export function jsonReply(text: string, status = 200, contentType = JSON_WITH_CHARSET): Response {
  return new Response(text, { status, headers: { "content-type": contentType } });
}

/** JSON without a charset, as Ollama sends it under `/v1` and from routes that can stream their progress. */
export function bareReply(text: string, status = 200): Response {
  return jsonReply(text, status, JSON_TYPE);
}

/** After this time without text, and at most twice this time, the client gets a ping. */
const PING_MS = 15_000;

/** How a streamed reply ended. */
export interface StreamEnd {
  readonly outcome: "complete" | "failed" | "canceled";
  /** Why it ended early. */
  readonly problem: string | undefined;
}

/**
 * The time between an error at the end of a stream and the break of the connection. A client that has not read the error by then may lose it:
 * a reset discards what is unread on macOS and Windows, and so does a stream of a browser or of Node when it fails.
 */
const ERROR_READ_MS = 500;

/** `onEnd` runs just before the end of the stream, or when the client has disconnected; once. */
export function streamReply(
  reply: StreamedReply,
  format: StreamFormat,
  { sleep }: Pick<Runtime, "sleep">,
  onEnd: (end: StreamEnd) => void,
): Response {
  const { ping, breaksOnError = false } = format;
  let pinging: ReturnType<typeof setInterval> | undefined;
  let isIdle = false;
  let hasEnded = false;
  const finish = (end: StreamEnd): void => {
    // A `pull` that is in progress ends after `cancel`.
    if (hasEnded) return;
    hasEnded = true;
    clearInterval(pinging);
    onEnd(end);
  };
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      if (ping === undefined) return;
      const bytes = UTF8.encode(ping);
      // One timer per reply: it sends a ping if no text was sent since it last fired.
      pinging = setInterval(() => {
        if (isIdle) controller.enqueue(bytes);
        isIdle = true;
      }, PING_MS);
    },
    // `pull` gives backpressure: when a client reads slowly, the provider's body is read slowly, and nothing accumulates.
    async pull(controller) {
      const text = await reply.next();
      isIdle = false;
      if (text !== undefined) {
        controller.enqueue(UTF8.encode(text));
        return;
      }
      finish({ outcome: outcomeOf(reply.error), problem: reply.error?.message });
      if (reply.error === undefined || !breaksOnError) {
        controller.close();
        return;
      }
      await sleep(ERROR_READ_MS);
      // Bun 1.4.5 writes the head at the end of one turn, and what was enqueued at the end of the next. An error discards what is not written.
      for (let turn = 0; turn < 2; turn += 1) await new Promise((resolve) => void setImmediate(resolve));
      controller.error(reply.error);
    },
    cancel() {
      reply.cancel();
      finish({ outcome: "canceled", problem: "the client disconnected" });
    },
  });
  const response = new Response(stream, { headers: streamHeaders(format) });
  STREAMS.add(response);
  return response;
}

function outcomeOf(error: ProxyError | undefined): StreamEnd["outcome"] {
  if (error === undefined) return "complete";
  return error.kind === "canceled" ? "canceled" : "failed";
}

export function streamHeaders({ contentType, isCacheable = true }: StreamFormat): {
  readonly [name: string]: string;
} {
  return { "content-type": contentType, ...(isCacheable ? {} : { "cache-control": "no-cache" }) };
}

const STREAMS = new WeakSet<Response>();

/** Whether the reply continues after the response was returned. Then `onEnd` reports its end. */
export function isStream(response: Response): boolean {
  return STREAMS.has(response);
}

const UTF8 = new TextEncoder();
