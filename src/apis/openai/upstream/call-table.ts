/**
 * Finds the tool call that a piece of a reply belongs to. Providers differ in indexes, ids and names: see
 * `tool-calls.ts`.
 *
 * The index decides first, then the id. DeepSeek, GLM and Kimi give parallel calls the same id. A piece with
 * a name therefore belongs to another call in three cases: it has another index, it is in the same list, or
 * the arguments are already complete.
 */
import { ArgumentsRepair } from "../../../chat/arguments-repair.ts";
import { isObject, numberAt, objectAt, stringAt } from "../../../wire/json.ts";
import { ObjectText } from "../../../wire/object-text.ts";

/** The fields of a piece of a call that providers have in common. */
export interface CallPiece {
  readonly index: number | undefined;
  /** Empty: no id. */
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
}

export class TableCall {
  /** The first id that the provider sent for the call; empty: no id. */
  wireId = "";
  readonly #repair = new ArgumentsRepair();
  readonly #progress = new ObjectText();
  #arguments = "";
  /** Number of the last list that had the name of the call. */
  #list = -1;

  /** Adds a piece of the arguments and returns it repaired. */
  push(text: string): string {
    this.#arguments += text;
    this.#progress.push(text);
    return this.#repair.push(text);
  }

  /** The text that the repair held back. */
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

  /** Whether the piece repeats the whole call. Some providers send a complete call a second time. */
  isRepeatedBy(piece: CallPiece, list: number): boolean {
    return this.isOver(piece, list) && this.#list !== list && piece.arguments === this.#arguments;
  }
}

export interface Located<C> {
  /** `repeated`: the piece repeats a known call and adds nothing. */
  readonly type: "known" | "new" | "repeated";
  readonly call: C;
}

/** The calls of one reply. `create` returns the caller's record of a new call. */
export class CallTable<C extends TableCall> {
  readonly #create: () => C;
  readonly #byId = new Map<string, C>();
  readonly #byIndex = new Map<number, C>();
  #last: C | undefined;
  #list = 0;

  constructor(create: () => C) {
    this.#create = create;
  }

  /** Begins a list. The next pieces belong to it. */
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
    // A second id with the same index is a second call, because some relays give every call the index 0.
    const isOther = id !== "" && byIndex.wireId !== "" && byIndex.wireId !== id;
    return isOther ? byId : byIndex;
  }
}

export function readPiece(piece: unknown): CallPiece {
  const fn = functionOf(piece);
  const id = stringAt(piece, "id") ?? "";
  const name = stringAt(fn, "name") ?? "";
  return {
    index: numberAt(piece, "index"),
    id,
    // Some providers write the text `null` for a missing name.
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
