/**
 * Decodes replies of OpenAI's Responses API, streamed or whole.
 *
 *     {"type":"response.created","response":{"object":"response","status":"in_progress","output":[]}}
 *     {"type":"response.output_item.added","output_index":0,"item":{"type":"reasoning","id":"rs_1","summary":[]}}
 *     {"type":"response.reasoning_summary_part.added","output_index":0,"summary_index":0}
 *     {"type":"response.reasoning_summary_text.delta","output_index":0,"delta":"hm"}      response.reasoning_text.delta
 *     {"type":"response.output_item.done","output_index":0,"item":{"type":"reasoning","encrypted_content":"…",…}}
 *     {"type":"response.output_text.delta","output_index":1,"delta":"Hi","logprobs":[]}    response.refusal.delta
 *     {"type":"response.function_call_arguments.delta","output_index":2,"delta":"{"}
 *     {"type":"response.completed","response":{"status":"completed","output":[…],"usage":{…}}}    response.incomplete
 *     {"type":"response.failed","response":{"status":"failed","error":{"code":"server_error","message":"…"}}}
 *     {"type":"error","code":"rate_limit_exceeded","message":"…"}
 *
 * Items that came without deltas, or only with the whole response, are read from there. Other events and items are
 * ignored, because the API has many. https://platform.openai.com/docs/api-reference/responses-streaming
 */
import { ArgumentsRepair } from "../../../chat/arguments-repair.ts";
import type { Emit, FinishReason, Phase, ReplyContext, StreamDecoder } from "../../../chat/event.ts";
import { type JsonObject, arrayAt, isObject, numberAt, objectAt, stringAt } from "../../../wire/json.ts";
import { DONE } from "../../../wire/sse.ts";
import { CallIds } from "../../shared/call-ids.ts";
import { errorInFrame, errorInList } from "../../shared/frame-errors.ts";
import { logprobsIn } from "../../shared/logprobs.ts";
import { PlainData } from "../../shared/plain-data.ts";
import { ReplyLayout } from "../../shared/reply-layout.ts";
import { decodeError, reportedError } from "../../shared/upstream-errors.ts";
import { usageOf } from "../usage.ts";

type Item =
  | { readonly type: "message"; length: number }
  | { readonly type: "reasoning"; length: number }
  | { readonly type: "call"; readonly index: number; readonly repair: ArgumentsRepair; hasPieces: boolean }
  | { readonly type: "other" };

/** Between two texts, and between two pieces of reasoning. */
const GAP = "\n\n";

export class ResponsesDecoder implements StreamDecoder {
  readonly #ids: CallIds;
  readonly #layout = new ReplyLayout();
  readonly #plain = new PlainData();
  /** By their index in the output. An item that is done stays, so that it is not read again. */
  readonly #items = new Map<number, { readonly item: Item; isDone: boolean }>();
  #calls = 0;
  #hasText = false;
  #hasReasoning = false;
  #begun = false;
  #response: JsonObject | undefined;

  constructor(context: ReplyContext) {
    this.#ids = new CallIds(context.id);
  }

  get phase(): Phase {
    if (this.#response !== undefined) return "done";
    return this.#plain.hasWords ? "finishing" : "open";
  }

  push(frame: unknown, emit: Emit, name?: string): void {
    if (this.#response !== undefined || frame === DONE) return;
    if (Array.isArray(frame) && isObject(frame[0])) throw errorInList(frame, name);
    if (isObject(frame)) this.#pushObject(frame, emit, name);
    else this.#plain.push(frame, name);
  }

  end(emit: Emit): void {
    const response = this.#response;
    if (response === undefined) {
      const failure = this.#plain.failure(this.#begun);
      if (failure !== undefined) throw failure;
      return;
    }
    const usage = usageOf(response);
    if (usage !== undefined) emit(usage);
    emit({ ...this.#finishOf(response), type: "finish", attached: this.#layout.attached });
  }

  #finishOf(response: JsonObject): { readonly reason: FinishReason; readonly raw: string } {
    const status = stringAt(response, "status") ?? "completed";
    if (status !== "incomplete") return { reason: this.#calls > 0 ? "tool-calls" : "stop", raw: status };
    const raw = stringAt(objectAt(response, "incomplete_details"), "reason") ?? status;
    return { reason: raw === "content_filter" ? "content-filter" : "length", raw };
  }

  #pushObject(frame: JsonObject, emit: Emit, name: string | undefined): void {
    const type = stringAt(frame, "type") ?? name ?? "";
    const index = numberAt(frame, "output_index") ?? 0;
    switch (type) {
      case "response.output_item.added":
        this.#begin(index, frame["item"], emit);
        return;
      case "response.output_text.delta":
      case "response.refusal.delta":
        this.#pushText(index, stringAt(frame, "delta") ?? "", frame, emit);
        return;
      case "response.reasoning_summary_part.added":
        if ((numberAt(frame, "summary_index") ?? 0) > 0) this.#pushReasoning(index, GAP, emit);
        return;
      case "response.reasoning_summary_text.delta":
      case "response.reasoning_text.delta":
        this.#pushReasoning(index, stringAt(frame, "delta") ?? "", emit);
        return;
      case "response.function_call_arguments.delta":
        this.#pushArguments(index, stringAt(frame, "delta") ?? "", emit);
        return;
      case "response.output_item.done":
        this.#end(index, frame["item"], emit);
        return;
      case "response.completed":
      case "response.incomplete":
      case "response.failed":
        this.#finish(objectAt(frame, "response"), emit);
        return;
      default:
        if (!type.startsWith("response.")) this.#pushOther(frame, emit, type === "" ? undefined : type);
    }
  }

  #pushOther(frame: JsonObject, emit: Emit, type: string | undefined): void {
    const isResponse = frame["object"] === "response" && Array.isArray(frame["output"]);
    if (isResponse) {
      this.#finish(frame, emit);
      return;
    }
    const error = errorInFrame(frame, type);
    if (error !== undefined) throw error;
    if (type === undefined && Object.keys(frame).length > 0) throw decodeError(200, JSON.stringify(frame));
  }

  /** The last event has the whole response. Throws `ProxyError` when it failed. */
  #finish(response: JsonObject | undefined, emit: Emit): void {
    const status = stringAt(response, "status") ?? "completed";
    const isReply = response !== undefined && Array.isArray(response["output"]);
    if (status === "failed" || status === "cancelled") {
      throw reportedError({ error: objectAt(response, "error") ?? { message: `The response is ${status}` } });
    }
    if (!isReply || !FINAL.has(status)) throw decodeError(200, JSON.stringify(response ?? {}));
    for (const [index, item] of arrayAt(response, "output").entries()) this.#end(index, item, emit);
    this.#response = response;
  }

  #begin(index: number, value: unknown, emit: Emit): Item {
    const known = this.#items.get(index);
    if (known !== undefined) return known.item;
    const item = this.#itemOf(value, emit);
    this.#items.set(index, { item, isDone: false });
    return item;
  }

