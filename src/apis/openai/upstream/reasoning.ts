/**
 * Reads thinking from the fields that providers use, and keeps the fields that they expect back.
 *
 *     "reasoning_content":"hm"    DeepSeek, Qwen, Kimi, GLM      "reasoning":"hm"       Groq, OpenRouter, newer vLLM
 *     "reasoning_text":"hm","reasoning_opaque":"…"               Copilot
 *     "reasoning_details":[{"type":"reasoning.text","text":"hm","signature":"…","index":0}]     OpenRouter
 *     "content":[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]}]                  Mistral
 *     "content":[{"type":"reasoning","summary":[{"type":"summary_text","text":"hm"}]}]          Databricks
 *
 * Some providers send the same text in two fields at once. The first field with text is used.
 */
import type { Emit } from "../../../chat/event.ts";
import { type JsonObject, arrayAt, isObject, stringAt } from "../../../wire/json.ts";
import type { ThinkingMerger } from "./thinking-merger.ts";
import { type Place, Written } from "./written.ts";

const FIELDS = ["reasoning_content", "reasoning", "reasoning_text", "thinking", "cot_summary"];

export class ReasoningReader {
  readonly #thinking: ThinkingMerger;
  readonly #written = new Written();
  /** OpenRouter's details. Pieces of the same detail are joined. */
  readonly #details: { [field: string]: unknown }[] = [];
  #opaque: string | undefined;
  #text = "";

  constructor(thinking: ThinkingMerger) {
    this.#thinking = thinking;
  }

  /** Returns whether the message had new text. */
  push(message: unknown, place: Place, emit: Emit): boolean {
    const details = arrayAt(message, "reasoning_details");
    const sent = textIn(message, details);
    const text = this.#written.fresh(sent, place);
    if (text !== "") {
      this.#written.add(text);
      this.#thinking.push("field", text, emit);
    }
    const opaque = stringAt(message, "reasoning_opaque");
    if (opaque !== undefined) this.#opaque = opaque;
    if (text === "" && sent !== "") return false;
    for (const detail of details) if (isObject(detail)) this.#addDetail(detail, emit);
    this.#text += stringAt(message, "reasoning_text") ?? "";
    return text !== "";
  }

  /** Fields that the provider expects back with the message; undefined: none. */
  get attached(): JsonObject | undefined {
    if (this.#details.length > 0) return { reasoning_details: this.#details };
    if (this.#opaque === undefined) return undefined;
    return { ...(this.#text === "" ? {} : { reasoning_text: this.#text }), reasoning_opaque: this.#opaque };
  }

  #addDetail(detail: JsonObject, emit: Emit): void {
    const { signature } = detail;
    if (typeof signature === "string" && signature !== "") emit({ type: "reasoning-signature", signature });
    const last = this.#details.at(-1);
    const isPiece =
      last !== undefined && last["type"] === detail["type"] && last["index"] === detail["index"];
    if (isPiece) append(last, detail);
    else this.#details.push({ ...detail });
  }
}

const TEXTS: ReadonlySet<string> = new Set(["text", "summary", "data"]);

/** Appends a piece to `first` in place, because there may be many pieces. */
function append(first: { [field: string]: unknown }, next: JsonObject): void {
  for (const [field, value] of Object.entries(next)) {
    const before = first[field];
    if (value === null || value === undefined) continue;
    first[field] =
      TEXTS.has(field) && typeof before === "string" && typeof value === "string" ? before + value : value;
  }
}

/** Types of content parts with thinking. */
const PART_TYPES: ReadonlySet<string> = new Set(["thinking", "reasoning"]);

function textIn(delta: unknown, details: readonly unknown[]): string {
  for (const field of FIELDS) {
    const text = stringAt(delta, field);
    if (text !== undefined && text !== "") return text;
  }
  let text = "";
  for (const detail of details) text += stringAt(detail, "text") ?? stringAt(detail, "summary") ?? "";
  for (const part of arrayAt(delta, "content")) {
    const type = stringAt(part, "type") ?? "";
    if (!PART_TYPES.has(type)) continue;
    text += stringAt(part, "thinking") ?? "";
    for (const piece of [...arrayAt(part, "thinking"), ...arrayAt(part, "summary")]) {
      text += stringAt(piece, "text") ?? "";
    }
  }
  return text;
}
