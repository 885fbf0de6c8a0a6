/**
 * OpenAI's routes under `/v1`: relayed, because every provider speaks this dialect, an Ollama server under its own `/v1`. Only
 * the model's name and the credentials are changed; whatever else the two ends say to each other passes.
 */
import { ProxyError, modelNotFound } from "../../chat/error.ts";
import type { ChatEvent, Phase, ReplyContext, StreamDecoder, StreamEncoder } from "../../chat/event.ts";
import type { Quirks } from "../api.ts";
import { embedModelNotFound } from "../ollama/client/embed.ts";
import { Fields } from "../shared/go-fields.ts";
import { decodeError } from "../shared/upstream-errors.ts";
import { OPENAI_FRONT } from "./client/encoder.ts";
import { mergeChunks } from "./merge-chunks.ts";
import { OPENAI_UPSTREAM } from "./upstream/request.ts";
import { errorInReply } from "../shared/whole-reply.ts";
import { type JsonObject, arrayAt, isObject, isSame, objectAt, parseJson } from "../../wire/json.ts";
import { replaceMember } from "../../wire/json-edit.ts";
import { DONE, SseDecoder, isEventStream } from "../../wire/sse.ts";
import type { Outcome, Scope } from "../../pipeline/services.ts";
import { type Target, findTarget } from "../../pipeline/find-model.ts";
import { empty, truncated } from "../../pipeline/event-reader.ts";
import { openReply } from "../../pipeline/open-reply.ts";
import { TextPump } from "../shared/text-relay.ts";
import type { JsonBody } from "../ollama/relay.ts";
import { type Outgoing, sendRepaired } from "../../pipeline/attempt.ts";

/** `path` is the route without `/v1`. Throws `ProxyError` as long as the client has got nothing. */
export async function relayOpenAi(path: string, body: JsonBody, scope: Scope): Promise<Outcome> {
  const model = modelIn(path, body.value);
  scope.note({ model, lane: "relay" });
  const { missing = modelNotFound } = ROUTES[path] ?? CHAT;
  const target = await findTarget(model, scope.gateway.catalog, { missing });
  scope.note({ provider: target.provider.name });
  const outcome = await relayTo(target, { path, body, model }, scope);
  scope.gateway.loaded.use(target.listed);
  return outcome;
}

async function relayTo(
  target: Target,
  { path, body, model }: { readonly path: string; readonly body: JsonBody; readonly model: string },
  scope: Scope,
): Promise<Outcome> {
  const streams = isObject(body.value) && body.value["stream"] === true && path !== "/embeddings";
  const send = () => sendRepaired(outgoing(path, body, { model, target }, scope), target, scope);
  if (streams) {
    const quirks = target.provider.quirksOf(target.listed.model.id);
    const createPump = () => new OpenAiRelayPump(contextOf(model, scope), quirks, body.value);
    return { type: "live", reply: await openReply(send, createPump, scope) };
  }
  const exchange = await send();
  const text = await exchange.text();
  const value = parseJson(text);
  // Some models speak in streams alone.
  if (value === undefined && isEventStream(text)) {
    return { type: "whole", body: collected(text, model, target, scope) };
  }
  const error = errorInReply(path === "/embeddings" ? "embeddings" : "completion", value, text);
  if (error !== undefined) throw error.from(target.provider);
  return { type: "whole", body: replaceMember(text.trim(), "model", JSON.stringify(model)) };
}

/** The name, after the checks that come before any other in a real Ollama. Throws `ProxyError`, in its words. */
function modelIn(path: string, body: unknown): string {
  const { struct, lacks, unnamed } = ROUTES[path] ?? CHAT;
  const fields = Fields.of(struct, body, "openai");
  const model = fields.string("model") ?? "";
  fields.boolean("stream");
  const lacking = lacks?.(fields);
  if (lacking !== undefined) throw new ProxyError("bad-request", lacking);
  if (model === "") throw unnamed();
  return model;
}

interface RouteWords {
  /** The route's request, as Go's decoder names it. */
  readonly struct: string;
  readonly lacks?: (fields: Fields) => string | undefined;
  readonly unnamed: () => ProxyError;
  readonly missing?: (model: string) => ProxyError;
}

const CHAT: RouteWords = {
  struct: "ChatCompletionRequest",
  lacks: (fields) =>
    fields.array("messages", "[]openai.Message").length === 0 ? "[] is too short - 'messages'" : undefined,
  unnamed: () => new ProxyError("bad-request", "model is required"),
};

const ROUTES: { readonly [path: string]: RouteWords } = {
  "/completions": { struct: "CompletionRequest", unnamed: () => modelNotFound("") },
  "/embeddings": {
    struct: "EmbedRequest",
    lacks: (fields) => {
      const format = fields.string("encoding_format") ?? "";
      if (!/^(?:float|base64)?$/i.test(format))
        return `Invalid value for 'encoding_format' = ${format}. Supported values: ['float', 'base64'].`;
      return isAbsent(fields.unknown("input")) ? "invalid input" : undefined;
    },
    unnamed: () => modelNotFound(""),
    missing: embedModelNotFound,
  },
};

function isAbsent(input: unknown): boolean {
  return input === undefined || (Array.isArray(input) && input.length === 0);
}

