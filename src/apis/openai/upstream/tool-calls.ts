/**
 * Joins the pieces in which providers send tool calls.
 *
 *     {"tool_calls":[{"index":0,"id":"call_1","function":{"name":"f","arguments":""}}]}
 *     {"tool_calls":[{"index":0,"function":{"arguments":"{\"a\":1}"}}]}
 *
 * Providers differ in many ways. All of these are read:
 *
 * - no index (Gemini, Mistral), or the index 0 for every call (Gemini relays)
 * - indexes with gaps or from 1 (Anthropic's compatible endpoint)
 * - one id for several calls (DeepSeek, GLM, Kimi), or no id (NIM)
 * - an id that is repeated or empty on later pieces (DashScope)
 * - a name that is repeated or split into pieces
 * - arguments as an object (TGI)
 * - the legacy `function_call`
 */
import type { Emit } from "../../../chat/event.ts";
import { type JsonObject, arrayAt, objectAt } from "../../../wire/json.ts";
import { CallIds } from "../../shared/call-ids.ts";
import { CallTable, TableCall, readPiece } from "./call-table.ts";

class PendingCall extends TableCall {
  toolName = "";
  extra: JsonObject | undefined;
  /**
   * Index for the client; undefined: not started. A call starts with its first argument, because the name may
   * grow until then.
   */
  index: number | undefined;
}

export class ToolCallAssembler {
  readonly #ids: CallIds;
  readonly #calls: PendingCall[] = [];
  readonly #table = new CallTable(() => new PendingCall());
  #started = 0;

  constructor(replyId: string) {
    this.#ids = new CallIds(replyId);
  }

  /** Whether the reply has a call. A call without a name does not count. */
  get hasCalls(): boolean {
    return this.#started > 0;
  }

  push(delta: unknown, emit: Emit): void {
    const pieces = arrayAt(delta, "tool_calls");
    if (pieces.length > 0) this.#table.beginList();
    for (const piece of pieces) this.#pushPiece(piece, emit);
    const legacy = objectAt(delta, "function_call");
    if (legacy !== undefined) this.#pushPiece({ index: 0, function: legacy }, emit);
  }

  end(emit: Emit): void {
    for (const call of this.#calls) {
      this.#start(call, emit);
      emitArguments(call, call.end(), emit);
    }
  }

  #pushPiece(value: unknown, emit: Emit): void {
    const piece = readPiece(value);
    const { type, call } = this.#table.locate(piece);
    if (type === "repeated") return;
    if (type === "new") this.#add(call, emit);
    call.extra ??= objectAt(value, "extra_content");
    if (call.index === undefined && piece.name !== call.toolName) call.toolName += piece.name;
    if (piece.arguments === "") return;
    this.#start(call, emit);
    emitArguments(call, call.push(piece.arguments), emit);
  }

  #add(call: PendingCall, emit: Emit): void {
    const previous = this.#calls.at(-1);
    if (previous !== undefined) this.#start(previous, emit);
    this.#calls.push(call);
  }

  #start(call: PendingCall, emit: Emit): void {
    if (call.index !== undefined || call.toolName === "") return;
    call.index = this.#started;
    this.#started += 1;
    const id = this.#ids.take(call.wireId, call.index);
    emit({ type: "tool-call-start", index: call.index, id, name: call.toolName, extra: call.extra });
  }
}

function emitArguments(call: PendingCall, text: string, emit: Emit): void {
  if (call.index !== undefined && text !== "") {
    emit({ type: "tool-call-delta", index: call.index, arguments: text });
  }
}
