/**
 * Errors inside a stream that began with 200, in every format of `upstream-errors.ts` and in these:
 *
 *     {"choices":null,"error_type":"…","error_message":"…"}
 *     {"choices":[{"index":0,"error":{"message":"…"}}]}                OpenRouter; `error` may be text
 *     {"choices":[],"code":429,"message":"…"}                          relays
 *     {"choices":null,"base_resp":{"status_code":1008,"status_msg":"…"}}   MiniMax; code 0 is a success
 */
import { ProxyError } from "../../chat/error.ts";
import { type JsonObject, arrayAt, isObject, numberAt, objectAt, stringAt } from "../../wire/json.ts";
import { codedStatus } from "./error-status.ts";
import { messageIn, reportedError } from "./upstream-errors.ts";

/** The error that a frame of a stream reports. Undefined when it reports none. */
export function errorInFrame(frame: unknown, name: string | undefined): ProxyError | undefined {
  const body: unknown = Array.isArray(frame) ? frame[0] : frame;
  if (!isObject(body)) return noObject();
  const choices = arrayAt(body, "choices");
  if (name === "error" || hasError(body) || body["object"] === "error") return reportedError(body);
  if ((numberAt(objectAt(body, "base_resp"), "status_code") ?? 0) !== 0) return reportedError(body);
  if (choices.length === 0 && isExplanation(body)) return reportedError(body);
  for (const choice of choices) {
    if (!isObject(choice)) continue;
    if (hasError(choice)) return reportedError(choice);
    if (hasContent(choice)) continue;
    const failed = [choice, body].find(namesError);
    if (failed !== undefined) return reportedError(failed);
  }
  return Array.isArray(frame) ? noObject() : undefined;
}

/** The error for a list that the provider sent instead of a frame. */
export function errorInList(list: readonly unknown[], name: string | undefined): ProxyError {
  return errorInFrame(list, name) ?? noObject();
}

function hasError({ error }: JsonObject): boolean {
  return isObject(error) || (typeof error === "string" && error !== "");
}

/** Fields whose name means an error. */
const NAMED = ["error_message", "errorMessage", "error_msg", "errmsg", "error_type"];

function namesError(body: JsonObject): boolean {
  return NAMED.some((field) => isFailure(body[field]));
}

/** Successful replies of some providers have these fields too. */
function isFailure(value: unknown): boolean {
  return typeof value === "string" && value !== "" && !/^(?:ok|success\w*|none|no error)$/i.test(value);
}

function hasContent(choice: JsonObject): boolean {
  const content = stringAt(choice["delta"], "content");
  return content !== undefined && content !== "";
}

/**
 * Whether a frame without a choice is an error. Such a frame has a message, which a frame of a reply does not
 * have.
 */
function isExplanation(body: JsonObject): boolean {
  if (body["type"] === "error" || namesError(body)) return true;
  if (isObject(body["usage"]) || body["code"] === 0 || messageIn(body) === undefined) return false;
  return !Array.isArray(body["choices"]) || codedStatus(body) !== undefined;
}

function noObject(): ProxyError {
  return new ProxyError("upstream-invalid", "The provider sent a reply that is not a JSON object; try again");
}
