/**
 * One HTTP exchange with a provider.
 *
 * The provider gets the headers of its configuration and none of the client (Authorization, Cookie, Origin, Upgrade). Redirects
 * are followed only for model lists, and only on the provider's own server, so that the API key never reaches another
 * origin. Every wait has a timeout. Every failure becomes a `ProxyError` that names the provider.
 */
import { ProxyError } from "../chat/error.ts";
import { sizeInWords } from "../chat/size.ts";
import type { Log, Runtime } from "../runtime.ts";
import { isJsonDocument } from "../wire/json.ts";
import { type Connection, mayResend } from "./connections.ts";
import { Deadline } from "./deadline.ts";
import { namedError } from "./failure.ts";
import type { KeyHeaders, ProviderKey } from "./keys.ts";
import type { Provider } from "./provider.ts";
import { MAX_REDIRECTS, fetchFollowing, redirectError } from "./redirect.ts";
import { retryAfterMs, retryDelayMs } from "./retry-after.ts";

export interface Call {
  readonly method: "GET" | "POST" | "DELETE" | "HEAD";
  /** As `Address.url` takes it. */
  readonly path: string;
  /** The base path to try; absent: the known or likeliest one. */
  readonly basePath?: string | undefined;
  /** JSON text, a form, or a stream of bytes. */
  readonly body?: string | FormData | ReadableStream<Uint8Array> | undefined;
  readonly accept: string;
  /** By their name in lower case. If the provider's configuration sets the header too, both values are sent, as a list. */
  readonly headers?: { readonly [name: string]: string } | undefined;
  /** Of the key to use. Absent: a key that does not rest. */
  readonly keyHeaders?: KeyHeaders | undefined;
  /** Aborts when the client disconnects, or when the program shuts down. Then its reason is a `ProxyError`. */
  readonly signal: AbortSignal;
  /** Milliseconds until the response headers; absent: the provider's `timeouts`. */
  readonly headTimeoutMs?: number | undefined;
  /** Follows redirects on the provider's own server. */
  readonly followsRedirects?: boolean | undefined;
  /** For requests that must never be sent twice: a request on a new connection is never sent again. */
  readonly needsNewConnection?: boolean | undefined;
}

/** Throws `ProxyError` when the provider cannot be reached, answers with a redirect, or does not answer in time. */
export async function send(provider: Provider, call: Call, runtime: Runtime): Promise<Exchange> {
  const { connections } = provider;
  const keyHeaders = call.keyHeaders ?? (await headersOfAnyKey(provider));
  const isNew = call.needsNewConnection === true || call.body instanceof ReadableStream;
  const connection = isNew ? connections.open(runtime.now()) : connections.take(runtime.now());
  try {
    return await sendOver(connection, { provider, call, keyHeaders, runtime });
  } catch (error) {
    // A client that disconnects says nothing about the connections: an editor cancels a request at every key stroke.
    if (call.signal.aborted) throw error;
    connections.closeIdle();
    if (!(error instanceof ProxyError) || !mayResend(error, call.method, connection, runtime.now()))
      throw error;
    return await sendOver(connections.open(runtime.now()), { provider, call, keyHeaders, runtime });
  }
}

interface Sending {
  readonly provider: Provider;
  readonly call: Call;
  readonly keyHeaders: KeyHeaders;
  readonly runtime: Runtime;
}

/** Rejects with a `ProxyError` that names the provider when a command gives no key. */
export async function headersOfKey(key: ProviderKey, provider: Provider): Promise<KeyHeaders> {
  try {
    return await key.headers();
  } catch (error) {
    throw error instanceof ProxyError ? error.from(provider) : error;
  }
}

function headersOfAnyKey(provider: Provider): Promise<KeyHeaders> {
  const { keys, state } = provider;
  const key = keys.all.find(({ id }) => !state.health.isKeyResting(id)) ?? keys.all[0];
  return headersOfKey(key, provider);
}

