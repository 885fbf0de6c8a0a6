/**
 * Checks that a body is a valid reply of an Ollama server, for routes that relay it unchanged.
 *
 *     {"message":{"role":"assistant","content":"Hi"},"done":true}    /api/chat
 *     {"response":"Hi","done":true}                                  /api/generate; models of images send `image`
 *     {"embeddings":[[0.1,…]]}                                       /api/embed; empty when `input` is
 *     {"embedding":[0.1,…]}                                          /api/embeddings; empty when `prompt` is
 */
import { type JsonObject, arrayAt, isObject, objectAt, parseJson, stringAt } from "../../wire/json.ts";

/** Whether one object is the complete reply to `request` on that path. */
export function isWholeReply(path: string, reply: unknown, request: unknown): boolean {
  if (!isObject(reply) || "error" in reply) return false;
  switch (path) {
    case "/api/chat":
    case "/api/generate":
      return isLine(reply) && (reply["done"] === true || isRendered(reply));
    case "/api/embed": {
      const vectors = reply["embeddings"];
      if (!Array.isArray(vectors)) return false;
      return vectors.length === 0 ? isBlank(request, "input") : vectors.every(isVector);
    }
    case "/api/embeddings": {
      const vector = reply["embedding"];
      return isVector(vector) || (Array.isArray(vector) && isBlank(request, "prompt"));
    }
    default:
      return true;
  }
}

/**
 * Whether a body is the reply to a request that manages models: empty, or an object such as
 * `{"status":"success"}`.
 */
export function isDone(text: string): boolean {
  const reply = parseJson(text);
  return text.trim() === "" || (isObject(reply) && !("error" in reply));
}

/** Whether it is the reply to `_debug_render_only`: the prompt, without a reply of the model. Then there is nothing more. */
export function isRendered(line: JsonObject): boolean {
  return isObject(line["_debug_info"]);
}

/** Whether an object is a line of a streamed reply. */
export function isLine(line: unknown): boolean {
  const message = objectAt(line, "message");
  if (message === undefined) return ["response", "image"].some((key) => stringAt(line, key) !== undefined);
  const isText = ["content", "thinking"].some((key) => stringAt(message, key) !== undefined);
  return isText || arrayAt(message, "tool_calls").length > 0;
}

function isVector(value: unknown): boolean {
  return Array.isArray(value) && value.length > 0 && value.every((number) => typeof number === "number");
}

function isBlank(request: unknown, key: string): boolean {
  const value = isObject(request) ? request[key] : undefined;
  return (
    value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0)
  );
}
