/** A whole reply as the events of a stream, and the events of a stream as a whole reply. */
import { exactJson } from "../../wire/exact-json.ts";
import {
  type JsonObject,
  arrayAt,
  isObject,
  numberAt,
  objectAt,
  parseJson,
  stringAt,
} from "../../wire/json.ts";

/** The events with which a stream would have sent the message. */
export function eventsOf(message: JsonObject): readonly JsonObject[] {
  const { content, stop_reason, stop_sequence, usage, ...head } = message;
  const blocks = arrayAt({ content }, "content").filter(isObject);
  return [
    {
      type: "message_start",
      message: { ...head, content: [], stop_reason: null, stop_sequence: null, usage },
    },
    ...blocks.flatMap(blockEvents),
    {
      type: "message_delta",
      delta: { stop_reason: stop_reason ?? null, stop_sequence: stop_sequence ?? null },
      usage: usage ?? {},
    },
    { type: "message_stop" },
  ];
}

function blockEvents(block: JsonObject, index: number): readonly JsonObject[] {
  const { start, deltas } = piecesOf(block);
  return [
    { type: "content_block_start", index, content_block: start },
    ...deltas.map((delta) => ({ type: "content_block_delta", index, delta })),
    { type: "content_block_stop", index },
  ];
}

/** A block of a kind without deltas is complete at its start. */
function piecesOf(block: JsonObject): { readonly start: JsonObject; readonly deltas: readonly JsonObject[] } {
  switch (block["type"]) {
    case "text":
      return { start: { ...block, text: "" }, deltas: [{ type: "text_delta", text: block["text"] }] };
    case "thinking":
      return {
        start: { ...block, thinking: "", signature: "" },
        deltas: [
          { type: "thinking_delta", thinking: block["thinking"] },
          { type: "signature_delta", signature: block["signature"] ?? "" },
        ],
      };
    case "tool_use":
      return {
        start: { ...block, input: {} },
        deltas: [{ type: "input_json_delta", partial_json: JSON.stringify(block["input"] ?? {}) }],
      };
    default:
      return { start: block, deltas: [] };
  }
}

interface Block {
  fields: JsonObject;
  /** The pieces of the input of a call. */
  input: string;
}

/** Merges the events of a stream. */
export class EventMerger {
  #message: JsonObject = {};
  readonly #blocks = new Map<number, Block>();

  readonly push = (event: JsonObject): void => {
    const index = numberAt(event, "index") ?? 0;
    switch (event["type"]) {
      case "message_start":
        this.#message = objectAt(event, "message") ?? {};
        return;
      case "content_block_start":
        this.#blocks.set(index, { fields: objectAt(event, "content_block") ?? {}, input: "" });
        return;
      case "content_block_delta":
        this.#append(index, objectAt(event, "delta") ?? {});
        return;
      case "message_delta":
        this.#message = {
          ...this.#message,
          ...objectAt(event, "delta"),
          usage: { ...objectAt(this.#message, "usage"), ...objectAt(event, "usage") },
        };
    }
  };

  get message(): JsonObject {
    const blocks = [...this.#blocks].toSorted(([a], [b]) => a - b);
    const content = blocks.map(([, { fields, input }]) => {
      const parsed = exactJson(input, parseJson(input));
      return isObject(parsed) ? { ...fields, input: parsed } : fields;
    });
    return { ...this.#message, content };
  }

  #append(index: number, delta: JsonObject): void {
    const block = this.#blocks.get(index);
    if (block === undefined) return;
    block.input += stringAt(delta, "partial_json") ?? "";
    for (const member of ["text", "thinking", "signature"]) {
      const piece = stringAt(delta, member);
      if (piece === undefined) continue;
      block.fields = { ...block.fields, [member]: (stringAt(block.fields, member) ?? "") + piece };
    }
    const citation = delta["citation"];
    if (citation !== undefined)
      block.fields = { ...block.fields, citations: [...arrayAt(block.fields, "citations"), citation] };
  }
}
