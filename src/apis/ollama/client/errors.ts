/**
 * Error responses of Ollama's own routes, with a status or as the last line of a stream.
 *
 *     {"error":"model 'm' not found"}
 */
import type { ProxyError } from "../../../chat/error.ts";

export function encodeError(error: ProxyError): { readonly error: string } {
  return { error: error.message };
}
