/**
 * A streamed reply: reads the provider's body, returns text for the client.
 *
 * `open` waits for the first output, so that an early failure keeps its HTTP status. Every later failure becomes the last text of
 * the reply, in the format of the client API, and `error`. Nothing throws after `open`, so that the last text is sent.
 * `server/reply.ts` decides whether the connection breaks after it.
 */
import { type ProxyError, isExplained } from "../chat/error.ts";
import type { Mask } from "../masker.ts";
import type { Exchange } from "../providers/exchange.ts";
import type { StreamTranslator } from "../apis/stream-translator.ts";

/** How long the body is read after its end marker, so that the connection can be reused. */
const DRAIN_TIMEOUT_MS = 1000;

export class StreamedReply {
  readonly #exchange: Exchange;
  readonly #translator: StreamTranslator;
  /** Masks each text. A text is made of whole frames, so no secret is split between two texts. */
  readonly #mask: Mask;
  #head: string;
  #ended = false;
  #isFinishing = false;
  #error: ProxyError | undefined;
  #report: ((error: ProxyError) => void) | undefined;

  /** Throws `ProxyError`, named after the provider, when the reply fails before its first text. */
  static async open(
    exchange: Exchange,
    translator: StreamTranslator,
    mask: Mask = exchange.provider.masker.content,
  ): Promise<StreamedReply> {
    const reply = new StreamedReply(exchange, translator, mask);
    try {
      while (reply.#head === "" && !reply.#ended) reply.#head = await reply.#read();
    } catch (error) {
      // Text that is followed by an error in the same bytes is sent, as if they had arrived separately.
      if (!translator.hasText) {
        exchange.cancel();
        translator.close();
        throw exchange.toError(error);
      }
      reply.#head = reply.#fail(error);
    }
    return reply;
  }

  private constructor(exchange: Exchange, translator: StreamTranslator, mask: Mask) {
    this.#exchange = exchange;
    this.#translator = translator;
    this.#mask = mask;
    this.#head = "";
  }

  /** Why the reply ended early. Known when `next` has returned undefined. */
  get error(): ProxyError | undefined {
    return this.#error;
  }

  /** Calls `report` when the provider ends the reply early, at once when it has done so already. */
  onFailure(report: (error: ProxyError) => void): void {
    this.#report = report;
    if (this.#error !== undefined) report(this.#error);
  }

  /** The next text, never empty; undefined at the end. Never throws. */
  async next(): Promise<string | undefined> {
    const head = this.#head;
    this.#head = "";
    if (head !== "") return head;
    while (!this.#ended) {
      const text = await this.#readOrFail();
      if (text !== "") return text;
    }
    return undefined;
  }

  /** The client disconnected. */
  cancel(): void {
    this.#end();
    this.#exchange.cancel();
  }

  async #readOrFail(): Promise<string> {
    try {
      return await this.#read();
    } catch (error) {
      return this.#fail(error);
    }
  }

  #fail(error: unknown): string {
    this.#end();
    this.#exchange.cancel();
    this.#error = this.#exchange.toError(error);
    this.#report?.(this.#error);
    return this.#mask(this.#translator.fail(this.#error));
  }

  async #read(): Promise<string> {
    this.#setIdleTimeout();
    let bytes: Uint8Array | undefined;
    try {
      bytes = await this.#exchange.read();
    } catch (error) {
      if (this.#exchange.clientLeft) throw error;
      return this.#lastAfterBreak(error);
    }
    if (bytes === undefined) return this.#last();
    const text = this.#mask(this.#translator.push(bytes));
    if (this.#translator.phase !== "done") return text;
    this.#exchange.drain(DRAIN_TIMEOUT_MS);
    return text + this.#lastAfter(text);
  }

  #last(): string {
    this.#ended = true;
    const text = this.#mask(this.#translator.end());
    this.#translator.close();
    return text;
  }

  #end(): void {
    this.#ended = true;
    this.#translator.close();
  }

  /** `text` came in the same bytes as the end marker. It is not lost if the reply ends with an error. */
  #lastAfter(text: string): string {
    try {
      return this.#last();
    } catch (error) {
      if (text === "") throw error;
      return this.#fail(error);
    }
  }

  /** The connection broke. If the reply is complete, or ends with an error of the provider, nothing is missing. */
  #lastAfterBreak(broken: unknown): string {
    this.#exchange.cancel();
    try {
      return this.#last();
    } catch (error) {
      throw isExplained(error) ? error : broken;
    }
  }

  /** The limit is shorter as long as the reply seems to be complete. */
  #setIdleTimeout(): void {
    const isFinishing = this.#translator.phase === "finishing";
    if (!isFinishing && !this.#isFinishing) return;
    const { timeouts } = this.#exchange.provider;
    this.#exchange.setIdleTimeout(isFinishing ? timeouts.countsMs : timeouts.idleMs);
    this.#isFinishing = isFinishing;
  }
}
