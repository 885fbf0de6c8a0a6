/**
 * Decodes replies of Anthropic's Messages API, streamed or whole.
 *
 *     {"type":"message_start","message":{"id":"msg_1","content":[],"usage":{"input_tokens":9,"output_tokens":1}}}
 *     {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}
 *     {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}    signature_delta,
 *                                                       text_delta, input_json_delta
 *     {"type":"content_block_stop","index":0}
 *     {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":4}}
 *     {"type":"message_stop"}
 *     {"type":"ping"}                                                        at any place
 *     {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}    ends the stream
 *
 * Compatible endpoints differ: the whole input of a call in `content_block_start`, calls without ids, no `content_block_stop` or
 * `message_stop`, and OpenAI's end mark. Unknown events and blocks are ignored, because the API
 * may add some. https://platform.claude.com/docs/en/build-with-claude/streaming
 */
import { ArgumentsRepair } from "../../../chat/arguments-repair.ts";
import type { Emit, FinishReason, Phase, ReplyContext, StreamDecoder } from "../../../chat/event.ts";
import { type JsonObject, arrayAt, isObject, numberAt, objectAt, stringAt } from "../../../wire/json.ts";
import { DONE } from "../../../wire/sse.ts";
import { CallIds } from "../../shared/call-ids.ts";
import { errorInFrame, errorInList } from "../../shared/frame-errors.ts";
import { PlainData } from "../../shared/plain-data.ts";
import { ReplyLayout } from "../../shared/reply-layout.ts";
import { decodeError } from "../../shared/upstream-errors.ts";
import { UsageReader } from "../usage.ts";

type Block =
  | { readonly type: "text"; length: number }
  | { readonly type: "thinking"; text: string; signature: string }
  | {
      readonly type: "call";
      readonly index: number;
      readonly repair: ArgumentsRepair;
      /** The input in `content_block_start`, which is complete if no pieces follow. */
      readonly input: JsonObject;
      hasPieces: boolean;
    }
  | { readonly type: "other" };

export class AnthropicDecoder implements StreamDecoder {
  readonly #ids: CallIds;
  readonly #usage = new UsageReader();
  readonly #layout = new ReplyLayout();
  readonly #plain = new PlainData();
  readonly #blocks = new Map<number, Block>();
  #calls = 0;
  #hasContent = false;
  #hasThinking = false;
  #stopReason: string | undefined;
  #isWhole = false;
  #done = false;

  constructor(context: ReplyContext) {
    this.#ids = new CallIds(context.id);
  }

