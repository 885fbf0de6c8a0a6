/**
 * A reply on its way: the provider's body on one side, text for the client on the other.
 *
 * `open` waits for the first output, so that a failure before it keeps its status. After that every
 * failure becomes the last text of the reply, in the client's dialect, and the log says why: nothing here throws, because
 * a throw inside a response stream resets the client's connection.
 */
import { type ProxyError, isExplained } from "../chat/error.ts";
import type { Mask } from "../masker.ts";
import type { Exchange } from "../providers/client.ts";
import type { StreamTranslator } from "../apis/api.ts";

/** How long we read on after the end mark, so that the connection can be used again. */
const DRAIN_LIMIT_MS = 1000;

export class StreamedReply {
  readonly #exchange: Exchange;
  readonly #translator: StreamTranslator;
  /** Applied to everything that leaves: whole frames, so that no value is cut in two. */
  readonly #mask: Mask;
  #head: string;
  #ended = false;
  #isFinishing = false;
  #error: ProxyError | undefined;

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
      // The same bytes may hold text and then an error, or come in two pieces: the client must get the same.
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

  /** What ended the reply early; known once `next` has returned undefined. */
  get error(): ProxyError | undefined {
    return this.#error;
  }

  /** The next text, never empty; undefined when the reply is over. Never throws. */
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

  /** The client left. */
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
    return this.#mask(this.#translator.fail(this.#error));
  }

  async #read(): Promise<string> {
    this.#limitSilence();
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
    this.#exchange.drain(DRAIN_LIMIT_MS);
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
  #limitSilence(): void {
    const isFinishing = this.#translator.phase === "finishing";
    if (!isFinishing && !this.#isFinishing) return;
    const { state, timeouts } = this.#exchange.provider;
    this.#exchange.limitSilence(isFinishing ? state.countsLimitMs : timeouts.idleMs);
    this.#isFinishing = isFinishing;
  }
}
