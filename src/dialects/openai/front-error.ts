/**
 * How OpenAI's routes say that they failed, with a status or in the middle of a stream.
 *
 *     {"error":{"message":"model 'm' not found","type":"not_found_error","param":null,"code":null}}
 */
import type { ProxyError } from "../../chat/error.ts";

export function encodeError(error: ProxyError): object {
  return {
    error: {
      message: error.message,
      type: typeFor(error.status),
      param: null,
      // Clients shorten the conversation and try again when they read this word.
      code: error.kind === "context-overflow" ? "context_length_exceeded" : null,
    },
  };
}

function typeFor(status: number): string {
  if (status === 400) return "invalid_request_error";
  return status === 404 ? "not_found_error" : "api_error";
}
