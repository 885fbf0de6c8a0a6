/**
 * Which tool call a piece of a reply belongs to. Hosts number and name their calls in every way: see `tool-calls.ts`.
 *
 * The index decides, then the id. DeepSeek, GLM and Kimi give parallel calls one id: a piece with a name belongs to another call
 * when it has another index, stands in the same list, or comes when the arguments are whole already.
 */
import { ArgumentsRepair } from "../../../chat/arguments-repair.ts";
import { isObject, numberAt, objectAt, stringAt } from "../../../wire/json.ts";
import { ObjectText } from "../../../wire/object-text.ts";

/** A piece of a call, as far as hosts agree on it. */
export interface CallPiece {
  readonly index: number | undefined;
  /** Empty: none. */
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

export class TableCall {
  /** As the host named it first; empty: not at all. */
  wireId = "";
  readonly #repair = new ArgumentsRepair();
  readonly #progress = new ObjectText();
  #arguments = "";
  /** The list in which it was last named. */
  #list = -1;

  /** Takes a piece of the arguments and returns it repaired. */
  push(text: string): string {
    this.#arguments += text;
    this.#progress.push(text);
    return this.#repair.push(text);
  }

  /** What the repair held back. */
  end(): string {
    return this.#repair.end();
  }

  name(list: number): void {
    this.#list = list;
  }

  /** Whether the piece begins another call. */
  isOver(piece: CallPiece, list: number): boolean {
    if (piece.name === "") return false;
    return this.#list === list || (piece.arguments.trim() !== "" && this.#progress.isWhole);
  }

  /** Some hosts send a call once more when it is whole. */
  isRepeatedBy(piece: CallPiece, list: number): boolean {
    return this.isOver(piece, list) && this.#list !== list && piece.arguments === this.#arguments;
  }
}

export interface Located<C> {
  /** `repeated`: the piece says once more what is known, and adds nothing. */
  readonly type: "known" | "new" | "repeated";
  readonly call: C;
}

/** The calls of one reply. `create` makes the caller's own record of a call. */
export class CallTable<C extends TableCall> {
  readonly #create: () => C;
  readonly #byId = new Map<string, C>();
  readonly #byIndex = new Map<number, C>();
  #last: C | undefined;
  #list = 0;

  constructor(create: () => C) {
    this.#create = create;
  }

  /** The pieces that follow stand in one list. */
  beginList(): void {
    this.#list += 1;
  }

  locate(piece: CallPiece): Located<C> {
    const found = this.#find(piece);
    if (found?.isRepeatedBy(piece, this.#list) === true) return { type: "repeated", call: found };
    const isKnown = found !== undefined && !found.isOver(piece, this.#list);
    const call = isKnown ? found : this.#create();
    if (call.wireId === "") call.wireId = piece.id;
    if (piece.id !== "") this.#byId.set(piece.id, call);
    if (!isKnown) {
      this.#last = call;
      if (piece.index !== undefined) this.#byIndex.set(piece.index, call);
    }
    if (piece.name !== "") call.name(this.#list);
    return { type: isKnown ? "known" : "new", call };
  }

  #find({ index, id, name }: CallPiece): C | undefined {
    const byId = id === "" ? undefined : this.#byId.get(id);
    if (index === undefined) return id === "" && name === "" ? this.#last : byId;
    const byIndex = this.#byIndex.get(index);
    if (byIndex === undefined) return name === "" ? byId : undefined;
    // A second id under one index is a second call: some relays number every call 0.
    const isOther = id !== "" && byIndex.wireId !== "" && byIndex.wireId !== id;
    return isOther ? byId : byIndex;
  }
}

/** The ids that clients get: every call has one, and no two have the same. */
export class CallIds {
  readonly #replyId: string;
  readonly #taken = new Set<string>();
  #made = 0;

  constructor(replyId: string) {
    this.#replyId = replyId;
  }

  /** `wanted`, unless it is empty or another call has it. */
  take(wanted: string, index: number): string {
    let id = wanted === "" ? generatedId(this.#replyId, index) : wanted;
    while (this.#taken.has(id)) {
      id = generatedId(this.#replyId, index + this.#made);
      this.#made += 1;
    }
    this.#taken.add(id);
    return id;
  }
}

/** Ollama's form: `call_` and 8 characters of [a-z0-9]. */
function generatedId(replyId: string, index: number): string {
  return `call_${replyId.slice(0, 6)}${index.toString(36).padStart(2, "0")}`;
}

export function readPiece(piece: unknown): CallPiece {
  const fn = functionOf(piece);
  const id = stringAt(piece, "id") ?? "";
  const name = stringAt(fn, "name") ?? "";
  return {
    index: numberAt(piece, "index"),
    id,
    // Some hosts write a missing name as text.
    name: id === "" && name === "null" ? "" : name,
    arguments: argumentsIn(fn),
  };
}

function functionOf(piece: unknown): unknown {
  return objectAt(piece, "function") ?? objectAt(piece, "custom") ?? piece;
}

function argumentsIn(fn: unknown): string {
  const text = stringAt(fn, "arguments") ?? stringAt(fn, "input");
  if (text !== undefined) return text;
  const value = isObject(fn) ? (fn["arguments"] ?? fn["input"]) : undefined;
  return isObject(value) || Array.isArray(value) ? JSON.stringify(value) : "";
}
