/**
 * Relays a streamed reply of OpenAI's API. Every event is passed on with the client's name of the model. A
 * decoder also reads the events, to find errors, the end and the token counts.
 */
import { type ProxyError, emptyReply, filteredReply, truncatedReply } from "../../chat/error.ts";
import type { ChatEvent, Emit, FinishReason, Phase, StreamEncoder } from "../../chat/event.ts";
import { TotalsCollector } from "../../chat/totals.ts";
import type { ProviderOptions } from "../../options/options.ts";
import { type JsonObject, isObject, parseJson } from "../../wire/json.ts";
import { ModelReplacer } from "../../wire/json-edit.ts";
import { DONE, SseDecoder } from "../../wire/sse.ts";
import type { ClientRequest, RelayContext } from "../endpoint.ts";
import { encodeError } from "../shared/openai-errors.ts";
import { TextRelay } from "../shared/text-relay.ts";
import { decodeError } from "../shared/upstream-errors.ts";
import { asChunk, isWholeReply } from "./chunk.ts";
import { RelayRepair } from "./relay-repair.ts";
import { wantsJson } from "./relay-request.ts";
import { StreamRoles } from "./reply-fields.ts";
import { OpenAiDecoder } from "./upstream/decoder.ts";

/** Limit for held frames without content, in characters. Above it they are sent. */
const MAX_HELD = 64_000;

export class OpenAiRelayTranslator extends TextRelay {
  readonly #context: RelayContext;
  readonly #model: ModelReplacer;
  readonly #decoder: OpenAiDecoder;
  readonly #isOne: boolean;
  readonly #frames: SseDecoder;
  readonly #request: ClientRequest;
  readonly #emit: Emit = (event) => this.#handle(event);
  /** Set for providers that send a whole reply when a stream was requested. */
  #encoder: StreamEncoder | undefined;
  readonly #repair: RelayRepair;
  #begun = false;
  #hasCalls = false;
  #finished = false;
  readonly #totals = new TotalsCollector();
  readonly #roles = new StreamRoles();
  /**
   * Frames before the first content. They are held because they are not a reply by themselves, and because an
   * error after them can then still set the HTTP status.
   */
  #held = "";

  /** `isOne`: the client wants a single choice. */
  constructor(request: ClientRequest, options: ProviderOptions, context: RelayContext, isOne: boolean) {
    super(context.reportUsage);
    this.#isOne = isOne;
    this.#context = context;
    this.#request = request;
    this.#model = new ModelReplacer(JSON.stringify(context.model));
    this.#decoder = new OpenAiDecoder(context, options);
    this.#repair = new RelayRepair({ replyId: context.id, isJson: wantsJson(request) });
    this.#frames = new SseDecoder((frame, name, text) => this.#relay(frame, name, text));
  }

  override get phase(): Phase {
    const { phase } = this.#decoder;
    // With several choices, the end of one is not the end of the reply.
    return phase === "finishing" && !this.#isOne ? "open" : phase;
  }

  override get hasBegun(): boolean {
    return this.#begun;
  }

  override end(): string {
    if (this.phase !== "done") this.readRest(this.#frames);
    this.#decoder.end(this.#emit, this.#encoder !== undefined && this.#frames.documentCount === 1);
    if (!this.#finished) throw this.#incomplete();
    for (const repaired of this.#repair.end()) this.#hold(parseJson(repaired), repaired);
    this.#release();
    if (this.#encoder !== undefined) this.write(this.#encoder.end(this.#totals));
    else this.write(`data: ${DONE}\n\n`);
    return this.take();
  }

  protected override read(text: string): void {
    this.#frames.push(text);
  }

  override fail(error: ProxyError): string {
    return `${this.take()}data: ${JSON.stringify(encodeError(error))}\n\n`;
  }

  /**
   * The end marker is sent by `end`. Frames after it are not part of the reply, and a marker alone is not a
   * reply.
   */
  #relay(frame: unknown, name: string | undefined, text: string): void {
    if (this.phase === "done") return;
    if (!isObject(frame)) {
      this.#decoder.push(frame, this.#emit, name);
      return;
    }
    const joined = this.#isOne ? this.#decoder.join(frame) : frame;
    const line = joined === frame ? text.replaceAll("\n", "") : JSON.stringify(joined);
    if (!this.#begun && isWholeReply(joined)) this.#encoder ??= this.#createEncoder();
    if (this.#encoder !== undefined) {
      this.#decoder.push(parseJson(this.#repair.whole(joined, line)), this.#emit, name);
      return;
    }
    const hadCalls = this.#hasCalls;
    this.#decoder.push(joined, this.#emit, name);
    const chunk = asChunk(joined, this.#decoder.newText, hadCalls);
    if (chunk !== undefined) this.#pass(chunk, chunk === joined ? line : JSON.stringify(chunk));
  }

  #pass(chunk: JsonObject, line: string): void {
    if (this.#repair.isFine(chunk, line)) this.#hold(chunk, line);
    else for (const repaired of this.#repair.frame(chunk, line)) this.#hold(parseJson(repaired), repaired);
    const isDue = this.#begun || this.#decoder.phase === "finishing" || this.#held.length > MAX_HELD;
    if (isDue) this.#release();
  }

  /** `frame` is the parsed `text`. */
  #hold(frame: unknown, text: string): void {
    this.#held += `data: ${this.#model.replace(this.#roles.add(frame, text))}\n\n`;
  }

  #release(): void {
    if (this.#held !== "") this.write(this.#held);
    this.#held = "";
  }

  #handle(event: ChatEvent): void {
    if (event.type === "finish" && !this.#begun) this.#requireContent(event.reason);
    const isContent = this.#totals.push(event);
    if (event.type === "finish") this.#finished = true;
    else this.#begun = true;
    if (event.type === "tool-call-start") this.#hasCalls = true;
    if (event.type === "text-delta" || event.type === "reasoning-delta") this.usage.count(event.text.length);
    else if (event.type === "tool-call-delta") this.usage.count(event.arguments.length);
    else if (event.type === "usage") this.usage.read(event);
    if (isContent && this.#encoder !== undefined) this.write(this.#encoder.push(event));
  }

  /** An empty reply is passed on unless another model can answer. */
  #requireContent(reason: FinishReason): void {
    if (reason !== "content-filter" && reason !== "stop") return;
    const error = reason === "stop" ? emptyReply() : filteredReply();
    if (this.#context.hasOther?.(error) === true) throw error;
  }

  #incomplete(): ProxyError {
    const { stray } = this.#frames;
    if (stray !== "") return decodeError(200, stray);
    return this.#begun ? truncatedReply() : emptyReply();
  }

  #createEncoder(): StreamEncoder {
    const translatable = this.#request.translate();
    if (translatable.type !== "chat") throw decodeError(200, "");
    return translatable.createEncoder(this.#context);
  }
}
