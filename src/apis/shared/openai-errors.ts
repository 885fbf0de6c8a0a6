/**
 * Error responses of OpenAI's routes, with a status or inside a stream.
 *
 *     {"error":{"message":"model 'm' not found","type":"not_found_error","param":null,"code":null}}
 */
import type { ProxyError } from "../../chat/error.ts";

export function encodeError(error: ProxyError): object {
  return {
    error: {
      message: error.message,
      type: typeFor(error),
      param: null,
      code: codeFor(error),
    },
  };
}

/**
 * Clients shorten the conversation and try again after the first code. They ask for another key after the
 * second.
 */
function codeFor({ kind }: ProxyError): string | null {
  if (kind === "context-overflow") return "context_length_exceeded";
  return kind === "invalid-key" ? "invalid_api_key" : null;
}

function typeFor({ status, kind }: ProxyError): string {
  if (status === 400 || kind === "invalid-key") return "invalid_request_error";
  return status === 404 ? "not_found_error" : "api_error";
}
