/**
 * Reads the body of a request, with limits on its size and its speed.
 *
 * Only the time spent waiting for the client counts. So the client is not disconnected when the provider receives an upload slowly.
 * Bun 1.4.5 pauses the connection while the body is not read, and discards the rest of a body that is canceled.
 */
import { ProxyError } from "../chat/error.ts";
import { sizeInWords } from "../chat/size.ts";
import type { Runtime } from "../runtime.ts";
import type { BodyLimits } from "./limits.ts";

/** A request whose body has not been read. */
export interface BodySource {
  readonly request: Request;
  readonly limits: BodyLimits;
  readonly services: { readonly runtime: Pick<Runtime, "now"> };
}

/** A body up to this size must arrive completely within `maxBodyPauseMs`. That needs one timer and no reader. */
const SMALL_BODY_BYTES = 16 * 1024;

/** Throws `ProxyError` with status 413 or 408. */
export async function readBodyText(source: BodySource, limitBytes: number): Promise<string> {
  const { request, limits } = source;
  const bytes = announcedBytes(request);
  if (bytes === undefined || bytes > SMALL_BODY_BYTES || bytes > limitBytes) {
    const decoder = new TextDecoder();
    let text = "";
    const body = new BodyReader(source, limitBytes);
    for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read())
      text += decoder.decode(chunk, { stream: true });
    return text + decoder.decode();
  }
  return withTimeout(limits.maxBodyPauseMs, request.text(), limits);
}

/** Throws `ProxyError` with status 413 or 408. */
export async function readBodyBytes(
  source: BodySource,
  limitBytes: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = [];
  const body = new BodyReader(source, limitBytes);
  for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

export class BodyReader {
  readonly #reader: Pick<ReadableStreamDefaultReader<Uint8Array>, "read" | "cancel"> | undefined;
  readonly #now: () => number;
  readonly #limits: BodyLimits;
  readonly #limitBytes: number;
  #bytes = 0;
  #waitedMs = 0;
  #failure: unknown;

  /** Throws `ProxyError` with status 413 when the announced length is over the limit. */
  constructor({ request, limits, services }: BodySource, limitBytes: number) {
    if ((announcedBytes(request) ?? 0) > limitBytes) throw tooLarge(limitBytes);
    this.#reader = request.body?.getReader();
    this.#now = services.runtime.now;
    this.#limits = limits;
    this.#limitBytes = limitBytes;
  }

  /** What ended the body early. */
  get failure(): unknown {
    return this.#failure;
  }

  /** The next chunk; undefined at the end. Throws `ProxyError` with status 413 or 408. */
  async read(): Promise<Uint8Array | undefined> {
    if (this.#reader === undefined) return undefined;
    try {
      const startedAtMs = this.#now();
      const { value, done } = await withTimeout(
        this.#nextChunkTimeoutMs(),
        this.#reader.read(),
        this.#limits,
      );
      this.#waitedMs += this.#now() - startedAtMs;
      if (done) return undefined;
      this.#bytes += value.length;
      if (this.#bytes > this.#limitBytes) throw tooLarge(this.#limitBytes);
      return value;
    } catch (error) {
      this.#failure = error;
      this.cancel();
      throw error;
    }
  }

  /** Never throws. */
  cancel(): void {
    this.#reader?.cancel().catch(() => undefined);
  }

  /** The longest time until the next chunk, by both limits. */
  #nextChunkTimeoutMs(): number {
    const { maxBodyPauseMs, minBodyBytesPerSecond } = this.#limits;
    const leftMs = maxBodyPauseMs + (this.#bytes / minBodyBytesPerSecond) * 1000 - this.#waitedMs;
    return Math.max(0, Math.min(maxBodyPauseMs, leftMs));
  }
}

/** The body as a stream with backpressure: it reads only what its consumer requests. */
export function streamOf(body: BodyReader): ReadableStream<Uint8Array> {
  return new ReadableStream(
    {
      async pull(controller) {
        try {
          const chunk = await body.read();
          if (chunk === undefined) controller.close();
          else controller.enqueue(chunk);
        } catch (error) {
          controller.error(error);
        }
      },
      cancel: () => body.cancel(),
    },
    { highWaterMark: 0 },
  );
}

async function withTimeout<T>(limitMs: number, result: Promise<T>, limits: BodyLimits): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(tooSlow(limits)), limitMs);
  try {
    return await Promise.race([result, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** The Content-Length; undefined for a chunked body, and without a body. */
function announcedBytes(request: Request): number | undefined {
  const length = request.headers.get("content-length");
  return length === null ? undefined : Number(length);
}

export function tooLarge(limitBytes: number): ProxyError {
  const message = `The request body is too large; the limit is ${sizeInWords(limitBytes)}`;
  return new ProxyError("bad-request", message, { status: 413 });
}

function tooSlow({ maxBodyPauseMs, minBodyBytesPerSecond }: BodyLimits): ProxyError {
  return new ProxyError(
    "bad-request",
    `The request body arrived too slowly; the longest pause is ${maxBodyPauseMs / 1000} s and the lowest average speed is ` +
      `${sizeInWords(minBodyBytesPerSecond)} per second; send the request again`,
    { status: 408 },
  );
}