  #itemOf(value: unknown, emit: Emit): Item {
    switch (stringAt(value, "type") ?? "") {
      case "message":
        return { type: "message", length: 0 };
      case "reasoning":
        return { type: "reasoning", length: 0 };
      case "function_call":
        return this.#beginCall(value, emit);
      default:
        return { type: "other" };
    }
  }

  #beginCall(value: unknown, emit: Emit): Item {
    const name = stringAt(value, "name") ?? "";
    if (name === "") return { type: "other" };
    const index = this.#calls;
    this.#calls += 1;
    this.#layout.addCall();
    this.#noteContent();
    emit({
      type: "tool-call-start",
      index,
      id: this.#ids.take(stringAt(value, "call_id") ?? "", index),
      name,
    });
    return { type: "call", index, repair: new ArgumentsRepair(), hasPieces: false };
  }

  #pushText(index: number, text: string, source: unknown, emit: Emit): void {
    const item = this.#begin(index, { type: "message" }, emit);
    if (item.type !== "message" || text === "") return;
    if (item.length === 0 && this.#hasText) {
      this.#layout.addGap(GAP.length);
      emit({ type: "text-delta", text: GAP });
    }
    this.#hasText = true;
    item.length += text.length;
    this.#noteContent();
    const logprobs = logprobsIn(source);
    emit({ type: "text-delta", text, ...(logprobs === undefined ? {} : { logprobs }) });
  }

  #pushReasoning(index: number, text: string, emit: Emit): void {
    const item = this.#begin(index, { type: "reasoning" }, emit);
    if (item.type !== "reasoning" || text === "") return;
    if (item.length === 0 && this.#hasReasoning) emit({ type: "reasoning-delta", text: GAP });
    this.#hasReasoning = true;
    item.length += text.length;
    this.#noteContent();
    emit({ type: "reasoning-delta", text });
  }

  #pushArguments(index: number, text: string, emit: Emit): void {
    const item = this.#items.get(index)?.item;
    if (item?.type !== "call") return;
    const piece = item.repair.push(text);
    item.hasPieces ||= piece !== "";
    if (piece !== "") emit({ type: "tool-call-delta", index: item.index, arguments: piece });
  }

  /** Reads what the deltas did not have. */
  #end(index: number, value: unknown, emit: Emit): void {
    const item = this.#begin(index, value, emit);
    const state = this.#items.get(index);
    if (state === undefined || state.isDone) return;
    state.isDone = true;
    switch (item.type) {
      case "message":
        this.#endMessage(index, item, value, emit);
        return;
      case "reasoning":
        if (item.length === 0) this.#pushReasoning(index, reasoningIn(value), emit);
        this.#endReasoning(value, emit);
        return;
      case "call": {
        if (!item.hasPieces) this.#pushArguments(index, stringAt(value, "arguments") ?? "", emit);
        const rest = item.repair.end();
        if (rest !== "") emit({ type: "tool-call-delta", index: item.index, arguments: rest });
        return;
      }
      case "other":
    }
  }

  #endMessage(
    index: number,
    item: Extract<Item, { readonly type: "message" }>,
    value: unknown,
    emit: Emit,
  ): void {
    if (item.length === 0) {
      for (const part of arrayAt(value, "content")) {
        const text = stringAt(part, "text") ?? stringAt(part, "refusal") ?? "";
        this.#pushText(index, text, part, emit);
      }
    }
    const phase = stringAt(value, "phase");
    this.#layout.addText(item.length, phase === undefined ? {} : { phase });
  }

  #endReasoning(value: unknown, emit: Emit): void {
    const signature = stringAt(value, "encrypted_content") ?? "";
    if (signature === "" || !isObject(value)) return;
    this.#layout.addThinking(value);
    emit({ type: "reasoning-signature", signature });
  }

  #noteContent(): void {
    this.#begun = true;
    this.#plain.forget();
  }
}

const FINAL: ReadonlySet<string> = new Set(["completed", "incomplete"]);

function reasoningIn(item: unknown): string {
  const summary = arrayAt(item, "summary");
  const parts = summary.length > 0 ? summary : arrayAt(item, "content");
  return parts.map((part) => stringAt(part, "text") ?? "").join(GAP);
}
