/** What all relays share: text of the provider's stream comes in, text for the client waits to be taken. */
import type { ProxyError } from "../chat/error.ts";
import type { Phase } from "../chat/event.ts";
import type { Pump } from "./pump.ts";

export abstract class TextPump implements Pump {
  readonly #decoder = new TextDecoder();
  #out = "";

  abstract get phase(): Phase;
  abstract get hasBegun(): boolean;
  abstract end(): string;
  abstract fail(error: ProxyError): string;

  get hasText(): boolean {
    return this.#out !== "";
  }

  push(bytes: Uint8Array): string {
    this.read(this.#decoder.decode(bytes, { stream: true }));
    return this.take();
  }

  /** Cuts text of the stream into frames. */
  protected abstract read(text: string): void;

  /** What the end of the body leaves of a character that was cut. */
  protected rest(): string {
    return this.#decoder.decode();
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
