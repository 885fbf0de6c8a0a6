/** A whole response as the events of a stream. */
import { type JsonObject, arrayAt, isObject, stringAt } from "../../wire/json.ts";

/** The events with which a stream would have sent the response. */
export function eventsOf(response: JsonObject): readonly JsonObject[] {
  const { status = "completed", ...others } = response;
  const items = arrayAt(response, "output").filter(isObject);
  const begun = { ...others, status: "in_progress", output: [], usage: null };
  const events = [
    { type: "response.created", response: begun },
    ...items.flatMap(itemEvents),
    { type: `response.${String(status)}`, response },
  ];
  return events.map((event, index) => ({ ...event, sequence_number: index }));
}

function itemEvents(item: JsonObject, index: number): readonly JsonObject[] {
  const place = { item_id: item["id"], output_index: index };
  const { start, pieces } = piecesOf(item);
  return [
    { type: "response.output_item.added", output_index: index, item: { ...start, status: "in_progress" } },
    ...pieces.map((piece) => ({ ...piece, ...place })),
    { type: "response.output_item.done", output_index: index, item },
  ];
}

interface Pieces {
  /** The item before its pieces. */
  readonly start: JsonObject;
  readonly pieces: readonly JsonObject[];
}

/** An item of a kind without deltas is complete at its start. */
function piecesOf(item: JsonObject): Pieces {
  switch (item["type"]) {
    case "message": {
      const parts = arrayAt(item, "content").filter(isObject);
      return { start: { ...item, content: [] }, pieces: parts.flatMap(partEvents) };
    }
    case "reasoning": {
      const parts = arrayAt(item, "summary").filter(isObject);
      return { start: { ...item, summary: [] }, pieces: parts.flatMap(summaryEvents) };
    }
    case "function_call": {
      const text = stringAt(item, "arguments") ?? "";
      const type = "response.function_call_arguments";
      return {
        start: { ...item, arguments: "" },
        pieces: [
          { type: `${type}.delta`, delta: text },
          { type: `${type}.done`, arguments: text },
        ],
      };
    }
    default:
      return { start: item, pieces: [] };
  }
}

function partEvents(part: JsonObject, index: number): readonly JsonObject[] {
  const place = { content_index: index };
  const member = part["type"] === "refusal" ? "refusal" : "text";
  const type = member === "refusal" ? "response.refusal" : "response.output_text";
  const text = stringAt(part, member) ?? "";
  return [
    { type: "response.content_part.added", ...place, part: { ...part, [member]: "" } },
    { type: `${type}.delta`, ...place, delta: text },
    { type: `${type}.done`, ...place, [member]: text },
    { type: "response.content_part.done", ...place, part },
  ];
}

function summaryEvents(part: JsonObject, index: number): readonly JsonObject[] {
  const place = { summary_index: index };
  const text = stringAt(part, "text") ?? "";
  return [
    { type: "response.reasoning_summary_part.added", ...place, part: { ...part, text: "" } },
    { type: "response.reasoning_summary_text.delta", ...place, delta: text },
    { type: "response.reasoning_summary_text.done", ...place, text },
    { type: "response.reasoning_summary_part.done", ...place, part },
  ];
}
