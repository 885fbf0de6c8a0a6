/**
 * Relays requests of Ollama's own API to a provider that is an Ollama server. Only the model's name is
 * rewritten, in both directions. All other bytes are unchanged, so unknown fields arrive.
 */
import { type ProxyError, brokenReply, emptyReply, truncatedReply } from "../../chat/error.ts";
import type { Phase } from "../../chat/event.ts";
import type { ReportUsage } from "../../chat/usage-meter.ts";
import { NDJSON_TYPE } from "../../wire/content-types.ts";
import { wellFormedJson } from "../../chat/surrogates.ts";
import { unreadable } from "../../wire/frame.ts";
import { encodeGoJson, escapeLineEnds } from "../../wire/go-json.ts";
import { isObject, parseJson } from "../../wire/json.ts";
import { ModelReplacer, replaceMember } from "../../wire/json-edit.ts";
import { NdjsonDecoder } from "../../wire/ndjson.ts";
import type { Relay, RelayContext } from "../endpoint.ts";
import { TextRelay } from "../shared/text-relay.ts";
import { decodeError } from "./upstream/errors.ts";
import { usageOf } from "./usage.ts";
import { isLine, isRendered, isWholeReply } from "./whole-reply.ts";

/** `path` is the same for the client and the provider, e.g. `/api/chat`. */
export function ollamaRelay(path: string): Relay {
  return {
    paths: { ollama: path },
    // A real server makes these checks itself and knows more about its models.
    checksModels: true,
    carriesDefaults: true,
    acceptStream: NDJSON_TYPE,
    decodeError,
    createTranslator: (_request, _options, context) =>
      new LineRelay(context.model, "reply", context.reportUsage),
    readReply: ({ text }, request, _options, context) => {
      const reply = parseJson(text);
      if (!isWholeReply(path, reply, request.body)) throw decodeError(200, text);
      reportUsage(reply, context);
      return wellFormedJson(replaceMember(text.trim(), "model", JSON.stringify(request.model)));
    },
  };
}

function reportUsage(reply: unknown, context: RelayContext): void {
  const usage = usageOf(reply);
  // Only a reply with vectors has no output count.
  if (usage !== undefined) context.reportUsage({ outputTokens: 0, ...usage });
}

/** Relays the lines of an Ollama stream. */
export class LineRelay extends TextRelay {
  readonly #model: ModelReplacer;
  readonly #kind: "reply" | "progress";
  readonly #lines: NdjsonDecoder;
  #begun = false;
  #done = false;

  /**
   * `model` is the name that the client sent. Errors in progress lines are not changed, because the `ollama`
   * command recognizes their exact text.
   */
  constructor(model: string, kind: "reply" | "progress", report: ReportUsage = () => undefined) {
    super(report);
    this.#model = new ModelReplacer(encodeGoJson(model));
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
    if (!this.#done) throw this.#begun ? truncatedReply() : emptyReply();
    return this.take();
  }

  protected override read(text: string): void {
    this.#lines.push(text);
  }

  override fail(error: ProxyError): string {
    return `${this.take()}${encodeGoJson({ error: error.message })}\n`;
  }

  #refuse(line: string): never {
    const error = unreadable(line);
    throw this.#begun || error.reason === "limit" ? brokenReply(error) : decodeError(200, line);
  }

  #relay(line: string): void {
    if (this.#done) return;
    const value = parseJson(line);
    if (value === undefined) this.#refuse(line);
    if (!isObject(value) || (this.#kind === "reply" && ("error" in value || !(this.#begun || isLine(value)))))
      throw decodeError(200, line);
    this.#begun = true;
    if (value["done"] === true || isRendered(value) || value["status"] === "success" || "error" in value)
      this.#done = true;
    const usage = this.#done ? usageOf(value) : undefined;
    // Ollama sends one token per line.
    if (usage !== undefined) this.usage.read(usage);
    else if (!this.#done) this.usage.count(0);
    this.write(`${escapeLineEnds(wellFormedJson(this.#model.replace(line)))}\n`);
  }
}
