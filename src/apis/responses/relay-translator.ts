/**
 * Relays a streamed reply of `/v1/responses`. Every event is passed on with the client's name of the model.
 */
import { ProxyError, emptyReply, filteredReply } from "../../chat/error.ts";
import { wellFormedJson } from "../../chat/surrogates.ts";
import type { Phase } from "../../chat/event.ts";
import { type JsonObject, arrayAt, isObject, numberAt, objectAt, stringAt } from "../../wire/json.ts";
import { DONE, SseDecoder, sseEvent } from "../../wire/sse.ts";
import type { RelayContext } from "../endpoint.ts";
import { errorInFrame } from "../shared/frame-errors.ts";
import { PlainData } from "../shared/plain-data.ts";
import { TextRelay } from "../shared/text-relay.ts";
import { decodeError, reportedError } from "../shared/upstream-errors.ts";
import { HAS_CONTENT } from "../shared/whole-reply.ts";
import { encodeFailure } from "./client/response.ts";
import { outputLength, usageOf } from "./usage.ts";
import { eventsOf } from "./whole-events.ts";

const LAST: ReadonlySet<string> = new Set(["response.completed", "response.incomplete", "response.failed"]);

/** Events before the first part of a reply. */
const EARLY: ReadonlySet<string> = new Set(["response.created", "response.in_progress", "response.queued"]);

/** The error for a response without output; undefined when it has some, or ended for another reason. */
export function lackOf(response: JsonObject): ProxyError | undefined {
  const failure = objectAt(response, "error");
  if (failure !== undefined) return reportedError({ error: failure });
  if (outputLength(response) > 0 || arrayAt(response, "output").some(isCall)) return undefined;
  if (stringAt(objectAt(response, "incomplete_details"), "reason") === "content_filter")
    return filteredReply();
  return stringAt(response, "status") === "completed" ? emptyReply() : undefined;
}

/** Calls have no text, and items of other types may be the answer. */
function isCall(item: unknown): boolean {
  return isObject(item) && item["type"] !== "message" && item["type"] !== "reasoning";
}

/** The error for a last event without a response. Clients read the whole response from the last event. */
function withoutResponse(type: string): ProxyError {
  const message = `The provider sent "${type}" without its response; try again`;
  return new ProxyError("upstream-invalid", message);
}

export class ResponsesRelayTranslator extends TextRelay {
  readonly #model: string;
  readonly #frames: SseDecoder;
  /** The response as the provider last sent it. An error is reported with it. */
  #response: JsonObject = { object: "response", output: [] };
  #sequence = -1;
  /** Early events. They are held while another model can answer, because then an error after them is not the client's. */
  #held = "";
  readonly #hasOther: NonNullable<RelayContext["hasOther"]>;
  readonly #plain = new PlainData();
  #begun = false;
  #done = false;

  constructor(context: RelayContext) {
    super(context.reportUsage);
    this.#model = context.model;
    this.#hasOther = context.hasOther ?? (() => false);
    this.#frames = new SseDecoder((frame, name, text) => this.#relay(frame, name, text));
  }

  /** The response as the provider last sent it, with the client's name of the model. */
  get response(): JsonObject {
    return this.#response;
  }

  override get phase(): Phase {
    if (this.#done) return "done";
    return this.#plain.hasWords ? "finishing" : "open";
  }

  override get hasBegun(): boolean {
    return this.#begun;
  }

  override end(): string {
    if (this.#done) return this.take();
    this.readRest(this.#frames);
    if (this.#done) return this.take();
    throw this.incomplete(this.#plain, this.#frames.stray);
  }

  protected override read(text: string): void {
    this.#frames.push(text);
  }

  override fail(error: ProxyError): string {
    const failed = { ...this.#response, status: "failed", model: this.#model, error: encodeFailure(error) };
    return (
      this.take() +
      sseEvent("response.failed", {
        type: "response.failed",
        sequence_number: this.#sequence + 1,
        response: failed,
      })
    );
  }

  /** A response without output is passed on unless another model can answer. */
  #requireOutput(response: JsonObject | undefined): void {
    const error = response === undefined ? undefined : lackOf(response);
    if (error !== undefined && this.#hasOther(error)) throw error;
  }

  #relayWhole(response: JsonObject): void {
    for (const event of eventsOf(response)) this.#relay(event, undefined, JSON.stringify(event));
  }

  #relay(frame: unknown, name: string | undefined, text: string): void {
    // `[DONE]` is not part of this API, but some providers end every stream with it.
    if (this.#done || frame === DONE) return;
    if (!isObject(frame) && !Array.isArray(frame)) {
      this.#plain.push(frame, name);
      return;
    }
    const type = stringAt(frame, "type") ?? name;
    // Some providers send errors in the format of another route.
    const error = type?.startsWith("response.") === true ? undefined : errorInFrame(frame, type);
    if (error !== undefined) throw error;
    if (!isObject(frame)) throw decodeError(200, text);
    if (type === undefined) {
      if (Object.keys(frame).length === 0) return;
      if (!this.#begun && HAS_CONTENT.response(frame)) this.#relayWhole(frame);
      else throw decodeError(200, text);
      return;
    }
    const response = objectAt(frame, "response");
    if (LAST.has(type) && stringAt(response, "object") !== "response") throw withoutResponse(type);
    const isEarly = EARLY.has(type) && !this.#begun && this.#hasOther(emptyReply());
    if (LAST.has(type) && !this.#begun) this.#requireOutput(response);
    this.#begun ||= !isEarly;
    this.#plain.forget();
    this.#sequence = numberAt(frame, "sequence_number") ?? this.#sequence + 1;
    if (response !== undefined) this.#response = { ...response, model: this.#model };
    // Clients read the type only from the data.
    const isTyped = frame["type"] === type;
    const data =
      response === undefined && isTyped
        ? text.replaceAll("\n", "")
        : JSON.stringify({ ...frame, type, ...(response === undefined ? {} : { response: this.#response }) });
    this.#held += `event: ${type}\ndata: ${wellFormedJson(data)}\n\n`;
    if (isEarly) return;
    this.write(this.#held);
    this.#held = "";
    this.#done = LAST.has(type);
    const piece = stringAt(frame, "delta");
    if (piece !== undefined) this.usage.count(piece.length);
    const usage = this.#done ? usageOf(response) : undefined;
    if (usage !== undefined) this.usage.read(usage);
  }
}
