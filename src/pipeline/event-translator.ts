/** Translators by way of neutral events, for streamed and for aggregated replies. `streamed-reply.ts` passes them the bytes. */
import { type ChatReply, ReplyCollector } from "../chat/collect.ts";
import type { ProxyError } from "../chat/error.ts";
import type { Phase, StreamEncoder } from "../chat/event.ts";
import { TotalsCollector } from "../chat/totals.ts";
import type { StreamTranslator } from "../apis/stream-translator.ts";
import { EventReader, type Translation } from "./event-reader.ts";

/** A streamed reply in the client API. */
export class EventTranslator implements StreamTranslator {
  readonly #reader: EventReader;
  readonly #encoder: StreamEncoder;
  readonly #totals = new TotalsCollector();
  #out = "";

  constructor(translation: Translation, encoder: StreamEncoder) {
    this.#encoder = encoder;
    this.#reader = new EventReader(
      translation,
      (event) => {
        if (this.#totals.push(event)) this.#out += encoder.push(event);
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
    this.#out += this.#encoder.end(this.#totals);
    return this.#take();
  }

  /** Includes the text that was ready before the error. */
  fail(error: ProxyError): string {
    return this.#take() + this.#encoder.fail(error);
  }

  close(): void {
    this.#reader.close();
  }

  #take(): string {
    const out = this.#out;
    this.#out = "";
    return out;
  }
}

/** An aggregated reply. Its only text is returned by `end`. */
export class AggregateTranslator implements StreamTranslator {
  readonly #collector: ReplyCollector;
  readonly #totals = new TotalsCollector();
  readonly #reader: EventReader;
  readonly #encode: (reply: ChatReply) => string;

  constructor(translation: Translation, now: () => number, encode: (reply: ChatReply) => string) {
    const collector = new ReplyCollector(now);
    this.#collector = collector;
    this.#encode = encode;
    this.#reader = new EventReader(
      translation,
      (event) => {
        if (this.#totals.push(event)) collector.push(event);
      },
      () => undefined,
    );
  }

  get phase(): Phase {
    return this.#reader.phase;
  }

  get hasBegun(): boolean {
    return this.#reader.hasBegun;
  }

  /** Always false, so that every error keeps its HTTP status. */
  get hasText(): boolean {
    return false;
  }

  push(bytes: Uint8Array): string {
    this.#reader.push(bytes);
    return "";
  }

  end(): string {
    this.#reader.end();
    return this.#encode(this.#collector.reply(this.#totals));
  }

  fail(error: ProxyError): never {
    throw error;
  }

  close(): void {
    this.#reader.close();
  }
}