async function sendOver(connection: Connection, sending: Sending): Promise<Exchange> {
  const { provider, call, keyHeaders, runtime } = sending;
  const deadline = new Deadline(runtime.now, call.signal);
  const maxRedirects = call.followsRedirects === true ? MAX_REDIRECTS : 0;
  const url = provider.address.url(call.path, call.basePath);
  const limitMs = call.headTimeoutMs ?? provider.timeouts.firstByteMs;
  deadline.start(limitMs, () => timeout(`did not begin to answer within ${seconds(limitMs)}`));
  try {
    const response = await fetchFollowing(runtime.fetch, maxRedirects, url, {
      method: call.method,
      headers: headersOf(keyHeaders, call),
      ...(call.body === undefined ? {} : { body: call.body }),
      signal: deadline.signal,
      redirect: "manual",
      // Disables Bun's idle timeout of five minutes, because a model may think for longer. `Deadline` has the configured timeouts.
      timeout: false,
      session: connection.session,
    });
    if (response.status >= 300 && response.status < 400) throw redirectError(response, url, call.path);
    const { idleMs } = provider.timeouts;
    deadline.start(idleMs, () => timeout(`sent nothing for ${seconds(idleMs)} in the middle of its reply`));
    const waitMs = retryAfterMs(response.headers, runtime.now());
    const onEnd = (): void => {
      if (!closesConnection(response)) provider.connections.giveBack(connection, runtime.now());
    };
    const { signal } = call;
    return new Exchange(provider, response, waitMs, { deadline, signal, log: runtime.log, onEnd });
  } catch (error) {
    deadline.stop();
    throw namedError(error, call.signal, provider, runtime.log);
  }
}

function closesConnection({ headers }: Response): boolean {
  return /\bclose\b/i.test(headers.get("connection") ?? "");
}

interface ExchangeState {
  readonly deadline: Deadline;
  readonly signal: AbortSignal;
  readonly log: Log;
  /** Runs once, when the body has been read to its end. */
  readonly onEnd: () => void;
}

export class Exchange {
  readonly status: number;
  readonly headers: Headers;
  readonly provider: Provider;
  readonly #reader: Pick<ReadableStreamDefaultReader<Uint8Array>, "read" | "cancel"> | undefined;
  readonly #deadline: Deadline;
  readonly #signal: AbortSignal;
  #onEnd: (() => void) | undefined;
  readonly #log: Log;
  #whole: Promise<string> | undefined;
  #readBytes = 0;
  #sinceTurn = 0;
  #limitBytes = Infinity;
  #advice = "";
  #retryAfterMs: number | undefined;
  #cutText: string | undefined;

  constructor(
    provider: Provider,
    response: Response,
    waitMs: number | undefined,
    { deadline, signal, log, onEnd }: ExchangeState,
  ) {
    this.#retryAfterMs = waitMs;
    this.provider = provider;
    this.status = response.status;
    this.headers = response.headers;
    this.#reader = response.body?.getReader();
    this.#deadline = deadline;
    this.#signal = signal;
    this.#onEnd = onEnd;
    this.#log = log;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  get clientLeft(): boolean {
    return this.#signal.aborted;
  }

  /** How long the provider wants to be left alone, as far as was read; undefined when it does not say. */
  get retryAfterMs(): number | undefined {
    return this.#retryAfterMs;
  }

  /** What `text` had read of a successful reply when the connection broke, without the provider's secrets. */
  get cutText(): string | undefined {
    return this.#cutText;
  }

  /** Bytes of the body that have been read. */
  get readBytes(): number {
    return this.#readBytes;
  }

