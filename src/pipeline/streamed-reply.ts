/**
 * A reply on its way: the provider's body on one side, text for the client on the other.
 *
 * `open` waits until there is something to say, so that a failure before that has its true status. After that every
 * failure becomes the last text of the reply, in the client's dialect, and the log says why: nothing here throws, because
 * a throw inside a response stream resets the client's connection.
 */
import { ProxyError } from "../chat/error.ts";
import type { Mask } from "../masker.ts";
import type { Exchange } from "../providers/client.ts";
import type { Pump } from "./stream-translator.ts";

/** How long we read on after the end mark, so that the connection can be used again. */
const DRAIN_LIMIT_MS = 1000;

export class LiveReply {
  readonly #exchange: Exchange;
  readonly #pump: Pump;
  readonly #countsLimitMs: number;
  /** Over everything that leaves: whole frames, so that no value is cut in two. */
  readonly #mask: Mask;
  #head: string;
  #ended = false;
  #error: ProxyError | undefined;

  /**
   * Throws `ProxyError`, named after the provider, when the reply fails before its first text. Once a reply is whole, its counts
   * are waited for as long as `countsLimitMs`.
   */
  static async open(exchange: Exchange, pump: Pump, countsLimitMs: number): Promise<LiveReply> {
    const reply = new LiveReply(exchange, pump, countsLimitMs);
    try {
      while (reply.#head === "" && !reply.#ended) reply.#head = await reply.#read();
    } catch (error) {
      // The same bytes may hold text and then an error, or come in two pieces: the client must get the same.
      if (!pump.hasText) {
        exchange.cancel();
        throw exchange.toError(error);
      }
      reply.#head = reply.#fail(error);
    }
    return reply;
  }

  private constructor(exchange: Exchange, pump: Pump, countsLimitMs: number) {
    this.#countsLimitMs = countsLimitMs;
    this.#exchange = exchange;
    this.#pump = pump;
    this.#mask = exchange.provider.masker.content;
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
    this.#ended = true;
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
    this.#ended = true;
    this.#exchange.cancel();
    this.#error = this.#exchange.toError(error);
    return this.#mask(this.#pump.fail(this.#error));
  }

  async #read(): Promise<string> {
    if (this.#pump.phase === "finishing") this.#exchange.limitSilence(this.#countsLimitMs);
    const bytes = await this.#nextBytes();
    if (bytes !== undefined) {
      const text = this.#mask(this.#pump.push(bytes));
      if (this.#pump.phase !== "done") return text;
      this.#ended = true;
      this.#exchange.drain(DRAIN_LIMIT_MS);
      return text + this.#mask(this.#pump.end());
    }
    this.#ended = true;
    return this.#mask(this.#pump.end());
  }

  /** A body that breaks off after the reply was whole has lost nothing that matters. */
  async #nextBytes(): Promise<Uint8Array | undefined> {
    try {
      return await this.#exchange.read();
    } catch (error) {
      if (this.#pump.phase !== "finishing" || this.#exchange.clientLeft) throw error;
      this.#exchange.cancel();
      return undefined;
    }
  }
}
