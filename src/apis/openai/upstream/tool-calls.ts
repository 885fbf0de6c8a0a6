/**
 * Tool calls, put together from the pieces in which hosts send them.
 *
 *     {"tool_calls":[{"index":0,"id":"call_1","function":{"name":"f","arguments":""}}]}
 *     {"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":1}"}}]}
 *
 * Seen in the wild, and all read here: no index (Gemini, Mistral), the index 0 for every call (Gemini relays), indexes
 * with gaps or from 1 (Anthropic's compatible endpoint), an id repeated or emptied on later pieces (DashScope), a name
 * repeated or in fragments, arguments as an object (TGI), the legacy `function_call`.
 */
import type { Emit } from "../../../chat/event.ts";
import { type JsonObject, arrayAt, isObject, numberAt, objectAt, stringAt } from "../../../wire/json.ts";

interface PendingCall {
  id: string;
  name: string;
  extra: JsonObject | undefined;
  /** Our index, once started. The start waits for the first argument, because until then the name may grow. */
  index: number | undefined;
}

export class ToolCallAssembler {
  readonly #replyId: string;
  readonly #calls: PendingCall[] = [];
  readonly #byId = new Map<string, PendingCall>();
  /** The latest under each index of the wire. */
  readonly #byWireIndex = new Map<number, PendingCall>();
  #started = 0;

  constructor(replyId: string) {
    this.#replyId = replyId;
  }

  /** Whether the reply holds a call; one that never got a name is none. */
  get hasCalls(): boolean {
    return this.#started > 0;
  }

  push(delta: unknown, emit: Emit): void {
    for (const piece of arrayAt(delta, "tool_calls")) this.#pushPiece(piece, emit);
    const legacy = objectAt(delta, "function_call");
    if (legacy !== undefined) this.#pushPiece({ index: 0, function: legacy }, emit);
  }

  end(emit: Emit): void {
    for (const call of this.#calls) this.#start(call, emit);
  }

  #pushPiece(piece: unknown, emit: Emit): void {
    const fn = objectAt(piece, "function") ?? objectAt(piece, "custom") ?? piece;
    const id = stringAt(piece, "id") ?? "";
    const name = stringAt(fn, "name") ?? "";
    const call = this.#find(numberAt(piece, "index"), id, name) ?? this.#add(numberAt(piece, "index"), emit);
    if (call.id === "") this.#setId(call, id);
    call.extra ??= objectAt(piece, "extra_content");
    if (call.index === undefined && name !== call.name) call.name += name;
    const text = argumentsIn(fn);
    if (text === "") return;
    this.#start(call, emit);
    if (call.index !== undefined) emit({ type: "tool-call-delta", index: call.index, arguments: text });
  }

  #find(wireIndex: number | undefined, id: string, name: string): PendingCall | undefined {
    const known = id === "" ? undefined : this.#byId.get(id);
    if (known !== undefined) return known;
    if (wireIndex === undefined) return id === "" && name === "" ? this.#calls.at(-1) : undefined;
    const sameIndex = this.#byWireIndex.get(wireIndex);
    // A second id under one index is a second call: some relays number every call 0.
    const isOther = sameIndex !== undefined && id !== "" && sameIndex.id !== "" && sameIndex.id !== id;
    return isOther ? undefined : sameIndex;
  }

  #add(wireIndex: number | undefined, emit: Emit): PendingCall {
    const previous = this.#calls.at(-1);
    if (previous !== undefined) this.#start(previous, emit);
    const call: PendingCall = { id: "", name: "", extra: undefined, index: undefined };
    this.#calls.push(call);
    if (wireIndex !== undefined) this.#byWireIndex.set(wireIndex, call);
    return call;
  }

  #setId(call: PendingCall, id: string): void {
    call.id = id;
    if (id !== "" && !this.#byId.has(id)) this.#byId.set(id, call);
  }

  #start(call: PendingCall, emit: Emit): void {
    if (call.index !== undefined || call.name === "") return;
    call.index = this.#started;
    this.#started += 1;
    if (call.id === "") this.#setId(call, generatedId(this.#replyId, call.index));
    emit({ type: "tool-call-start", index: call.index, id: call.id, name: call.name, extra: call.extra });
  }
}

/** Ollama's form: `call_` and 8 characters of [a-z0-9]. */
function generatedId(replyId: string, index: number): string {
  return `call_${replyId.slice(0, 6)}${index.toString(36).padStart(2, "0")}`;
}

function argumentsIn(fn: unknown): string {
  const text = stringAt(fn, "arguments") ?? stringAt(fn, "input");
  if (text !== undefined) return text;
  const value = isObject(fn) ? (fn["arguments"] ?? fn["input"]) : undefined;
  return isObject(value) || Array.isArray(value) ? JSON.stringify(value) : "";
}
