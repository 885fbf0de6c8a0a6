/**
 * Repairs a relayed reply of chat completions so that clients can read it. Everything else keeps its exact
 * bytes.
 *
 *     "tool_calls":[{"id":null,…}]  [{"id":"a"},{"id":"a"}]    every call gets a unique id
 *     "tool_calls":[{"function":{…}}]                          in a stream, every piece gets the index of its call
 *     "id":"a","name":"f" … "id":"a","name":"f"                id and name come once; "FUNCTION" becomes "function"
 *     "arguments":"{\"a\":\"x⏎y\"}"                            valid JSON, see `chat/arguments-repair.ts`
 *     "content":"```json …"                                    the fence is removed when JSON was requested
 *     "content":"\ud83d"                                       the halves of a surrogate pair are joined
 */
import { FenceRemover, withoutFence } from "../../chat/fence.ts";
import { SurrogateJoiner, holdsHalves, wellFormedJson } from "../../chat/surrogates.ts";
import { exactJson } from "../../wire/exact-json.ts";
import {
  type JsonObject,
  arrayAt,
  isObject,
  mapped,
  numberAt,
  objectAt,
  stringAt,
  withMember,
} from "../../wire/json.ts";
import { patchJson } from "../../wire/json-patch.ts";
import { CallIds } from "../shared/call-ids.ts";
import { CallTable, TableCall, readPiece } from "./upstream/call-table.ts";

export interface RelayRepairOptions {
  /** Generated ids are derived from it. */
  readonly replyId: string;
  /** The client requested JSON. */
  readonly isJson: boolean;
}

/** Repairs one reply. Create one per reply. */
export class RelayRepair {
  readonly #ids: CallIds;
  readonly #isJson: boolean;
  readonly #choices = new Map<number, ChoiceRepair>();
  /** The next frame must be examined, whatever its content. */
  #isWatching: boolean;
  #lastFrame: JsonObject = {};

  constructor({ replyId, isJson }: RelayRepairOptions) {
    this.#ids = new CallIds(replyId);
    this.#isJson = isJson;
    this.#isWatching = isJson;
  }

  /** Whether the frame needs no repair. `text` is its JSON. */
  isFine(frame: unknown, text: string): boolean {
    return !this.#isWatching && !holdsCalls(frame) && !holdsHalves(text);
  }

  /**
   * The repaired text of a stream frame. Text that was held back is returned before it, as a frame of its
   * own. `text` is the frame as JSON.
   */
  frame(frame: unknown, text: string): readonly string[] {
    const exact = exactJson(text, frame);
    if (!isObject(exact)) return [text];
    this.#lastFrame = exact;
    const released: JsonObject[] = [];
    const repaired = mapped(arrayAt(exact, "choices"), (choice) => {
      if (!isObject(choice)) return choice;
      const repair = this.#repairOf(choice);
      const changed = repair.piece(choice);
      const finish = stringAt(choice, "finish_reason") ?? "";
      if (finish !== "") released.push(...repair.end(finish === "length"));
      return changed;
    });
    this.#isWatching = [...this.#choices.values()].some((repair) => repair.isWatching);
    const patched = patchJson(text, exact, withMember(exact, "choices", repaired));
    const wellFormed = wellFormedJson(patched);
    return released.length === 0 ? [wellFormed] : [this.#chunk(released), wellFormed];
  }

  /** A frame with the text that was held back. Empty: no text was held back. */
  end(): readonly string[] {
    const released = [...this.#choices.values()].flatMap((repair) => repair.end(false));
    return released.length === 0 ? [] : [this.#chunk(released)];
  }

  /** The repaired text of a whole reply. */
  whole(reply: unknown, text: string): string {
    const exact = exactJson(text, reply);
    const choices = arrayAt(exact, "choices");
    if (!isObject(exact) || choices.length === 0) return text;
    const repaired = mapped(choices, (choice) =>
      isObject(choice) ? this.#repairOf(choice).whole(choice) : choice,
    );
    return patchJson(text, exact, withMember(exact, "choices", repaired));
  }

  #repairOf(choice: JsonObject): ChoiceRepair {
    const index = numberAt(choice, "index") ?? 0;
    const known = this.#choices.get(index) ?? new ChoiceRepair(index, this.#ids, this.#isJson);
    this.#choices.set(index, known);
    return known;
  }

  #chunk(choices: readonly JsonObject[]): string {
    const { usage: _usage, ...head } = this.#lastFrame;
    return JSON.stringify({ ...head, choices });
  }
}

function holdsCalls(frame: unknown): boolean {
  for (const choice of arrayAt(frame, "choices")) {
    if (arrayAt(objectAt(choice, "delta"), "tool_calls").length > 0) return true;
  }
  return false;
}

class RelayedCall extends TableCall {
  id = "";
  toolName = "";
  index = 0;
}

/** Fields whose text clients concatenate. */
const TEXTS = ["content", "reasoning", "reasoning_content", "refusal"] as const;

/** Repairs one choice. Values that need no change keep their identity. */
class ChoiceRepair {
  readonly #index: number;
  readonly #ids: CallIds;
  readonly #table = new CallTable(() => new RelayedCall());
  readonly #calls: RelayedCall[] = [];
  readonly #indexes = new Set<number>();
  readonly #joiners = new Map<string, SurrogateJoiner>();
  #fence: FenceRemover | undefined;

