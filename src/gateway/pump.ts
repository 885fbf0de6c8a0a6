/**
 * The heart of a streamed reply: bytes of the provider in, text for the client out.
 *
 * Free of streams and clocks, so that tests can cut the bytes anywhere; `live-reply.ts` feeds it from a socket.
 */
import { type ChatReply, ReplyCollector } from "../chat/collect.ts";
import { ProxyError } from "../chat/error.ts";
import type { ChatEvent, Emit, Phase, StreamDecoder, StreamEncoder } from "../chat/event.ts";
import type { Framing } from "../dialects/dialect.ts";
import type { CallMemory } from "./memory.ts";
import { WireError } from "../wire/error.ts";
import { type JsonObject, parseJson } from "../wire/json.ts";
import { NdjsonDecoder } from "../wire/ndjson.ts";
import { SseDecoder } from "../wire/sse.ts";

export interface Pump {
  readonly phase: Phase;
  /** There is text that `push` could not hand over, because an error followed it in the same bytes. */
  readonly hasText: boolean;
  /** Throws `ProxyError` when the bytes are an error, or make no sense. */
  push(bytes: Uint8Array): string;
  /** The body ended. Throws `ProxyError` when the reply is not whole. */
  end(): string;
  /** The last text after an error, in the client's dialect. */
  fail(error: ProxyError): string;
}

export interface Translation {
  readonly framing: Framing;
  readonly decoder: StreamDecoder;
  /** Words an error from bytes that are no stream of the dialect. */
  readonly decodeError: (status: number, text: string) => ProxyError;
  /** The client does not want to see thinking. */
  readonly hidesReasoning: boolean;
  /** Keeps what the provider will want back with the history of its tool calls. */
  readonly memory: CallMemory;
}

export function truncated(): ProxyError {
  return new ProxyError(
    "upstream-truncated",
    "The provider ended the stream before the reply was complete; try again",
  );
}

/** Bytes of a provider to events: the half that streamed and whole replies share. */
class EventReader {
  readonly #translation: Translation;
  readonly #emit: Emit;
  readonly #text = new TextDecoder();
  readonly #frames: SseDecoder | NdjsonDecoder;
  #frameCount = 0;
  #finished = false;
  #reasoning = "";

  constructor(translation: Translation, emit: Emit, onFrameEnd: () => void) {
    this.#translation = translation;
    this.#emit = (event: ChatEvent): void => {
      if (event.type === "reasoning-delta") this.#reasoning += event.text;
      if (event.type === "tool-call-start") this.#remember(event.id, event.extra);
      if (event.type === "finish") this.#finished = true;
      if (event.type !== "reasoning-delta" || !translation.hidesReasoning) emit(event);
    };
    const onFrame = (frame: unknown, name?: string): void => {
      this.#frameCount += 1;
      translation.decoder.push(frame, this.#emit, name);
      onFrameEnd();
    };
    this.#frames = createFrames(translation.framing, onFrame);
  }

  get phase(): Phase {
    return this.#translation.decoder.phase;
  }

  push(bytes: Uint8Array): void {
    this.#guard(() => this.#frames.push(this.#text.decode(bytes, { stream: true })));
  }

  end(): void {
    this.#guard(() => {
      this.#frames.push(this.#text.decode());
      this.#frames.end();
      this.#translation.decoder.end(this.#emit);
    });
    if (this.#finished) return;
    const stray = this.#frames instanceof SseDecoder ? this.#frames.stray : "";
    if (this.#frameCount === 0 && stray !== "") throw this.#translation.decodeError(200, stray);
    if (this.#frameCount > 0) throw truncated();
    throw new ProxyError("upstream-truncated", "The provider sent an empty reply; try again");
  }

  #remember(id: string, extra: JsonObject | undefined): void {
    const reasoning = this.#reasoning === "" ? undefined : this.#reasoning;
    this.#translation.memory.remember(id, { reasoning, extra });
  }

  #guard(read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      if (this.#frameCount === 0) throw this.#translation.decodeError(200, error.text);
      throw new ProxyError(
        "upstream-invalid",
        `The provider sent something that is no JSON in the middle of the reply`,
        {
          cause: error,
        },
      );
    }
  }
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

function createFrames(
  framing: Framing,
  onFrame: (frame: unknown, name?: string) => void,
): SseDecoder | NdjsonDecoder {
  if (framing === "sse") return new SseDecoder(onFrame);
  return new NdjsonDecoder((line) => {
    const frame = parseJson(line);
    if (frame === undefined) throw new WireError("A line of the stream is not JSON", line);
    onFrame(frame);
  });
}