  get phase(): Phase {
    if (this.#done) return "done";
    return this.#stopReason !== undefined || this.#plain.hasWords ? "finishing" : "open";
  }

  push(frame: unknown, emit: Emit, name?: string): void {
    if (this.#done || frame === DONE) return;
    if (Array.isArray(frame) && isObject(frame[0])) throw errorInList(frame, name);
    if (isObject(frame)) this.#pushObject(frame, emit, name);
    else this.#plain.push(frame, name);
  }

  end(emit: Emit): void {
    for (const index of this.#blocks.keys()) this.#endBlock(index, emit);
    const finish = this.#finish();
    if (finish === undefined) {
      const failure = this.#plain.failure(this.#hasContent);
      if (failure !== undefined) throw failure;
      return;
    }
    const usage = this.#usage.read();
    if (usage !== undefined) emit(usage);
    emit({ ...finish, type: "finish", attached: this.#layout.attached });
  }

  #finish(): { readonly reason: FinishReason; readonly raw: string } | undefined {
    const raw = this.#stopReason;
    if (raw !== undefined) return { reason: REASONS.get(raw) ?? "other", raw };
    return this.#isWhole && this.#hasContent
      ? { reason: this.#calls > 0 ? "tool-calls" : "stop", raw: "" }
      : undefined;
  }

  #pushObject(frame: JsonObject, emit: Emit, name: string | undefined): void {
    const type = stringAt(frame, "type") ?? name ?? "";
    const index = numberAt(frame, "index") ?? 0;
    switch (type) {
      case "message_start":
        this.#usage.push(objectAt(frame, "message"));
        return;
      case "content_block_start":
        this.#beginBlock(index, objectAt(frame, "content_block"), emit);
        return;
      case "content_block_delta":
        this.#pushDelta(index, objectAt(frame, "delta"), emit);
        return;
      case "content_block_stop":
        this.#endBlock(index, emit);
        return;
      case "message_delta":
        this.#usage.push(frame);
        this.#stopReason = stringAt(objectAt(frame, "delta"), "stop_reason") ?? this.#stopReason;
        return;
      case "message_stop":
        this.#done = true;
        return;
      case "ping":
        return;
      default:
        this.#pushOther(frame, emit, type === "" ? undefined : type);
    }
  }

  #pushOther(frame: JsonObject, emit: Emit, type: string | undefined): void {
    const error = errorInFrame(frame, type);
    if (error !== undefined) throw error;
    if (Array.isArray(frame["content"])) this.#pushMessage(frame, emit);
    else if (type === undefined && Object.keys(frame).length > 0)
      throw decodeError(200, JSON.stringify(frame));
  }

  /** A whole reply. */
  #pushMessage(message: JsonObject, emit: Emit): void {
    this.#isWhole = true;
    for (const [index, block] of arrayAt(message, "content").entries()) {
      this.#beginBlock(index, isObject(block) ? block : undefined, emit);
      this.#endBlock(index, emit);
    }
    this.#usage.push(message);
    this.#stopReason = stringAt(message, "stop_reason");
  }

  #beginBlock(index: number, block: JsonObject | undefined, emit: Emit): void {
    this.#endBlock(index, emit);
    switch (stringAt(block, "type") ?? "") {
      case "text":
        this.#blocks.set(index, { type: "text", length: 0 });
        this.#pushDelta(index, { type: "text_delta", text: block?.["text"] }, emit);
        return;
      case "thinking":
        if (this.#hasThinking) emit({ type: "reasoning-delta", text: "\n\n" });
        this.#blocks.set(index, { type: "thinking", text: "", signature: "" });
        this.#pushDelta(index, { type: "thinking_delta", thinking: block?.["thinking"] }, emit);
        this.#pushDelta(index, { type: "signature_delta", signature: block?.["signature"] }, emit);
        return;
      case "redacted_thinking":
        if (block !== undefined) this.#layout.addThinking(block);
        this.#blocks.set(index, { type: "other" });
        return;
      case "tool_use":
        this.#beginCall(index, block, emit);
        return;
      default:
        this.#blocks.set(index, { type: "other" });
    }
  }

  #beginCall(index: number, block: JsonObject | undefined, emit: Emit): void {
    const name = stringAt(block, "name") ?? "";
    if (name === "") return;
    const call = this.#calls;
    this.#calls += 1;
    this.#layout.addCall();
    this.#noteContent();
    const input = objectAt(block, "input") ?? {};
    this.#blocks.set(index, {
      type: "call",
      index: call,
      repair: new ArgumentsRepair(),
      input,
      hasPieces: false,
    });
    const id = this.#ids.take(stringAt(block, "id") ?? "", call);
    emit({ type: "tool-call-start", index: call, id, name });
  }

  #pushDelta(index: number, delta: JsonObject | undefined, emit: Emit): void {
    const block = this.#blocks.get(index);
    const text = stringAt(delta, "text") ?? stringAt(delta, "thinking") ?? "";
    if (text !== "") this.#noteContent();
    switch (block?.type) {
      case "text":
        block.length += text.length;
        if (text !== "") emit({ type: "text-delta", text });
        return;
      case "thinking":
        block.text += text;
        this.#hasThinking ||= text !== "";
        if (text !== "") emit({ type: "reasoning-delta", text });
        block.signature += stringAt(delta, "signature") ?? "";
        return;
      case "call": {
        const piece = block.repair.push(stringAt(delta, "partial_json") ?? "");
        block.hasPieces ||= piece !== "";
        if (piece !== "") emit({ type: "tool-call-delta", index: block.index, arguments: piece });
        return;
      }
      case "other":
      case undefined:
        return;
    }
  }

  #noteContent(): void {
    this.#hasContent = true;
    this.#plain.forget();
  }

  #endBlock(index: number, emit: Emit): void {
    const block = this.#blocks.get(index);
    this.#blocks.delete(index);
    switch (block?.type) {
      case "text":
        this.#layout.addText(block.length);
        return;
      case "thinking": {
        const { text: thinking, signature } = block;
        if (thinking === "" && signature === "") return;
        this.#layout.addThinking({ type: "thinking", thinking, signature });
        if (signature !== "") emit({ type: "reasoning-signature", signature });
        return;
      }
      case "call": {
        const hasInput = !block.hasPieces && Object.keys(block.input).length > 0;
        const rest = hasInput ? JSON.stringify(block.input) : block.repair.end();
        if (rest !== "") emit({ type: "tool-call-delta", index: block.index, arguments: rest });
        return;
      }
      case "other":
      case undefined:
        return;
    }
  }
}

const REASONS: ReadonlyMap<string, FinishReason> = new Map<string, FinishReason>([
  ["end_turn", "stop"],
  ["stop_sequence", "stop"],
  ["pause_turn", "stop"],
  ["max_tokens", "length"],
  ["model_context_window_exceeded", "length"],
  ["tool_use", "tool-calls"],
  ["refusal", "content-filter"],
]);
