/** Decodes the bytes of a provider to neutral events, for streamed and for aggregated replies. */
import { ProxyError, brokenReply, emptyReply, filteredReply, truncatedReply } from "../chat/error.ts";
import { type ChatEvent, type Emit, type Phase, type StreamDecoder, unreachable } from "../chat/event.ts";
import { type ReportUsage, UsageMeter } from "../chat/usage-meter.ts";
import { FenceRemover } from "../chat/fence.ts";
import { SurrogateJoiner } from "../chat/surrogates.ts";
import { WireError } from "../wire/error.ts";
import type { JsonObject } from "../wire/json.ts";
import { exactFrame } from "../wire/exact-json.ts";
import { SseDecoder } from "../wire/sse.ts";

/** How the reply to one request is read. */
export interface Translation {
  readonly decoder: StreamDecoder;
  /** The error of bytes that are not a stream of the API. */
  readonly decodeError: (status: number, text: string) => ProxyError;
  /** The client does not want to see thinking. */
  readonly hidesReasoning: boolean;
  /** The client's names of the tools that were renamed for the provider. */
  readonly toolNames: ReadonlyMap<string, string>;
  /** The client asked for JSON, in a stream: a Markdown fence around it is no part of the reply. */
  readonly removesFence: boolean;
  /** Text of the request that the provider may repeat before the reply; empty: none. */
  readonly echo: string;
  readonly history: HistoryStore;
  readonly reportUsage: ReportUsage;
  /** Whether another model can answer after the error. Then an empty reply is an error. */
  readonly hasOther: (error: ProxyError) => boolean;
}

/** Stores what the provider requires with the history of a reply. */
export interface HistoryStore {
  readonly storeCall: (id: string, metadata: CallMetadata) => void;
  /** `attached` is what the provider attached to the reply. */
  readonly storeThinking: (reasoning: string, attached: JsonObject) => void;
}

/** Data of a tool call that clients do not send back. */
export interface CallMetadata {
  readonly reasoning: string | undefined;
  /** What the provider attached to the call (`extra`) and to its message (`attached`). */
  readonly extra: JsonObject | undefined;
  readonly attached: JsonObject | undefined;
}

export class EventReader {
  readonly #translation: Translation;
  readonly #emit: Emit;
  readonly #handler: Emit = (event) => this.#handle(event);
  readonly #text = new TextDecoder();
  readonly #frames: SseDecoder;
  readonly #calls: { readonly id: string; readonly extra: JsonObject | undefined }[] = [];
  #frameCount = 0;
  #begun = false;
  #finished = false;
  readonly #usage: UsageMeter;
  #reasoning = "";
  readonly #textJoiner = new SurrogateJoiner();
  readonly #reasoningJoiner = new SurrogateJoiner();
  /** Undefined when no fence can follow any more. */
  #fence: FenceRemover | undefined;
  #echo: string;
  /** Characters of the echo that have been received. */
  #echoed = 0;

