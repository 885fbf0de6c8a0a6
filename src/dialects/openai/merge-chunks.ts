/**
 * The whole reply that the chunks of a streamed one make up, for hosts that only stream.
 *
 *     {"choices":[{"index":0,"delta":{"role":"assistant","content":"H"}}]}
 *     {"choices":[{"index":0,"delta":{"content":"i"},"finish_reason":"stop"}]}       become
 *     {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}
 *
 * Text that comes in pieces is put together, lists grow, of everything else the last counts: fields that nobody here has heard of
 * survive. Completions have `text` in place of the delta.
 */
import { type JsonObject, arrayAt, isObject, numberAt } from "../../wire/json.ts";

export function mergeChunks(chunks: readonly unknown[]): JsonObject {
  let reply: JsonObject = {};
  const choices: JsonObject[] = [];
  for (const chunk of chunks) {
    if (!isObject(chunk)) continue;
    for (const choice of arrayAt(chunk, "choices")) {
      if (!isObject(choice)) continue;
      const index = numberAt(choice, "index") ?? 0;
      choices[index] = merged(choices[index] ?? {}, choice, LAST_OF_CHOICE);
    }
    const { choices: _, ...rest } = chunk;
    reply = { ...reply, ...withoutNull(rest) };
  }
  const isChat = choices.some((choice) => "delta" in choice || "message" in choice);
  return {
    ...reply,
    ...(isChat ? { object: "chat.completion" } : {}),
    choices: choices.filter((choice) => choice !== undefined).map(asWhole),
  };
}

/** Text that is said at once, not in pieces. */
const LAST_OF_CHOICE: ReadonlySet<string> = new Set([
  "finish_reason",
  "role",
  "id",
  "type",
  "name",
  "object",
]);

function asWhole({ delta, ...choice }: JsonObject): JsonObject {
  if (!isObject(delta)) return choice;
  const calls = arrayAt(delta, "tool_calls");
  const message = { role: "assistant", content: null, ...delta };
  return { ...choice, message: calls.length === 0 ? message : { ...message, tool_calls: calls } };
}

function merged(before: JsonObject, next: JsonObject, last: ReadonlySet<string>): JsonObject {
  const result: { [key: string]: unknown } = { ...before };
  for (const [key, value] of Object.entries(withoutNull(next))) {
    result[key] = last.has(key) ? (value === "" ? before[key] : value) : join(before[key], value, last);
  }
  return result;
}

function join(before: unknown, next: unknown, last: ReadonlySet<string>): unknown {
  if (typeof before === "string" && typeof next === "string") return before + next;
  if (isObject(before) && isObject(next)) return merged(before, next, last);
  if (Array.isArray(before) && Array.isArray(next)) return joinLists(before, next, last);
  return next;
}

/** Entries with an index, such as tool calls, are pieces of the one with the same; all others are one more. */
function joinLists(
  before: readonly unknown[],
  next: readonly unknown[],
  last: ReadonlySet<string>,
): readonly unknown[] {
  const list = [...before];
  for (const entry of next) {
    const index = numberAt(entry, "index");
    const at = index === undefined ? -1 : list.findIndex((known) => numberAt(known, "index") === index);
    if (at === -1) list.push(entry);
    else list[at] = join(list[at], entry, last);
  }
  return list;
}

function withoutNull(fields: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== null));
}
