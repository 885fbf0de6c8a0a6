/**
 * The lane for a provider that speaks the client's own dialect: only the model's name is rewritten, in both directions,
 * and every other byte passes. Fields that we have never heard of arrive.
 */
import type { ProxyError } from "../../chat/error.ts";
import type { Phase } from "../../chat/event.ts";
import { brokenFrame } from "../shared/broken-frame.ts";
import { decodeError } from "./upstream/errors.ts";
import { isLine, isWholeReply } from "./whole-reply.ts";
import { unreadable } from "../../wire/frame.ts";
import { isObject, parseJson } from "../../wire/json.ts";
import { replaceMember } from "../../wire/json-edit.ts";
import { NdjsonDecoder } from "../../wire/ndjson.ts";
import type { Exchange } from "../../providers/client.ts";
import type { Scope } from "../../pipeline/services.ts";
import type { LiveReply } from "../../pipeline/streamed-reply.ts";
import type { Target } from "../../pipeline/find-model.ts";
import { empty, truncated } from "../../pipeline/event-reader.ts";
import { openReply } from "../../pipeline/open-reply.ts";
import { TextPump } from "../shared/text-relay.ts";
import { refusal } from "../../pipeline/errors.ts";
import { sendWithRetry } from "../../pipeline/retry.ts";

/** A request body as text, which is relayed, and as the value that it parses to. */
export interface JsonBody {
  readonly text: string;
  readonly value: unknown;
}

/** A request to pass on. */
export interface RelayedRequest {
  /** Of the provider's route, e.g. `/api/chat`. */
  readonly path: string;
  readonly body: JsonBody;
  /** The name by which the client asked. */
  readonly model: string;
  readonly target: Target;
}

/** A reply of one JSON object, as text, under the client's name of the model. Throws `ProxyError`. */
export async function relayWhole(request: RelayedRequest, scope: Scope): Promise<string> {
  const exchange = await send(request, "application/json", scope);
  const text = await exchange.text();
  const value = parseJson(text);
  if (!isWholeReply(request.path, value, request.body.value)) {
    throw decodeError(200, text).from(exchange.provider);
  }
  return replaceMember(text.trim(), "model", JSON.stringify(request.model));
}

/** A streamed reply, under the client's name of the model. Throws `ProxyError` before the first line. */
export async function relayStream(request: RelayedRequest, scope: Scope): Promise<LiveReply> {
  return openReply(
    () => send(request, "application/x-ndjson", scope),
    () => new RelayPump(request.model),
    scope,
  );
}

async function send(
  { path, body, model, target }: RelayedRequest,
  accept: string,
  scope: Scope,
): Promise<Exchange> {
  const { provider, listed } = target;
  scope.note({ provider: provider.name, lane: "relay" });
  const text = replaceMember(body.text, "model", JSON.stringify(listed.model.id));
  const exchange = await sendWithRetry(
    provider,
    { method: "POST", path, body: text, accept, signal: scope.signal },
    scope.gateway.runtime,
  );
  if (!exchange.ok) throw await refusal(exchange, decodeError, { id: listed.model.id, name: model });
  return exchange;
}

/** Relays the lines of an Ollama stream. */
export class RelayPump extends TextPump {
  readonly #model: string;
  readonly #kind: "reply" | "progress";
  readonly #lines: NdjsonDecoder;
  #begun = false;
  #done = false;

  /** `model` is the name by which the client asked. The command line knows errors of progress by their very words. */
  constructor(model: string, kind: "reply" | "progress" = "reply") {
    super();
    this.#model = JSON.stringify(model);
    this.#kind = kind;
    this.#lines = new NdjsonDecoder((line) => this.#relay(line));
  }

  override get phase(): Phase {
    return this.#done ? "done" : "open";
  }

  override get hasBegun(): boolean {
    return this.#begun;
  }

  override end(): string {
    if (!this.#done) this.readRest(this.#lines);
    if (!this.#done) throw this.#begun ? truncated() : empty();
    return this.take();
  }

  protected override read(text: string): void {
    this.#lines.push(text);
  }

  override fail(error: ProxyError): string {
    return `${this.take()}${JSON.stringify({ error: error.message })}\n`;
  }

  #refuse(line: string): never {
    const error = unreadable(line);
    throw this.#begun || error.reason === "limit" ? brokenFrame(error) : decodeError(200, line);
  }

  #relay(line: string): void {
    if (this.#done) return;
    const value = parseJson(line);
    if (value === undefined) this.#refuse(line);
    if (!isObject(value) || (this.#kind === "reply" && ("error" in value || !(this.#begun || isLine(value)))))
      throw decodeError(200, line);
    this.#begun = true;
    if (value["done"] === true || value["status"] === "success" || "error" in value) this.#done = true;
    this.write(`${replaceMember(line, "model", this.#model)}\n`);
  }
}
