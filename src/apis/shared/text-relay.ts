/** Base class of all relays. It decodes the provider's bytes to text and collects the text for the client. */
import { type ProxyError, brokenReply, emptyReply, truncatedReply } from "../../chat/error.ts";
import type { Phase } from "../../chat/event.ts";
import { type ReportUsage, UsageMeter } from "../../chat/usage-meter.ts";
import type { PlainData } from "./plain-data.ts";
import { decodeError } from "./upstream-errors.ts";
import type { StreamTranslator } from "../stream-translator.ts";
import { WireError } from "../../wire/error.ts";

export abstract class TextRelay implements StreamTranslator {
  protected readonly usage: UsageMeter;
  readonly #decoder = new TextDecoder();
  #out = "";

  constructor(report: ReportUsage) {
    this.usage = new UsageMeter(report);
  }

  abstract get phase(): Phase;
  abstract get hasBegun(): boolean;
  abstract end(): string;
  abstract fail(error: ProxyError): string;

  get hasText(): boolean {
    return this.#out !== "";
  }

  push(bytes: Uint8Array): string {
    const text = this.#decoder.decode(bytes, { stream: true });
    try {
      this.read(text);
    } catch (error) {
      throw this.#explain(error);
    }
    return this.take();
  }

  close(): void {
    this.usage.close();
  }

  /** Splits text of the stream into frames. */
  protected abstract read(text: string): void;

  /** The body has ended. Reads the rest, such as an incomplete character or line. */
  protected readRest(frames: { push(text: string): void; end(): void }): void {
    try {
      frames.push(this.#decoder.decode());
      frames.end();
    } catch (error) {
      throw this.#explain(error);
    }
  }

  /** The error for a body that ended before the reply did. `stray` is text outside of frames. */
  protected incomplete(plain: PlainData, stray: string): ProxyError {
    const failure = plain.failure(this.hasBegun);
    if (failure !== undefined) return failure;
    if (!this.hasBegun && stray !== "") return decodeError(200, stray);
    return this.hasBegun ? truncatedReply() : emptyReply();
  }

  /** The error for broken framing. It depends on whether the reply has begun. */
  #explain(error: unknown): unknown {
    if (!(error instanceof WireError)) return error;
    return this.hasBegun || error.reason === "limit" ? brokenReply(error) : decodeError(200, error.text);
  }

  protected write(text: string): void {
    this.#out += text;
  }

  protected take(): string {
    const out = this.#out;
    this.#out = "";
    return out;
  }
}