/** The whole of a streamed reply, as JSON text; the pump tells whether it is whole. Throws `ProxyError`. */
function collected(text: string, model: string, { provider, listed }: Target, scope: Scope): string {
  const quirks = provider.quirksOf(listed.model.id);
  const request = { model, messages: [{ role: "user", content: "" }] };
  const pump = new OpenAiRelayPump(contextOf(model, scope), quirks, request);
  const chunks: unknown[] = [];
  const frames = new SseDecoder((frame) => void chunks.push(frame));
  try {
    pump.push(new TextEncoder().encode(text));
    pump.end();
    frames.push(text);
    frames.end();
  } catch (error) {
    throw error instanceof ProxyError ? error.from(provider) : error;
  }
  return JSON.stringify({ ...mergeChunks(chunks), model });
}

/** The body as the client wrote it, but for the name, unless the provider is known to refuse part of it. */
function outgoing(
  path: string,
  body: JsonBody,
  { model, target }: { readonly model: string; readonly target: Target },
  scope: Scope,
): Outgoing {
  const value = isObject(body.value) ? body.value : {};
  const encode = (final: JsonObject): string => {
    const text = isSame(final, value) ? body.text : JSON.stringify(final);
    return replaceMember(text, "model", JSON.stringify(target.listed.model.id));
  };
  const requestFor: Outgoing["requestFor"] = (quirks) => {
    const leftOut = quirks.refuses.filter((field) => field in value);
    if (leftOut.length > 0) scope.note({ leftOut: leftOut.join(" ") });
    return { path, body: withoutRefused(value, quirks) };
  };
  return { requestFor, model, encode, onAnswer: scope.passHeaders };
}

function withoutRefused(body: JsonObject, { refuses, maxTokensField }: Quirks): JsonObject {
  const entries = Object.entries(body)
    .filter(([field]) => !refuses.includes(field))
    .map(([field, value]): [string, unknown] => [field === "max_tokens" ? maxTokensField : field, value]);
  return Object.fromEntries(entries);
}

function contextOf(model: string, scope: Scope): ReplyContext {
  const { now, randomId } = scope.gateway.runtime;
  return { model, id: randomId(), now, startedAtMs: scope.startedAtMs, inputTokensEstimate: 0 };
}

/** Characters of frames that say nothing, after which they pass all the same. */
const MOST_HELD = 64_000;

/** Relays the events of a stream; a decoder listens in, to know an error, and an end, when it sees one. */
export class OpenAiRelayPump extends TextPump {
  readonly #context: ReplyContext;
  readonly #name: string;
  readonly #decoder: StreamDecoder;
  readonly #frames: SseDecoder;
  readonly #request: unknown;
  /** For hosts that send the reply whole although a stream was asked for. */
  #encoder: StreamEncoder | undefined;
  #begun = false;
  #finished = false;
  /** Frames before the first that says something: alone they are no reply, and a failure after them has its true status. */
  #held = "";

  /** `request` is the client's body, from which a reply that cannot be relayed is said anew. */
  constructor(context: ReplyContext, quirks: Quirks, request: unknown) {
    super();
    this.#context = context;
    this.#request = request;
    this.#name = JSON.stringify(context.model);
    this.#decoder = OPENAI_UPSTREAM.createDecoder(context, quirks);
    this.#frames = new SseDecoder((frame, name, text) => this.#relay(frame, name, text));
  }

  override get phase(): Phase {
    return this.#decoder.phase;
  }

  override get hasBegun(): boolean {
    return this.#begun;
  }

  override end(): string {
    if (this.phase !== "done") this.readRest(this.#frames);
    this.#decoder.end((event) => this.#listen(event));
    if (!this.#finished) throw this.#incomplete();
    this.#release();
    if (this.#encoder !== undefined) this.write(this.#encoder.end());
    else this.write(`data: ${DONE}\n\n`);
    return this.take();
  }

  protected override read(text: string): void {
    this.#frames.push(text);
  }

  override fail(error: ProxyError): string {
    return `${this.take()}data: ${JSON.stringify(OPENAI_FRONT.encodeError(error, this.#context.id))}\n\n`;
  }

  /** The end mark waits for `end`: what follows it is no part of the reply, and alone it is none. */
  #relay(frame: unknown, name: string | undefined, text: string): void {
    if (this.phase === "done") return;
    if (isWholeReply(frame)) this.#encoder ??= this.#createEncoder();
    this.#decoder.push(frame, (event) => this.#listen(event), name);
    if (this.#encoder !== undefined || frame === DONE) return;
    this.#held += `data: ${replaceMember(text.replaceAll("\n", ""), "model", this.#name)}\n\n`;
    const isDue = this.#begun || this.phase === "finishing" || this.#held.length > MOST_HELD;
    if (isDue) this.#release();
  }

  #release(): void {
    if (this.#held !== "") this.write(this.#held);
    this.#held = "";
  }

  #listen(event: ChatEvent): void {
    if (event.type === "finish") this.#finished = true;
    else this.#begun = true;
    if (this.#encoder !== undefined) this.write(this.#encoder.push(event));
  }

  #incomplete(): ProxyError {
    const { stray } = this.#frames;
    if (stray !== "") return decodeError(200, stray);
    return this.#begun ? truncated() : empty();
  }

  #createEncoder(): StreamEncoder {
    return OPENAI_FRONT.decodeRequest(this.#request).createEncoder(this.#context);
  }
}

function isWholeReply(frame: unknown): boolean {
  const [choice] = arrayAt(frame, "choices");
  return objectAt(choice, "message") !== undefined && objectAt(choice, "delta") === undefined;
}
