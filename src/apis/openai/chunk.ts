/**
 * What a frame of a provider must become so that clients of OpenAI's API can read it as a chunk. They look for the delta of
 * the first choice, and fail where there is none.
 *
 *     {"type":"ping"}                                             nothing
 *     {"choices":null,"usage":{…}}                                {"choices":[],"usage":{…}}
 *     {"choices":[{"message":{"content":"Hello"},…}]} at the end  {"choices":[{"delta":{},…}]}
 */
import { type JsonObject, arrayAt, isObject, objectAt } from "../../wire/json.ts";

/**
 * The frame itself where it is a chunk already, undefined where it holds nothing. `newText` replaces its text, unless it is
 * undefined; `hadCalls`: tool calls came before it.
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

/** Whether the frame is a whole reply, or a piece of one in the same form. */
export function isWholeReply(frame: unknown): boolean {
  const [choice] = arrayAt(frame, "choices");
  return objectAt(choice, "message") !== undefined && objectAt(choice, "delta") === undefined;
}

/** `{}` and `{"type":"ping"}` are no more than signs of life. */
function isPing(frame: JsonObject): boolean {
  return Object.keys(frame).every((field) => field === "type");
}

/** What a message says beyond the deltas before it. */
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
