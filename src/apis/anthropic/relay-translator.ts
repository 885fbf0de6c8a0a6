/** Relays a streamed reply of `/v1/messages`. Every event passes with the client's name of the model. */
import { type ProxyError, emptyReply, filteredReply, truncatedReply } from "../../chat/error.ts";
import type { Phase } from "../../chat/event.ts";
import { wellFormedJson } from "../../chat/surrogates.ts";
import { type JsonObject, isObject, objectAt, stringAt } from "../../wire/json.ts";
import { exactFrame } from "../../wire/exact-json.ts";
import { DONE, SseDecoder, sseEvent } from "../../wire/sse.ts";
import type { RelayContext } from "../endpoint.ts";
import { errorInFrame, errorInList } from "../shared/frame-errors.ts";
import { PlainData } from "../shared/plain-data.ts";
import { TextRelay } from "../shared/text-relay.ts";
import { decodeError } from "../shared/upstream-errors.ts";
import { encodeError } from "./client/errors.ts";
import { eventsOf } from "./message-events.ts";
import { UsageReader } from "./usage.ts";

/** The members of a delta that have a piece of the reply. */
const PIECES = ["text", "thinking", "partial_json"] as const;

/** The error for a reply without content that ended for this reason; undefined when nothing was to be said. */
export function emptinessOf(stopReason: string | undefined): ProxyError | undefined {
  if (stopReason === "refusal") return filteredReply();
  return stopReason === "end_turn" ? emptyReply() : undefined;
}

export class AnthropicRelayTranslator extends TextRelay {
  readonly #context: RelayContext;
  readonly #frames: SseDecoder;
  readonly #counts = new UsageReader();
  readonly #plain = new PlainData();
  readonly #onEvent: (event: JsonObject) => void;
  /** `message_start` and what follows it until the reply begins. An error until then keeps its HTTP status. */
  #held = "";
  #begun = false;
  #hasStopReason = false;
  #done = false;

  /** `onEvent` gets every event. */
  constructor(context: RelayContext, onEvent: (event: JsonObject) => void = () => undefined) {
    super(context.reportUsage);
    this.#context = context;
    this.#onEvent = onEvent;
    this.#frames = new SseDecoder((frame, name, text) => this.#relay(frame, name, text));
  }

  override get phase(): Phase {
    if (this.#done) return "done";
    return this.#hasStopReason || this.#plain.hasWords ? "finishing" : "open";
  }

  override get hasBegun(): boolean {
    return this.#begun;
  }

  override end(): string {
    if (!this.#done) this.readRest(this.#frames);
    // Some endpoints omit the last event. The reason why the model stopped tells that the reply is complete.
    if (!this.#done && this.#hasStopReason) {
      this.#done = true;
      this.write(sseEvent("message_stop", { type: "message_stop" }));
    }
    if (this.#done) return this.take();
    throw this.incomplete(this.#plain, this.#frames.stray);
  }

  override fail(error: ProxyError): string {
    return this.take() + sseEvent("error", encodeError(error, this.#context.id));
  }

  protected override read(text: string): void {
    this.#frames.push(text);
  }

  #relay(frame: unknown, name: string | undefined, text: string): void {
    if (this.#done || frame === DONE) return;
    if (Array.isArray(frame) && isObject(frame[0])) throw errorInList(frame, name);
    if (!isObject(frame)) {
      this.#plain.push(frame, name);
      return;
    }
    const type = stringAt(frame, "type") ?? name;
    const error = type === undefined || type === "error" ? errorInFrame(frame, type) : undefined;
    if (error !== undefined) throw error;
    if (type === undefined) {
      if (Object.keys(frame).length === 0) return;
      throw decodeError(200, text);
    }
    if (type === "message" && Array.isArray(frame["content"])) {
      // A whole reply, although a stream was requested.
      const exact = exactFrame(text, frame);
      for (const event of isObject(exact) ? eventsOf(exact) : [])
        this.#relay(event, undefined, JSON.stringify(event));
      return;
    }
    this.#onEvent(frame);
    const event = `event: ${type}\ndata: ${wellFormedJson(this.#dataOf(frame, type, text))}\n\n`;
    if (type === "message_start" || (type === "ping" && !this.#begun)) {
      if (type === "message_start") this.#counts.push(objectAt(frame, "message"));
      this.#held += event;
      return;
    }
    if (type === "message_stop" && !this.#hasStopReason) throw this.#begun ? truncatedReply() : emptyReply();
    if (type === "message_delta" && !this.#begun) this.#requireContent(frame);
    this.#begin();
    this.#note(frame);
    this.write(event);
    this.#done = type === "message_stop";
  }

  /** The data as it was sent, but with its type, and with the client's name of the model. */
  #dataOf(frame: JsonObject, type: string, text: string): string {
    const message = type === "message_start" ? objectAt(frame, "message") : undefined;
    if (message !== undefined) {
      return JSON.stringify({ ...frame, type, message: { ...message, model: this.#context.model } });
    }
    return frame["type"] === type ? text.replaceAll("\n", "") : JSON.stringify({ ...frame, type });
  }

  /** A reply without content is passed on unless another model can answer. */
  #requireContent(frame: JsonObject): void {
    const error = emptinessOf(stringAt(objectAt(frame, "delta"), "stop_reason"));
    if (error !== undefined && this.#context.hasOther?.(error) === true) throw error;
  }

  #begin(): void {
    this.#begun = true;
    this.#plain.forget();
    this.write(this.#held);
    this.#held = "";
  }

  #note(frame: JsonObject): void {
    this.#counts.push(frame);
    const delta = objectAt(frame, "delta");
    this.#hasStopReason ||= stringAt(delta, "stop_reason") !== undefined;
    for (const member of PIECES) {
      const piece = stringAt(delta, member);
      if (piece !== undefined) this.usage.count(piece.length);
    }
  }

  override close(): void {
    const usage = this.#counts.read();
    if (usage !== undefined) this.usage.read(usage);
    super.close();
  }
}
