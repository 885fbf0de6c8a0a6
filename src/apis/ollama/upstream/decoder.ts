/**
 * Replies of an Ollama server's own API, a line for each piece. A whole reply is one line. `encoder.ts` shows the format.
 *
 * A tool call is complete in one line. Calls may be in several lines, and in the last one.
 */
import type { Emit, Phase, ReplyContext, StreamDecoder } from "../../../chat/event.ts";
import { type JsonObject, arrayAt, isObject, objectAt, stringAt } from "../../../wire/json.ts";
import { CallIds } from "../../shared/call-ids.ts";
import { logprobsIn } from "../../shared/logprobs.ts";
import { isLine } from "../whole-reply.ts";
import { usageOf } from "../usage.ts";
import { decodeError } from "./errors.ts";

export class OllamaDecoder implements StreamDecoder {
  readonly #ids: CallIds;
  #calls = 0;
  #last: JsonObject | undefined;

  constructor({ id }: Pick<ReplyContext, "id">) {
    this.#ids = new CallIds(id);
  }

  get phase(): Phase {
    return this.#last === undefined ? "open" : "done";
  }

  push(frame: unknown, emit: Emit): void {
    if (this.#last !== undefined) return;
    if (!isObject(frame) || "error" in frame || !(isLine(frame) || frame["done"] === true)) {
      throw decodeError(200, JSON.stringify(frame));
    }
    const message = objectAt(frame, "message") ?? frame;
    const thinking = stringAt(message, "thinking") ?? "";
    if (thinking !== "") emit({ type: "reasoning-delta", text: thinking });
    const text = stringAt(message, "content") ?? stringAt(message, "response") ?? "";
    const logprobs = logprobsIn(frame);
    if (text !== "" || logprobs !== undefined) emit({ type: "text-delta", text, logprobs });
    for (const call of arrayAt(message, "tool_calls")) this.#pushCall(call, emit);
    if (frame["done"] === true) this.#last = frame;
  }

  end(emit: Emit): void {
    if (this.#last === undefined) return;
    const usage = usageOf(this.#last);
    if (usage !== undefined) emit(usage);
    const raw = stringAt(this.#last, "done_reason") ?? "";
    const reason = raw === "length" ? "length" : this.#calls > 0 ? "tool-calls" : "stop";
    emit({ type: "finish", reason, raw });
  }

  #pushCall(call: unknown, emit: Emit): void {
    const fn = objectAt(call, "function");
    const index = this.#calls;
    this.#calls += 1;
    const id = this.#ids.take(stringAt(call, "id") ?? "", index);
    emit({ type: "tool-call-start", index, id, name: stringAt(fn, "name") ?? "" });
    // Members whose digits were kept are written with them.
    emit({ type: "tool-call-delta", index, arguments: JSON.stringify(fn?.["arguments"] ?? {}) });
  }
}
