/**
 * Error responses of `/v1/messages`, with a status or inside a stream.
 *
 *     {"type":"error","error":{"type":"not_found_error","message":"model 'm' not found"},"request_id":"req_1"}
 */
import type { ProxyError } from "../../../chat/error.ts";

export function encodeError(error: ProxyError, id: string): object {
  const type = TYPES.get(error.status) ?? "api_error";
  return { type: "error", error: { type, message: wordsOf(error) }, request_id: `req_${id}` };
}

const TYPES: ReadonlyMap<number, string> = new Map([
  [400, "invalid_request_error"],
  [401, "authentication_error"],
  [403, "permission_error"],
  [404, "not_found_error"],
  [413, "request_too_large"],
  [429, "rate_limit_error"],
  [503, "overloaded_error"],
]);

/** Claude Code compacts the conversation after these exact words. Without them it stops. */
function wordsOf(error: ProxyError): string {
  if (error.kind !== "context-overflow" || /prompt is too long/i.test(error.message)) return error.message;
  return `prompt is too long: ${error.message}`;
}
