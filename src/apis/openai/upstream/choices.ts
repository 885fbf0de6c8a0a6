/**
 * Joins a reply that a provider splits into several choices.
 *
 *     {"choices":[{"index":0,"message":{"content":"I look."}},{"index":1,"message":{"tool_calls":[…]}}]}      Copilot, for Claude
 *     {"choices":[{"index":0,"delta":{"content":"I look."}}]}
 *     {"choices":[{"index":1,"delta":{"tool_calls":[{"index":0,…}]}}]}                                       the same, streamed
 *
 * Indexes may be omitted or equal. The tool calls of all choices are kept. Text and thinking are taken from
 * the first choice that has any. A second choice with text is a second reply, which the client did not
 * request.
 */
import { type JsonObject, arrayAt, isObject, numberAt, objectAt, stringAt } from "../../../wire/json.ts";

/**
 * Fields of a message that are not taken from one choice: a role is not content, and tool calls are joined.
 */
const LABELS: ReadonlySet<string> = new Set(["role", "tool_calls"]);

export class ChoiceJoiner {
  /** For each field of the message, the choice that it is taken from. */
  readonly #owners = new Map<string, number>();
  /** The choices that make up the reply. */
  readonly #parts = new Set([0]);
  /** The latest tool call for each choice and wire index. */
  readonly #calls = new Map<string, { readonly id: string; readonly index: number }>();
  #nextCall = 0;

  /**
   * The frame with at most one choice, which has index 0. Returns the same frame when nothing changes.
   * `hasText`: earlier frames had text.
   */
  join(frame: JsonObject, hasText: boolean): JsonObject {
    const choices = arrayAt(frame, "choices");
    if (choices.length < 2 && (numberAt(choices[0], "index") ?? 0) === 0) return frame;
    if (hasText && !this.#owners.has("content")) this.#owners.set("content", 0);
    const parts = choices.filter(isObject).map((choice, position) => ({
      choice,
      index: numberAt(choice, "index") ?? position,
    }));
    let joined: JsonObject | undefined;
    for (const { choice, index } of parts.toSorted((a, b) => a.index - b.index)) {
      joined = this.#add(joined, choice, index);
    }
    return { ...frame, choices: joined === undefined ? [] : [joined] };
  }

  /**
   * Reserves the indexes of these tool calls, so that they are not used again. Their frame was not changed.
   */
  reserve(calls: readonly unknown[]): void {
    for (const call of calls) this.#nextCall = Math.max(this.#nextCall, (numberAt(call, "index") ?? 0) + 1);
  }

  /** Adds to `joined` the parts of another choice that belong to the reply. */
  #add(joined: JsonObject | undefined, choice: JsonObject, index: number): JsonObject | undefined {
    const key = isObject(choice["delta"]) ? "delta" : "message";
    const message = objectAt(choice, key);
    // A completion has text instead of a message, and no tool calls.
    if (message === undefined) return joined ?? (index === 0 ? choice : undefined);
    const part = this.#partOf(message, index);
    if (!this.#parts.has(index)) return joined;
    const merged = mergeMessages(objectAt(joined, key), part);
    const reason = finishReason(choice) ?? finishReason(joined) ?? null;
    return { ...choice, ...joined, index: 0, [key]: merged, finish_reason: reason };
  }

  /** The fields of the message that belong to the reply. */
  #partOf(message: JsonObject, index: number): JsonObject {
    const fields = Object.entries(message).filter(([field, value]) => {
      if (LABELS.has(field)) return field === "role";
      if (value === null || value === "") return index === 0;
      if (!this.#owners.has(field)) this.#owners.set(field, index);
      const isOwner = this.#owners.get(field) === index;
      if (isOwner) this.#parts.add(index);
      return isOwner;
    });
    const calls = arrayAt(message, "tool_calls").map((call) =>
      isObject(call) ? { ...call, index: this.#callIndex(call, index) } : call,
    );
    if (calls.length > 0) this.#parts.add(index);
    return { ...Object.fromEntries(fields), ...(calls.length === 0 ? {} : { tool_calls: calls }) };
  }

  /** The index of the call in the joined reply. */
  #callIndex(call: unknown, choice: number): number {
    const wireIndex = numberAt(call, "index");
    const id = stringAt(call, "id") ?? "";
    const place = `${choice}/${String(wireIndex)}`;
    const known = this.#calls.get(place);
    if (known !== undefined && (id === "" || known.id === "" || id === known.id)) return known.index;
    // The pieces of the first choice keep their index.
    const index = choice === 0 && known === undefined ? (wireIndex ?? this.#nextCall) : this.#nextCall;
    this.#nextCall = Math.max(this.#nextCall, index + 1);
    this.#calls.set(place, { id, index });
    return index;
  }
}

function finishReason(choice: JsonObject | undefined): string | undefined {
  const reason = stringAt(choice, "finish_reason");
  return reason === "" ? undefined : reason;
}

/** Concatenates texts and lists of both messages. Of any other value the first one is kept. */
function mergeMessages(first: JsonObject | undefined, second: JsonObject): JsonObject {
  if (first === undefined) return second;
  const merged: { [field: string]: unknown } = { ...first };
  for (const [field, value] of Object.entries(second)) {
    const before = merged[field] ?? undefined;
    if (before === undefined) merged[field] = value;
    else if (Array.isArray(before) && Array.isArray(value)) merged[field] = [...before, ...value];
    else if (field !== "role" && typeof before === "string" && typeof value === "string")
      merged[field] = before + value;
  }
  return merged;
}
