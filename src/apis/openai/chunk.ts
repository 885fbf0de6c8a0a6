/**
 * Converts a provider's frame to a chunk of OpenAI's API. Clients read the delta of the first choice, and
 * fail when it is missing.
 *
 *     {"type":"ping"}                                             nothing
 *     {"choices":null,"usage":{…}}                                {"choices":[],"usage":{…}}
 *     {"choices":[{"message":{"content":"Hello"},…}]} at the end  {"choices":[{"delta":{},…}]}
 */
import { type JsonObject, arrayAt, isObject, objectAt, stringAt } from "../../wire/json.ts";

/**
 * Returns the same frame when it is already a chunk; undefined: the frame has no content. `newText` replaces
 * the text of the frame unless it is undefined. `hadCalls`: earlier frames had tool calls.
 */
export function asChunk(
  frame: JsonObject,
  newText: string | undefined,
  hadCalls: boolean,
): JsonObject | undefined {
  const { choices } = frame;
  if (!Array.isArray(choices)) return isPing(frame) ? undefined : { ...frame, choices: [] };
  const choice: unknown = choices[0];
  if (choices.length !== 1 || !isObject(choice)) return frame;
  const { message, ...rest } = choice;
  if (isObject(message) && !isObject(choice["delta"])) {
    return { ...frame, choices: [{ ...rest, delta: closingDelta(message, newText, hadCalls) }] };
  }
  const delta = objectAt(choice, "delta");
  if (newText === undefined || delta === undefined) return frame;
  return { ...frame, choices: [{ ...choice, delta: { ...delta, content: newText } }] };
}

/** Whether the frame is a whole reply, or a piece in the format of a whole reply. */
export function isWholeReply(frame: unknown): boolean {
  const [choice] = arrayAt(frame, "choices");
  const message = objectAt(choice, "message") ?? stringAt(choice, "message");
  return message !== undefined && objectAt(choice, "delta") === undefined;
}

/** `{}` and `{"type":"ping"}` only keep the connection open. */
function isPing(frame: JsonObject): boolean {
  return Object.keys(frame).every((field) => field === "type");
}

/** The content of the message that the earlier deltas did not have. */
function closingDelta(message: JsonObject, newText: string | undefined, hadCalls: boolean): JsonObject {
  const content = newText ?? message["content"];
  const calls = arrayAt(message, "tool_calls");
  return {
    ...(typeof content === "string" && content !== "" ? { content } : {}),
    ...(calls.length === 0 || hadCalls
      ? {}
      : { tool_calls: calls.map((call, index) => (isObject(call) ? { index, ...call } : call)) }),
  };
}