  constructor(translation: Translation, emit: Emit, onFrameEnd: () => void) {
    this.#translation = translation;
    this.#emit = emit;
    this.#echo = translation.echo;
    this.#usage = new UsageMeter(translation.reportUsage);
    this.#fence = translation.removesFence ? new FenceRemover() : undefined;
    const onFrame = (frame: unknown, name: string | undefined, text: string): void => {
      this.#frameCount += 1;
      translation.decoder.push(exactFrame(text, frame), this.#handler, name);
      onFrameEnd();
    };
    this.#frames = new SseDecoder(onFrame);
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
      // Bytes after the end marker are not part of the reply.
      if (this.phase !== "done") {
        this.#frames.push(this.#text.decode());
        this.#frames.end();
      }
      const isDocument = this.#frameCount === 1 && this.#frames.documentCount === 1;
      this.#translation.decoder.end(this.#handler, isDocument);
    });
    if (this.#finished) return;
    const { stray } = this.#frames;
    if (this.#frameCount === 0 && stray !== "") throw this.#translation.decodeError(200, stray);
    throw this.#frameCount > 0 && this.#begun ? truncatedReply() : emptyReply();
  }

  close(): void {
    this.#usage.close();
  }

  #handle(event: ChatEvent): void {
    switch (event.type) {
      case "text-delta": {
        this.#begun = true;
        this.#usage.count(event.text.length);
        const text = this.#textJoiner.join(event.text).toWellFormed();
        if (text === "" && event.logprobs === undefined) return;
        if (this.#echo !== "") this.#handleEcho(text);
        else if (this.#fence !== undefined) this.#handleFence(this.#fence, { ...event, text });
        else this.#emit(text === event.text ? event : { ...event, text });
        return;
      }
      case "reasoning-delta": {
        this.#begun = true;
        this.#usage.count(event.text.length);
        const text = this.#reasoningJoiner.join(event.text).toWellFormed();
        this.#reasoning += text;
        if (text === "" || this.#translation.hidesReasoning) return;
        this.#emit(text === event.text ? event : { ...event, text });
        return;
      }
      case "tool-call-start": {
        this.#begun = true;
        const id = event.id.toWellFormed();
        this.#calls.push({ id, extra: event.extra });
        const name = this.#translation.toolNames.get(event.name) ?? event.name.toWellFormed();
        this.#emit({ ...event, id, name });
        return;
      }
      case "finish":
        this.#endText(event.reason === "length");
        // An empty reply would not show the reason.
        if (event.reason === "content-filter" && !this.#begun) throw filteredReply();
        if (event.reason === "stop" && !this.#begun) this.#requireReply();
        this.#finished = true;
        this.#store(event.attached);
        this.#emit(event);
        return;
      case "usage":
        this.#usage.read(event);
        this.#emit(event);
        return;
      case "tool-call-delta":
        this.#usage.count(event.arguments.length);
        this.#emit(event);
        return;
      case "reasoning-signature":
        this.#emit(event);
        return;
      default:
        unreachable(event);
    }
  }

  #handleFence(fence: FenceRemover, event: Extract<ChatEvent, { readonly type: "text-delta" }>): void {
    const text = fence.push(event.text);
    if (fence.isDone) this.#fence = undefined;
    if (text !== "" || event.logprobs !== undefined) this.#emit({ ...event, text });
  }

  /** Emits the text that was held back: a lone surrogate, or the possible start of a closing fence. */
  #endText(isCut: boolean): void {
    const reasoning = this.#reasoningJoiner.end();
    const half = this.#textJoiner.end();
    const text = this.#fence === undefined ? half : this.#fence.push(half) + this.#fence.end(isCut);
    if (reasoning !== "" && !this.#translation.hidesReasoning) {
      this.#emit({ type: "reasoning-delta", text: reasoning });
    }
    if (text !== "") this.#emit({ type: "text-delta", text });
  }

  /** Holds back text that may be the echo. When it differs from the echo, all of it is emitted. */
  #handleEcho(text: string): void {
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

  /** An empty reply may be genuine, so it is passed on unless another model can answer. */
  #requireReply(): void {
    const error = emptyReply();
    if (this.#translation.hasOther(error)) throw error;
  }

  #store(attached: JsonObject | undefined): void {
    const { storeCall, storeThinking } = this.#translation.history;
    const reasoning = this.#reasoning === "" ? undefined : this.#reasoning;
    for (const { id, extra } of this.#calls) storeCall(id, { reasoning, extra, attached });
    if (reasoning !== undefined && attached !== undefined) storeThinking(reasoning, attached);
  }

  #guard(read: () => void): void {
    try {
      read();
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      if (this.#frameCount === 0 && error.reason !== "limit")
        throw this.#translation.decodeError(200, error.text);
      throw brokenReply(error);
    }
  }
}
