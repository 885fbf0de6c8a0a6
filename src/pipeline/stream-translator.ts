/**
 * The heart of a streamed reply: bytes of the provider in, text for the client out.
 *
 * Free of streams and clocks, so that tests can cut the bytes anywhere; `live-reply.ts` feeds it from a socket.
 */
import { type ChatReply, ReplyCollector } from "../chat/collect.ts";
import type { ProxyError } from "../chat/error.ts";
import type { Phase, StreamEncoder } from "../chat/event.ts";
import { EventReader, type Translation } from "./event-reader.ts";

export interface Pump {
  readonly phase: Phase;
  /** The provider has given a part of its reply: what is asked again now is paid for twice. */
  readonly hasBegun: boolean;
  /** There is text that `push` could not hand over, because an error followed it in the same bytes. */
  readonly hasText: boolean;
  /** Throws `ProxyError` when the bytes are an error, or make no sense. */
  push(bytes: Uint8Array): string;
  /** The body ended. Throws `ProxyError` when the reply is not whole. */
  end(): string;
  /** The last text after an error, in the client's dialect. */
  fail(error: ProxyError): string;
}

/** A streamed reply in the client's dialect. */
export class TranslatePump implements Pump {
  readonly #reader: EventReader;
  readonly #encoder: StreamEncoder;
  #out = "";

  constructor(translation: Translation, encoder: StreamEncoder) {
    this.#encoder = encoder;
    this.#reader = new EventReader(
      translation,
      (event) => {
        this.#out += encoder.push(event);
      },
      () => {
        this.#out += encoder.flush();
      },
    );
  }

  get phase(): Phase {
    return this.#reader.phase;
  }

  get hasBegun(): boolean {
    return this.#reader.hasBegun;
  }

  get hasText(): boolean {
    return this.#out !== "";
  }

  push(bytes: Uint8Array): string {
    this.#reader.push(bytes);
    return this.#take();
  }

  end(): string {
    this.#reader.end();
    this.#out += this.#encoder.end();
    return this.#take();
  }

  /** Text that was ready before the error came is not lost. */
  fail(error: ProxyError): string {
    return this.#take() + this.#encoder.fail(error);
  }

  #take(): string {
    const out = this.#out;
    this.#out = "";
    return out;
  }
}

/** A whole reply: its one text comes at the end. */
export class CollectPump implements Pump {
  readonly #collector: ReplyCollector;
  readonly #reader: EventReader;
  readonly #encode: (reply: ChatReply) => string;

  constructor(translation: Translation, now: () => number, encode: (reply: ChatReply) => string) {
    const collector = new ReplyCollector(now);
    this.#collector = collector;
    this.#encode = encode;
    this.#reader = new EventReader(
      translation,
      (event) => collector.push(event),
      () => undefined,
    );
  }

  get phase(): Phase {
    return this.#reader.phase;
  }

  get hasBegun(): boolean {
    return this.#reader.hasBegun;
  }

  /** An error is always told by a status. */
  get hasText(): boolean {
    return false;
  }

  push(bytes: Uint8Array): string {
    this.#reader.push(bytes);
    return "";
  }

  end(): string {
    this.#reader.end();
    return this.#encode(this.#collector.reply());
  }

  fail(error: ProxyError): never {
    throw error;
  }
}
