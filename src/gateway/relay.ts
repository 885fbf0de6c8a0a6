/**
 * The lane for a provider that speaks the client's own dialect: only the model's name is rewritten, in both directions,
 * and every other byte passes. Fields that we have never heard of arrive.
 */
import { ProxyError } from "../chat/error.ts";
import type { Phase } from "../chat/event.ts";
import { decodeError } from "../dialects/ollama/error.ts";
import { isObject, parseJson } from "../wire/json.ts";
import { replaceMember } from "../wire/json-edit.ts";
import { NdjsonDecoder } from "../wire/ndjson.ts";
import type { Pump } from "./pump.ts";

/** Relays the lines of an Ollama stream. */
export class RelayPump implements Pump {
  readonly #model: string;
  readonly #text = new TextDecoder();
  readonly #lines: NdjsonDecoder;
  #out = "";
  #done = false;

  /** `model` is the name by which the client asked. */
  constructor(model: string) {
    this.#model = JSON.stringify(model);
    this.#lines = new NdjsonDecoder((line) => this.#relay(line));
  }

  get phase(): Phase {
    return this.#done ? "done" : "open";
  }

  get hasText(): boolean {
    return this.#out !== "";
  }

  push(bytes: Uint8Array): string {
    this.#lines.push(this.#text.decode(bytes, { stream: true }));
    return this.#take();
  }

  end(): string {
    if (!this.#done) {
      this.#lines.push(this.#text.decode());
      this.#lines.end();
    }
    if (!this.#done) {
      throw new ProxyError(
        "upstream-truncated",
        "The provider ended the stream before the reply was complete; try again",
      );
    }
    return this.#take();
  }

  fail(error: ProxyError): string {
    return `${this.#take()}${JSON.stringify({ error: error.message })}\n`;
  }

  #relay(line: string): void {
    const value = parseJson(line);
    if (!isObject(value) || "error" in value) throw decodeError(200, line);
    if (value["done"] === true || value["status"] === "success") this.#done = true;
    this.#out += `${replaceMember(line, "model", this.#model)}\n`;
  }

  #take(): string {
    const out = this.#out;
    this.#out = "";
    return out;
  }
}
