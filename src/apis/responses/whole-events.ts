/**
 * The events of a stream for a response that a provider sent as a whole, although a stream was requested. Each text
 * and each list of arguments is one event. The format of the events is described in `client/encoder.ts`.
 */
import { type JsonObject, arrayAt, isObject, stringAt } from "../../wire/json.ts";

/** The events in their order, with their sequence numbers. */
export function eventsOf(response: JsonObject): readonly JsonObject[] {
  const begun = { ...response, status: "in_progress", output: [], usage: null };
  const status = stringAt(response, "status") ?? "completed";
  const events: readonly JsonObject[] = [
    { type: "response.created", response: begun },
    { type: "response.in_progress", response: begun },
    ...arrayAt(response, "output").filter(isObject).flatMap(itemEvents),
    { type: `response.${status}`, response },
  ];
  return events.map((event, index) => ({ ...event, sequence_number: index }));
}

function itemEvents(item: JsonObject, index: number): readonly JsonObject[] {
  const place = { item_id: item["id"], output_index: index };
  const opened = {
    ...item,
    status: "in_progress",
    ...("content" in item ? { content: [] } : {}),
    ...("arguments" in item ? { arguments: "" } : {}),
    ...("summary" in item ? { summary: [] } : {}),
  };
  const text = stringAt(item, "arguments");
  const calls =
    text === undefined
      ? []
      : [
          { type: "response.function_call_arguments.delta", ...place, delta: text },
          { type: "response.function_call_arguments.done", ...place, name: item["name"], arguments: text },
        ];
  const summary = arrayAt(item, "summary").filter(isObject);
  const parts = item["type"] === "message" ? arrayAt(item, "content").filter(isObject) : [];
  return [
    { type: "response.output_item.added", output_index: index, item: opened },
    ...summary.flatMap((part, at) => summaryEvents(part, { ...place, summary_index: at })),
    ...calls,
    ...parts.flatMap((part, at) => partEvents(part, { ...place, content_index: at })),
    { type: "response.output_item.done", output_index: index, item },
  ];
}

/** The field with the text of a part, and the name of its events. */
const TEXTS: ReadonlyMap<unknown, string> = new Map([
  ["output_text", "text"],
  ["refusal", "refusal"],
]);

function partEvents(part: JsonObject, place: JsonObject): readonly JsonObject[] {
  const { type } = part;
  const field = TEXTS.get(type);
  const text = field === undefined ? undefined : stringAt(part, field);
  if (field === undefined || text === undefined) return [];
  const more = type === "output_text" ? { logprobs: part["logprobs"] ?? [] } : {};
  return [
    { type: "response.content_part.added", ...place, part: { ...part, [field]: "" } },
    { type: `response.${String(type)}.delta`, ...place, delta: text, ...more },
    { type: `response.${String(type)}.done`, ...place, [field]: text, ...more },
    { type: "response.content_part.done", ...place, part },
  ];
}

function summaryEvents(part: JsonObject, place: JsonObject): readonly JsonObject[] {
  const text = stringAt(part, "text") ?? "";
  return [
    { type: "response.reasoning_summary_part.added", ...place, part: { ...part, text: "" } },
    { type: "response.reasoning_summary_text.delta", ...place, delta: text },
    { type: "response.reasoning_summary_text.done", ...place, text },
    { type: "response.reasoning_summary_part.done", ...place, part },
  ];
}