  constructor(index: number, ids: CallIds, isJson: boolean) {
    this.#index = index;
    this.#ids = ids;
    this.#fence = isJson ? new FenceRemover() : undefined;
  }

  get isWatching(): boolean {
    return this.#fence !== undefined || [...this.#joiners.values()].some((joiner) => joiner.isWaiting);
  }

  /** Repairs a choice of a stream frame. */
  piece(choice: JsonObject): JsonObject {
    let delta = objectAt(choice, "delta");
    if (delta === undefined) return choice;
    for (const field of TEXTS) {
      const text = stringAt(delta, field);
      if (text !== undefined) delta = withMember(delta, field, this.#text(field, text));
    }
    const pieces = arrayAt(delta, "tool_calls");
    if (pieces.length > 0) {
      this.#table.beginList();
      delta = withMember(
        delta,
        "tool_calls",
        mapped(pieces, (piece) => (isObject(piece) ? this.#callPiece(piece) : piece)),
      );
    }
    return withMember(choice, "delta", delta);
  }

  /** Repairs a choice of a whole reply. */
  whole(choice: JsonObject): JsonObject {
    let message = objectAt(choice, "message");
    if (message === undefined) return choice;
    const content = stringAt(message, "content");
    if (content !== undefined && this.#fence !== undefined) {
      message = withMember(message, "content", withoutFence(content));
    }
    const calls = arrayAt(message, "tool_calls");
    if (calls.length > 0) {
      this.#table.beginList();
      message = withMember(
        message,
        "tool_calls",
        mapped(calls, (call) => (isObject(call) ? this.#wholeCall(call) : call)),
      );
    }
    return withMember(choice, "message", message);
  }

  /** Choices with the text that was held back. */
  end(isCut: boolean): readonly JsonObject[] {
    const texts = TEXTS.map((field) => ({ [field]: this.#endText(field, isCut) }));
    const calls = this.#calls
      .map((call) => ({ index: call.index, function: { arguments: call.end() } }))
      .filter((call) => call.function.arguments !== "");
    const deltas = texts.filter((delta) => Object.values(delta).some((text) => text !== ""));
    const all: readonly JsonObject[] = calls.length === 0 ? deltas : [...deltas, { tool_calls: calls }];
    return all.map((delta) => ({ index: this.#index, delta, finish_reason: null }));
  }

  #text(field: string, text: string): string {
    const joiner = this.#joiners.get(field) ?? new SurrogateJoiner();
    this.#joiners.set(field, joiner);
    const joined = joiner.join(text);
    if (field !== "content" || this.#fence === undefined) return joined;
    const unfenced = this.#fence.push(joined);
    if (this.#fence.isDone) this.#fence = undefined;
    return unfenced;
  }

  #endText(field: string, isCut: boolean): string {
    const half = this.#joiners.get(field)?.end() ?? "";
    const fence = field === "content" ? this.#fence : undefined;
    if (fence === undefined) return half;
    this.#fence = undefined;
    return fence.push(half) + fence.end(isCut);
  }

  #callPiece(value: JsonObject): JsonObject {
    const piece = readPiece(value);
    const { type, call } = this.#table.locate(piece);
    // The entry is kept empty: removing it would change the positions of the others.
    if (type === "repeated") return { index: call.index, function: { arguments: "" } };
    if (type === "new") this.#add(call, piece.id, piece.index);
    const isRepeated = piece.name === "" || piece.name === call.toolName;
    call.toolName += isRepeated ? "" : piece.name;
    const rest = isRepeated ? withoutName(value) : value;
    const piecewise = type === "new" ? withMember(value, "id", call.id) : withoutId(rest);
    return withArguments(withType(withMember(piecewise, "index", call.index)), call.push(piece.arguments));
  }

  #wholeCall(value: JsonObject): JsonObject {
    const piece = readPiece(value);
    const { call } = this.#table.locate(piece);
    this.#add(call, piece.id, piece.index);
    return withArguments(withType(withMember(value, "id", call.id)), call.push(piece.arguments) + call.end());
  }

  #add(call: RelayedCall, id: string, index: number | undefined): void {
    const position = this.#calls.length;
    this.#calls.push(call);
    call.id = this.#ids.take(id, position);
    call.index = index ?? position;
    while (this.#indexes.has(call.index)) call.index += 1;
    this.#indexes.add(call.index);
  }
}

/** Removes an id that was already sent. Clients concatenate the ids of all pieces, and the names. */
function withoutId(piece: JsonObject): JsonObject {
  if ((stringAt(piece, "id") ?? "") === "") return piece;
  const { id: _id, ...rest } = piece;
  return rest;
}

/** Removes a name that was already sent. */
function withoutName(piece: JsonObject): JsonObject {
  const fn = objectAt(piece, "function");
  if (fn === undefined || (stringAt(fn, "name") ?? "") === "") return piece;
  const { name: _name, ...rest } = fn;
  return withMember(piece, "function", rest);
}

/** Some providers write the type in capital letters. */
function withType(call: JsonObject): JsonObject {
  return /^function$/i.test(stringAt(call, "type") ?? "") ? withMember(call, "type", "function") : call;
}

/** Some providers send the arguments as an object. Clients expect JSON text. */
function withArguments(call: JsonObject, text: string): JsonObject {
  const fn = objectAt(call, "function");
  if (fn === undefined || (text === "" && typeof fn["arguments"] !== "string")) return call;
  return withMember(call, "function", withMember(fn, "arguments", text));
}
