/** Bytes of a provider to neutral events: the half of a translation that streamed and whole replies share. */
import { ProxyError } from "../chat/error.ts";
import { type ChatEvent, type Emit, type Phase, type StreamDecoder, unreachable } from "../chat/event.ts";
import { brokenFrame } from "../apis/shared/broken-frame.ts";
import type { Framing } from "../apis/api.ts";
import { WireError } from "../wire/error.ts";
import { unreadable } from "../wire/frame.ts";
import { type JsonObject, parseJson } from "../wire/json.ts";
import { NdjsonDecoder } from "../wire/ndjson.ts";
import { SseDecoder } from "../wire/sse.ts";

export interface Translation {
  readonly framing: Framing;
  readonly decoder: StreamDecoder;
  /** Words an error from bytes that are no stream of the dialect. */
  readonly decodeError: (status: number, text: string) => ProxyError;
  /** The client does not want to see thinking. */
  readonly hidesReasoning: boolean;
  /** The client's names of those tools that the provider knows by another. */
  readonly toolNames: ReadonlyMap<string, string>;
  /** What the provider may say once more before it goes on, word for word; empty: nothing. */
  readonly echo: string;
  /** Keeps what the provider will want back with the history of its tool calls. */
  readonly remember: (call: string, made: Made) => void;
}

/** How a tool call came about. */
export interface Made {
  readonly reasoning: string | undefined;
  /** What the provider attached to the call, and to the message that holds it. */
  readonly extra: JsonObject | undefined;
  readonly attached: JsonObject | undefined;
}

/** The provider closed the stream properly, and too early. */
export function truncated(): ProxyError {
  return new ProxyError(
    "upstream-truncated",
    "The provider ended the stream before the reply was complete; try again",
  );
}

/** The provider closed the stream without having said anything. */
export function empty(): ProxyError {
  return new ProxyError("upstream-empty", "The provider sent an empty reply; try again");
}

/** An answer without a word would not tell the user why. */
function filtered(): ProxyError {
  return new ProxyError(
    "forbidden",
    "The provider's content filter blocked the response; rephrase the request",
  );
}

export class EventReader {
  readonly #translation: Translation;
  readonly #emit: Emit;
  readonly #listen: Emit = (event) => this.#hear(event);
  readonly #text = new TextDecoder();
  readonly #frames: SseDecoder | NdjsonDecoder;
  readonly #calls: { readonly id: string; readonly extra: JsonObject | undefined }[] = [];
  #frameCount = 0;
  #begun = false;
  #finished = false;
  #reasoning = "";
  readonly #textHalves = new Halves();
  readonly #reasoningHalves = new Halves();
  #echo: string;
  /** Characters of the echo that have come. */
  #echoed = 0;

  constructor(translation: Translation, emit: Emit, onFrameEnd: () => void) {
    this.#translation = translation;
    this.#emit = emit;
    this.#echo = translation.echo;
    const onFrame = (frame: unknown, name?: string): void => {
      this.#frameCount += 1;
      translation.decoder.push(frame, this.#listen, name);
      onFrameEnd();
    };
    this.#frames = createFrames(translation.framing, onFrame);
  }

  get phase(): Phase {
    return this.#translation.decoder.phase;
  }

  get hasBegun(): boolean {
    return this.#begun;
  }

  push(bytes: Uint8Array): void {
    if (this.phase === "done") return;
    this.#guard(() => this.#frames.push(this.#text.decode(bytes, { stream: true })));
  }

  end(): void {
    this.#guard(() => {
      // What follows the end mark, cut anywhere, is no part of the reply.
      if (this.phase !== "done") {
        this.#frames.push(this.#text.decode());
        this.#frames.end();
      }
      this.#translation.decoder.end(this.#listen);
    });
    if (this.#finished) return;
    const stray = this.#frames instanceof SseDecoder ? this.#frames.stray : "";
    if (this.#frameCount === 0 && stray !== "") throw this.#translation.decodeError(200, stray);
    throw this.#frameCount > 0 && this.#begun ? truncated() : empty();
  }

  #hear(event: ChatEvent): void {
    switch (event.type) {
      case "text-delta": {
        this.#begun = true;
        const text = this.#textHalves.whole(event.text);
        if (text === "" && event.logprobs === undefined) return;
        if (this.#echo !== "") this.#hearEcho(text);
        else this.#emit(text === event.text ? event : { ...event, text });
        return;
      }
      case "reasoning-delta": {
        this.#begun = true;
        const text = this.#reasoningHalves.whole(event.text);
        this.#reasoning += text;
        if (text === "" || this.#translation.hidesReasoning) return;
        this.#emit(text === event.text ? event : { ...event, text });
        return;
      }
      case "tool-call-start": {
        this.#begun = true;
        this.#calls.push({ id: event.id, extra: event.extra });
        const name = this.#translation.toolNames.get(event.name);
        this.#emit(name === undefined ? event : { ...event, name });
        return;
      }
      case "finish":
        if (event.reason === "content-filter" && !this.#begun) throw filtered();
        this.#finished = true;
        this.#remember(event.attached);
        this.#emit(event);
        return;
      case "reasoning-signature":
      case "tool-call-delta":
      case "usage":
        this.#emit(event);
        return;
      default:
        unreachable(event);
    }
  }

  /** Holds back what may be the echo; as soon as it turns out otherwise, all of it was text. */
  #hearEcho(text: string): void {
    const echo = this.#echo;
    const rest = echo.length - this.#echoed;
    if (text.length < rest && echo.startsWith(text, this.#echoed)) {
      this.#echoed += text.length;
      return;
    }
    this.#echo = "";
    const isWhole = text.startsWith(echo.slice(this.#echoed));
    const fresh = isWhole ? text.slice(rest) : echo.slice(0, this.#echoed) + text;
    if (fresh !== "") this.#emit({ type: "text-delta", text: fresh });
  }

  #remember(attached: JsonObject | undefined): void {
    const reasoning = this.#reasoning === "" ? undefined : this.#reasoning;
    for (const { id, extra } of this.#calls) this.#translation.remember(id, { reasoning, extra, attached });
  }

  #guard(read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      if (this.#frameCount === 0 && error.reason !== "limit")
        throw this.#translation.decodeError(200, error.text);
      throw brokenFrame(error);
    }
  }
}

/** Hosts that send tokens as they come cut characters beyond the basic plane in two; half of one is a fault in most languages. */
class Halves {
  #half = "";

  /** As much of the text as is whole; the half of a character at its end waits for the other. */
  whole(text: string): string {
    const all = this.#half === "" ? text : this.#half + text;
    const isCut = (all.charCodeAt(all.length - 1) & 0xfc00) === 0xd800;
    this.#half = isCut ? all.slice(-1) : "";
    return isCut ? all.slice(0, -1) : all;
  }
}

function createFrames(
  framing: Framing,
  onFrame: (frame: unknown, name?: string) => void,
): SseDecoder | NdjsonDecoder {
  if (framing === "sse") return new SseDecoder(onFrame);
  return new NdjsonDecoder((line) => {
    const frame = parseJson(line);
    if (frame === undefined) throw unreadable(line);
    onFrame(frame);
  });
}