  /** The next bytes, or undefined at the end of the body. Rejects when the body breaks off or stalls; see `toError`. */
  async read(): Promise<Uint8Array | undefined> {
    if (this.#reader === undefined) return undefined;
    const { value, done } = await this.#reader.read();
    this.#deadline.touch();
    if (!done) {
      this.#readBytes += value.length;
      this.#sinceTurn += value.length;
      if (this.#sinceTurn > BYTES_PER_TURN) {
        this.#sinceTurn = 0;
        await nextTurn();
      }
      if (this.#readBytes > this.#limitBytes) throw tooLong(this.#limitBytes, this.#advice);
      return value;
    }
    this.#deadline.stop();
    this.#onEnd?.();
    this.#onEnd = undefined;
    return undefined;
  }

  /** From now on `read` rejects when the body is longer; `advice` tells the user what to do then. */
  limitSize(limitBytes: number, advice: string): void {
    this.#limitBytes = limitBytes;
    this.#advice = advice;
  }

  /**
   * The whole body without the provider's secrets, which may be asked for more than once; of an error only the beginning.
   * A JSON document is whole even if the connection breaks after it. Throws `ProxyError`, also when the body is longer than
   * its limit.
   */
  text(): Promise<string> {
    this.#whole ??= this.#readWhole();
    return this.#whole;
  }

  async #readWhole(): Promise<string> {
    const { maxReplyBytes, maxErrorBytes } = this.provider.limits;
    if (!this.ok) this.#limitBytes = Infinity;
    else if (this.#limitBytes === Infinity) this.limitSize(maxReplyBytes, SIZE_ADVICE);
    const decoder = new TextDecoder();
    let text = "";
    try {
      for (let bytes = await this.read(); bytes !== undefined; bytes = await this.read()) {
        const surplus = this.ok ? 0 : Math.max(0, this.#readBytes - maxErrorBytes);
        text += decoder.decode(bytes.subarray(0, bytes.length - surplus), { stream: true });
        if (surplus === 0) continue;
        this.cancel();
        break;
      }
      text += decoder.decode();
      if (!this.ok) this.#retryAfterMs ??= retryDelayMs(text);
      const { masker } = this.provider;
      return this.ok ? masker.content(text) : masker.text(text);
    } catch (error) {
      this.cancel();
      if (this.ok && !this.clientLeft) this.#cutText = this.provider.masker.content(text);
      if (this.#cutText !== undefined && isJsonDocument(text)) return this.#cutText;
      throw this.toError(error);
    }
  }

  /** From now on the exchange fails when no byte arrives for `ms` milliseconds. */
  setIdleTimeout(ms: number): void {
    this.#deadline.start(ms, () => timeout(`sent nothing for ${seconds(ms)}`));
  }

  /** Reads and forgets the rest in the background, for at most `ms`, so that the connection can be used again. */
  drain(ms: number): void {
    this.#deadline.start(ms, () => timeout("continued to send after the end of its reply"));
    const run = async (): Promise<void> => {
      try {
        while ((await this.read()) !== undefined);
      } catch {
        // The reply was complete: how its connection ends matters to nobody.
        this.cancel();
      }
    };
    void run();
  }

  /** Cancels the request. Never throws. */
  cancel(): void {
    this.#deadline.stop();
    // A body that already failed rejects here; the failure has been told where it happened.
    this.#reader?.cancel().catch(() => undefined);
  }

  /** What a rejection of `read`, or an error of a decoder, means to the client. */
  toError(error: unknown): ProxyError {
    return namedError(error, this.#signal, this.provider, this.#log);
  }
}

/** A provider that sends faster than we work would keep every other client waiting: a handful of milliseconds of work. */
const BYTES_PER_TURN = 256 * 1024;

/** Lets the event loop serve others. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function headersOf(configured: KeyHeaders, call: Call): Record<string, string> {
  return {
    ...(typeof call.body === "string" ? { "content-type": "application/json" } : {}),
    accept: call.accept,
    // Compressed events would be held back until a block is full.
    "accept-encoding": "identity",
    ...joined(configured, call.headers),
  };
}

function joined(configured: KeyHeaders, sent: KeyHeaders = {}): KeyHeaders {
  const lists = Object.entries(sent).map(([name, value]): [string, string] => {
    const own = configured[name];
    return [name, own === undefined ? value : `${own},${value}`];
  });
  return { ...configured, ...Object.fromEntries(lists) };
}

/** What helps against a reply that is too long to be read whole. */
export const SIZE_ADVICE = "request less at once, or request a stream";

function tooLong(limitBytes: number, advice: string): ProxyError {
  return new ProxyError(
    "upstream-invalid",
    `The provider's reply is larger than the limit of ${sizeInWords(limitBytes)}; ${advice}`,
  );
}

function timeout(what: string): ProxyError {
  return new ProxyError(
    "upstream-timeout",
    `The provider ${what}; try again, or increase its "timeouts" in the configuration`,
  );
}

function seconds(ms: number): string {
  return ms < 1000 ? `${ms} ms` : `${Math.round(ms / 100) / 10} s`;
}
