/**
 * Merges the chunks of a streamed reply into a whole reply, for providers that only stream.
 *
 *     {"choices":[{"index":0,"delta":{"role":"assistant","content":"H"}}]}
 *     {"choices":[{"index":0,"delta":{"content":"i"},"finish_reason":"stop"}]}       become
 *     {"object":"chat.completion","choices":[{"index":0,"message":{"role":"assistant","content":"Hi"},"finish_reason":"stop"}]}
 *
 * Pieces of text are concatenated. Lists are appended. Of any other value the last one is kept. Unknown
 * fields are kept in the same way. Completions have `text` in place of the delta. The cost of a chunk depends
 * on its own size, not on the length of the reply.
 */
import { type JsonObject, arrayAt, isObject, numberAt } from "../../wire/json.ts";

export function mergeChunks(chunks: readonly unknown[]): JsonObject {
  const reply: Owned = {};
  const choices = new Map<number, Owned>();
  const merger = new Merger();
  for (const chunk of chunks) {
    if (!isObject(chunk)) continue;
    for (const choice of arrayAt(chunk, "choices")) {
      if (!isObject(choice)) continue;
      const index = numberAt(choice, "index") ?? 0;
      const known = choices.get(index) ?? {};
      merger.add(known, choice);
      choices.set(index, known);
    }
    for (const [key, value] of Object.entries(chunk)) {
      if (key !== "choices" && value !== null) reply[key] = value;
    }
  }
  const ordered = [...choices].toSorted(([a], [b]) => a - b).map(([, choice]) => choice);
  const isChat = ordered.some((choice) => "delta" in choice || "message" in choice);
  return { ...reply, ...(isChat ? { object: "chat.completion" } : {}), choices: ordered.map(asWhole) };
}

/** An object created in this file, so it may be changed. */
type Owned = { [key: string]: unknown };

/** Fields whose text comes whole, not in pieces. */
const LAST: ReadonlySet<string> = new Set(["finish_reason", "role", "id", "type", "name", "object"]);

function asWhole({ delta, ...choice }: JsonObject): JsonObject {
  if (!isObject(delta)) return choice;
  const calls = arrayAt(delta, "tool_calls");
  const message = { role: "assistant", content: null, ...delta };
  return { ...choice, message: calls.length === 0 ? message : { ...message, tool_calls: calls } };
}

class Merger {
  /** All objects that the merger created. */
  readonly #objects = new Map<unknown, Owned>();
  readonly #lists = new Map<unknown, OwnedList>();

  /** Adds the fields of a piece to `target`. */
  add(target: Owned, piece: JsonObject): void {
    for (const [key, value] of Object.entries(piece)) {
      if (value === null || (value === "" && LAST.has(key))) continue;
      target[key] = LAST.has(key) ? value : this.#join(target[key], value);
    }
  }

  #join(before: unknown, next: unknown): unknown {
    if (typeof before === "string" && typeof next === "string") return before + next;
    const object = this.#objects.get(before);
    if (object !== undefined && isObject(next)) {
      this.add(object, next);
      return object;
    }
    const list = this.#lists.get(before);
    if (list !== undefined && Array.isArray(next)) {
      for (const entry of next) this.#addEntry(list, entry);
      return list.entries;
    }
    return this.#own(next);
  }

  /**
   * An entry with an index, such as a tool call, is merged with the earlier entry of that index. Any other
   * entry is appended.
   */
  #addEntry({ entries, positions }: OwnedList, entry: unknown): void {
    const index = numberAt(entry, "index");
    const at = index === undefined ? undefined : positions.get(index);
    if (at !== undefined) {
      entries[at] = this.#join(entries[at], entry);
      return;
    }
    if (index !== undefined) positions.set(index, entries.length);
    entries.push(this.#own(entry));
  }

  /** A copy of a list or an object, which may be changed. Other values are returned unchanged. */
  #own(value: unknown): unknown {
    if (isObject(value)) {
      const object: Owned = {};
      for (const [key, inner] of Object.entries(value)) object[key] = this.#own(inner);
      this.#objects.set(object, object);
      return object;
    }
    if (!Array.isArray(value)) return value;
    const entries = value.map((entry) => this.#own(entry));
    const positions = new Map<number, number>();
    for (const [position, entry] of entries.entries()) {
      const index = numberAt(entry, "index");
      if (index !== undefined && !positions.has(index)) positions.set(index, position);
    }
    this.#lists.set(entries, { entries, positions });
    return entries;
  }
}

interface OwnedList {
  readonly entries: unknown[];
  /** For each index, the position of its first entry. */
  readonly positions: Map<number, number>;
}
