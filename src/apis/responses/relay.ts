/**
 * `/v1/responses` of providers that have it themselves: relayed, so that what they keep for the next turn (encrypted reasoning,
 * stored conversations, tools that they run) works. Only the model's name is changed, in both directions.
 */
import { ProxyError } from "../../chat/error.ts";
import type { Phase } from "../../chat/event.ts";
import { decodeError, errorInFrame } from "../shared/upstream-errors.ts";
import { errorInReply } from "../shared/whole-reply.ts";
import { encodeFailure } from "./client/response.ts";
import { type JsonObject, isObject, isSame, numberAt, objectAt, parseJson, stringAt } from "../../wire/json.ts";
import { replaceMember } from "../../wire/json-edit.ts";
import { DONE, SseDecoder, isEventStream, sseEvent } from "../../wire/sse.ts";
import { empty, truncated } from "../../pipeline/event-reader.ts";
import type { Outcome, Scope } from "../../pipeline/services.ts";
import type { Target } from "../../pipeline/find-model.ts";
import { openReply } from "../../pipeline/open-reply.ts";
import { type Outgoing, sendRepaired } from "../../pipeline/attempt.ts";
import { TextPump } from "../shared/text-relay.ts";
import type { JsonBody } from "../ollama/relay.ts";

/** `model` is the name by which the client asked. Throws `ProxyError` as long as the client has got nothing. */
export async function relayResponses(
  model: string,
  body: JsonBody,
  target: Target,
  scope: Scope,
): Promise<Outcome> {
  scope.note({ model, provider: target.provider.name, lane: "relay" });
  const value = isObject(body.value) ? body.value : {};
  const id = JSON.stringify(target.listed.model.id);
  const outgoing: Outgoing = {
    requestFor: () => ({ path: "/responses", body: value }),
    encode: (final) => replaceMember(isSame(final, value) ? body.text : JSON.stringify(final), "model", id),
    model,
    onAnswer: scope.passHeaders,
  };
  const send = () => sendRepaired(outgoing, target, scope);
  if (value["stream"] === true) {
    return { type: "live", reply: await openReply(send, () => new ResponsesRelayPump(model), scope) };
  }
  const exchange = await send();
  const text = await exchange.text();
  const reply = parseJson(text);
  // Some models speak in streams alone.
  if (reply === undefined && isEventStream(text))
    return { type: "whole", body: collected(text, model, target) };
  const error = errorInReply("response", reply, text);
  if (error !== undefined) throw error.from(target.provider);
  return { type: "whole", body: replaceMember(text.trim(), "model", JSON.stringify(model)) };
}

/** The response that a stream ends with, as JSON text. Throws `ProxyError`. */
function collected(text: string, model: string, { provider }: Target): string {
  const pump = new ResponsesRelayPump(model);
  try {
    pump.push(new TextEncoder().encode(text));
    pump.end();
  } catch (error) {
    throw error instanceof ProxyError ? error.from(provider) : error;
  }
  return JSON.stringify(pump.response);
}

const LAST: ReadonlySet<string> = new Set(["response.completed", "response.incomplete", "response.failed"]);

/** Clients take the whole response from the last event. */
function withoutResponse(type: string): ProxyError {
  const message = `The provider sent "${type}" without the response that belongs to it; try again`;
  return new ProxyError("upstream-invalid", message);
}

class ResponsesRelayPump extends TextPump {
  readonly #model: string;
  readonly #frames: SseDecoder;
  /** As last told; a failure of ours is told with it. */
  #response: JsonObject = { object: "response", output: [] };
  #sequence = -1;
  #begun = false;
  #done = false;

  constructor(model: string) {
    super();
    this.#model = model;
    this.#frames = new SseDecoder((frame, name, text) => this.#relay(frame, name, text));
  }

  /** As the provider last told it, under the client's name of the model. */
  get response(): JsonObject {
    return this.#response;
  }

  override get phase(): Phase {
    return this.#done ? "done" : "open";
  }

  override get hasBegun(): boolean {
    return this.#begun;
  }

  override end(): string {
    if (this.#done) return this.take();
    this.readRest(this.#frames);
    if (this.#done) return this.take();
    const { stray } = this.#frames;
    if (!this.#begun && stray !== "") throw decodeError(200, stray);
    throw this.#begun ? truncated() : empty();
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

  #relay(frame: unknown, name: string | undefined, text: string): void {
    // Not part of this API, but some hosts end every stream with it.
    if (this.#done || frame === DONE) return;
    const type = stringAt(frame, "type") ?? name;
    // Some hosts say their errors in the shape of another route.
    const error = type?.startsWith("response.") === true ? undefined : errorInFrame(frame, type);
    if (error !== undefined) throw error;
    if (!isObject(frame) || type === undefined) throw decodeError(200, text);
    const response = objectAt(frame, "response");
    if (LAST.has(type) && stringAt(response, "object") !== "response") throw withoutResponse(type);
    this.#begun = true;
    this.#sequence = numberAt(frame, "sequence_number") ?? this.#sequence + 1;
    if (response !== undefined) this.#response = { ...response, model: this.#model };
    // Clients read the type from the data, and nowhere else.
    const isTyped = frame["type"] === type;
    const data =
      response === undefined && isTyped
        ? text.replaceAll("\n", "")
        : JSON.stringify({ ...frame, type, ...(response === undefined ? {} : { response: this.#response }) });
    this.write(`event: ${type}\ndata: ${data}\n\n`);
    this.#done = LAST.has(type);
  }
}
