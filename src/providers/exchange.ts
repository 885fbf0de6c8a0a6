/** The response of a provider and its body. Every wait has a timeout, and every failure becomes a `ProxyError` that names the provider. */
import { ProxyError } from "../chat/error.ts";
import { sizeInWords } from "../chat/size.ts";
import type { Log } from "../runtime.ts";
import { isJsonDocument } from "../wire/json.ts";
import type { Deadline } from "./deadline.ts";
import { namedError, seconds, timeout } from "./failure.ts";
import type { Provider } from "./provider.ts";
import { retryDelayMs } from "./retry-after.ts";

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

/** What helps against a reply that is too long to be read whole. */
export const SIZE_ADVICE = "request less at once, or request a stream";

function tooLong(limitBytes: number, advice: string): ProxyError {
  return new ProxyError(
    "upstream-invalid",
    `The provider's reply is larger than the limit of ${sizeInWords(limitBytes)}; ${advice}`,
  );
}
