/**
 * The order of thinking, text and tool calls in a reply. APIs with signed thinking want a reply back as it was:
 * every block of thinking unchanged and in its place. Clients send back the text and the calls, and the rest is
 * attached to the reply:
 *
 *     {"layout":[{"thinking":{…}},{"text":12},{"gap":2},{"text":3,"phase":"final_answer"},{"call":0}]}
 *
 * A text is known by its length, and a call by its position. A gap is text that was added for clients.
 */
import { type JsonObject, arrayAt, isObject, numberAt, objectAt } from "../../wire/json.ts";
import type { PairedAssistantMessage, PairedCall } from "./paired-calls.ts";

/** Records the layout of a reply as it arrives. */
export class ReplyLayout {
  readonly #entries: JsonObject[] = [];
  #calls = 0;
  #isNeeded = false;

  /** `block` is sent back as it is. */
  addThinking(block: JsonObject): void {
    this.#isNeeded = true;
    this.#entries.push({ thinking: block });
  }

  /** `attributes` are sent back with the text. */
  addText(length: number, attributes: JsonObject = {}): void {
    this.#isNeeded ||= Object.keys(attributes).length > 0;
    if (length > 0) this.#entries.push({ text: length, ...attributes });
  }

  /** Text that separates two texts for clients, and is not sent back. */
  addGap(length: number): void {
    this.#entries.push({ gap: length });
  }

  addCall(): void {
    this.#entries.push({ call: this.#calls });
    this.#calls += 1;
  }

  /** What belongs to the reply. Undefined when the text and the calls say everything. */
  get attached(): JsonObject | undefined {
    return this.#isNeeded ? { layout: this.#entries } : undefined;
  }
}

export type Piece =
  | { readonly type: "thinking"; readonly block: JsonObject }
  | { readonly type: "text"; readonly text: string; readonly attributes: JsonObject }
  | { readonly type: "call"; readonly call: PairedCall };

/**
 * The pieces of a message in their order. If the client changed the text or the calls, the thinking comes
 * first, then the text, then the calls.
 */
export function piecesOf({ text, toolCalls, attached }: PairedAssistantMessage): readonly Piece[] {
  const entries = arrayAt(attached, "layout").filter(isObject);
  const lengths = entries.map((entry) => numberAt(entry, "text") ?? numberAt(entry, "gap") ?? 0);
  const isUnchanged =
    entries.length > 0 &&
    lengths.reduce((sum, length) => sum + length, 0) === text.length &&
    entries.filter((entry) => "call" in entry).length === toolCalls.length;
  const thinking = entries.flatMap((entry): readonly Piece[] => {
    const block = objectAt(entry, "thinking");
    return block === undefined ? [] : [{ type: "thinking", block }];
  });
  if (!isUnchanged) {
    const said: readonly Piece[] = text === "" ? [] : [{ type: "text", text, attributes: {} }];
    return [...thinking, ...said, ...toolCalls.map((call): Piece => ({ type: "call", call }))];
  }
  let at = 0;
  return entries.flatMap((entry): readonly Piece[] => {
    const { text: length, thinking: block, call: position, ...attributes } = entry;
    if (isObject(block)) return [{ type: "thinking", block }];
    const call = typeof position === "number" ? toolCalls[position] : undefined;
    if (call !== undefined) return [{ type: "call", call }];
    const from = at;
    at += typeof length === "number" ? length : (numberAt(entry, "gap") ?? 0);
    if ("gap" in entry) return [];
    return at > from ? [{ type: "text", text: text.slice(from, at), attributes }] : [];
  });
}
