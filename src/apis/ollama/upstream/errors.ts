/**
 * Error responses of a real Ollama server.
 *
 *     {"error":"model 'm' not found"}          with a status, or as the last line of a stream
 *     {"StatusCode":404,"error":"…"}           relayed from its own cloud
 *     {"error":{"message":"…"}}  {"detail":"…"}  <html>…  plain text    from a gateway in front of it
 */
import { type ErrorKind, ProxyError, brokenReply, isTransientStatus } from "../../../chat/error.ts";
import { tooDeep } from "../../../wire/frame.ts";
import { isPermanent, isSpent } from "../../shared/permanent.ts";
import { messageIn } from "../../shared/upstream-errors.ts";
import { isObject, parseJson } from "../../../wire/json.ts";
import { tooDeepAt } from "../../../wire/nesting.ts";

/** Most characters of an error that are shown. */
const MAX_SHOWN = 2000;

/** Never throws. `status` is below 400 for an error inside a stream. */
export function decodeError(status: number, text: string): ProxyError {
  const body = parseJson(text);
  const hasWords = isObject(body) && (status >= 400 || "error" in body);
  const message = hasWords ? messageIn(body) : undefined;
  if (message !== undefined) return createError(status < 400 ? 500 : status, message.slice(0, MAX_SHOWN));
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
  const kind = kindOf(status, message);
  return new ProxyError(kind, message, {
    status: HAVE_OWN_STATUS.has(kind) ? undefined : status > 599 ? 502 : status,
    isTransient: isTransientStatus(status) && !isPermanent(status, message),
  });
}

/** For Ollama's clients the server's statuses of these errors have a special meaning. They get the status of the kind. */
const HAVE_OWN_STATUS: ReadonlySet<ErrorKind> = new Set(["unauthorized", "no-credit", "upstream-timeout"]);

function kindOf(status: number, message = ""): ErrorKind {
  if (isSpent(message)) return "no-credit";
  switch (status) {
    case 402:
      return "no-credit";
    case 401:
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
