/**
 * Error responses of a real Ollama server.
 *
 *     {"error":"model 'm' not found"}          with a status, or as the last line of a stream
 *     {"StatusCode":404,"error":"…"}           relayed from its own cloud
 *     <html>…  plain text                      from a gateway in front of it
 */
import { type ErrorKind, ProxyError, brokenReply, isTransientStatus } from "../../../chat/error.ts";
import { tooDeep } from "../../../wire/frame.ts";
import { PERMANENT_ERROR } from "../../shared/permanent.ts";
import { parseJson, stringAt } from "../../../wire/json.ts";
import { tooDeepAt } from "../../../wire/nesting.ts";

/** Never throws. `status` is below 400 for an error inside a stream. */
export function decodeError(status: number, text: string): ProxyError {
  const message = stringAt(parseJson(text), "error");
  if (message !== undefined && message !== "") return createError(status < 400 ? 500 : status, message);
  if (status < 400 && tooDeepAt(text) !== -1) return brokenReply(tooDeep());
  if (status < 400 || /^\s*</.test(text)) {
    return new ProxyError(
      status === 404 ? "upstream-invalid" : kindOf(status),
      `The provider sent something that is not an Ollama reply (status ${status}); check its "url" and "api_type"`,
    );
  }
  const words = text.trim().slice(0, 300);
  const detail = words === "" ? " without an explanation" : `: ${words}`;
  return createError(status, `The provider returned status ${status}${detail}`);
}

function createError(status: number, message: string): ProxyError {
  const kind = kindOf(status);
  // These statuses have a special meaning for Ollama's clients, so the status of the kind is used.
  const hasOwnStatus = kind === "unauthorized" || kind === "upstream-timeout";
  return new ProxyError(kind, message, {
    status: hasOwnStatus ? undefined : status > 599 ? 502 : status,
    isTransient: isTransientStatus(status) && !PERMANENT_ERROR.test(message),
  });
}

function kindOf(status: number): ErrorKind {
  switch (status) {
    case 401:
    case 402:
    case 403:
      return "unauthorized";
    case 404:
      return "model-not-found";
    case 408:
    case 504:
      return "upstream-timeout";
    case 429:
      return "rate-limited";
    case 503:
      return "overloaded";
    default:
      if (status < 400) return "upstream-invalid";
      return status >= 500 ? "internal" : "bad-request";
  }
}
