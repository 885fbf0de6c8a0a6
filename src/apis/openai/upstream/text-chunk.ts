/**
 * The usual chunk of a stream, which has nothing but text. Nearly all chunks are such, and looking for everything else in each of
 * them takes most of the time of decoding.
 *
 *     {"id":"1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}
 */
import { type JsonObject, isObject } from "../../../wire/json.ts";

/** Members that say nothing about the reply. Any other member must be null. */
const CHUNK: ReadonlySet<string> = new Set([
  "id",
  "object",
  "created",
  "model",
  "choices",
  "system_fingerprint",
  "service_tier",
]);
const CHOICE: ReadonlySet<string> = new Set(["index", "delta"]);
const DELTA: ReadonlySet<string> = new Set(["content", "role"]);

/** The text, which is not empty; undefined when the frame is not such a chunk. */
export function textOfChunk(frame: JsonObject): string | undefined {
  const { choices } = frame;
  if (frame["object"] !== "chat.completion.chunk" || !Array.isArray(choices) || choices.length !== 1)
    return undefined;
  const choice: unknown = choices[0];
  if (!isObject(choice) || choice["index"] !== 0 || !isObject(choice["delta"])) return undefined;
  const { content } = choice["delta"];
  if (typeof content !== "string" || content === "") return undefined;
  const isUsual = hasOnly(frame, CHUNK) && hasOnly(choice, CHOICE) && hasOnly(choice["delta"], DELTA);
  return isUsual ? content : undefined;
}

function hasOnly(object: JsonObject, members: ReadonlySet<string>): boolean {
  for (const member in object) if (object[member] !== null && !members.has(member)) return false;
  return true;
}
