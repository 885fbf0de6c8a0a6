/**
 * Error responses of OpenAI-compatible providers, with a status or inside a stream that began with 200.
 *
 *     {"error":{"message":"…","type":"…","param":null,"code":"…"}}     OpenAI and most (code may be a status)
 *     {"error":"…"}  {"error":"…","code":"…"}                          LM Studio, Hugging Face, xAI
 *     {"object":"error","message":"…","code":400}                      vLLM, SGLang, Mistral (message may be an object)
 *     {"message":"…"}  {"detail":"…"}  {"detail":[{"loc":…,"msg":…}]}  Cerebras, FastAPI hosts
 *     [{"error":{"code":400,"message":"…"}}]                           Gemini
 *     {"code":20015,"message":"…","data":null}                         SiliconFlow
 *     {"error":{"message":"…","metadata":{"raw":"{…}"}}}               OpenRouter, quoting its provider
 *     {"fault":{"faultstring":"…"}}  {"errors":[{"message":"…"}]}      Apigee, Cloudflare
 *     {"base_resp":{"status_code":1004,"status_msg":"login fail"}}     MiniMax, with status 200
 *     {"errcode":40001,"errmsg":"…"}  {"error_msg":"…"}                hosts in China
 *     {'error': {'message': '…'}}                                      Python's notation
 *     {"Response":{"Error":{"Message":"…"}}}                           any other JSON is shown as it is
 *     <html>…  plain text  nothing at all                              gateways
 */
import { type ErrorKind, ProxyError, brokenReply, emptyReply, isTransientStatus } from "../../chat/error.ts";
import { tooDeep } from "../../wire/frame.ts";
import { type JsonObject, arrayAt, isObject, objectAt, parseJson, stringAt } from "../../wire/json.ts";
import { tooDeepAt } from "../../wire/nesting.ts";
import { isEventStream } from "../../wire/sse.ts";
import { isContextOverflow } from "./context-overflow.ts";
import { codedStatus, passedOn, typedStatus } from "./error-status.ts";
import { isPermanent, isSpent, isUnsupported } from "./permanent.ts";

/** The error for an explanation in plain text. */
export function errorInWords(words: string): ProxyError {
  return createError(500, redact(words), "");
}

/** The error that a body with status 200 reports. */
export function reportedError(body: JsonObject): ProxyError {
  return errorFrom(body, codedStatus(body) ?? typedStatus(body));
}

/** The error for a reply whose status is not 2xx or whose body is not a valid reply. Never throws. */
export function decodeError(status: number, text: string): ProxyError {
  const body = parseJson(text);
  const first: unknown = Array.isArray(body) ? body[0] : body;
  const saysError = isObject(first) && (status >= 400 || "error" in first || messageIn(first) !== undefined);
  if (saysError) return errorFrom(first, status < 400 ? (codedStatus(first) ?? 502) : status);
  const page = /^\s*(?:<!doctype html|<html|<\?xml|<head|<body)/i.test(text);
  if (status < 400) return noReply(page, body, text);
  const head = text.slice(0, MAX_READ);
  const words = page ? (/<title[^<>]*>([^<]*)/i.exec(head)?.[1] ?? "") : head;
  const message = oneLine(words.replaceAll(/<[^<>]*>/g, " "));
  return createError(status, message === "" ? unexplained(status) : message, "");
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ").trim().slice(0, MAX_SHOWN);
}

/** Most characters of an explanation whose format is unknown. */
const MAX_SHOWN = 300;

/** The error for a body with a success status that is neither a reply nor an error. */
function noReply(isPage: boolean, body: unknown, text: string): ProxyError {
  if (body === undefined && tooDeepAt(text) !== -1) return brokenReply(tooDeep());
  if (text.trim() === "") return emptyReply();
  if (PYTHON_ERROR.test(text)) return errorInWords(oneLine(text));
  const message = isPage
    ? 'The provider returned an HTML page instead of an API response; check whether its "url" lacks "/v1"'
    : body === undefined && /^\s*[[{]/.test(text)
      ? "The provider sent a reply that is incomplete or not valid JSON; try again"
      : `The provider returned something that is not an API response${shown(body, text)}; check its "url"`;
  return new ProxyError("upstream-invalid", message);
}

/** An error as Python prints it. */
const PYTHON_ERROR = /^\s*\{\s*'(?:error|message|detail|code|status|type)'/;

/** Plain text is included in the message, because it often explains the error. */
function shown(body: unknown, text: string): string {
  return body === undefined && !isEventStream(text) ? `: "${redact(oneLine(text.slice(0, 2000)))}"` : "";
}

/** Most characters of a page or a text that are searched for an explanation. */
const MAX_READ = 64 * 1024;

/** An empty error response is the only sign of a too long request at Cerebras. */
function unexplained(status: number): string {
  const guess = status === 400 || status === 413 ? "; most likely the prompt is too long" : "";
  return `The provider returned status ${status} without an explanation${guess}`;
}

function errorFrom(body: JsonObject, status: number): ProxyError {
  const error = objectAt(body, "error") ?? body;
  const code = stringAt(error, "code") ?? stringAt(error, "type") ?? stringAt(body, "code") ?? "";
  const type = stringAt(error, "type") ?? stringAt(error, "status") ?? "";
  const message = redact(messageIn(body) ?? unknownExplanation(body));
  return createError(status, message, `${code} ${type}`);
}

/** An error in an unknown format is shown as it is, because it contains the provider's words. */
function unknownExplanation(body: JsonObject): string {
  const hasText = Object.values(body).some((value) => (isObject(value) ? isFilled(value) : isWord(value)));
  const quoted = hasText ? `: ${oneLine(JSON.stringify(body).slice(0, 2000))}` : "";
  return `The provider reported an error without an explanation${quoted}; try again`;
}

function isFilled(value: JsonObject): boolean {
  return Object.keys(value).length > 0;
}

function isWord(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

/** `words` are the codes and types next to the message. They decide when the status does not. */
function createError(status: number, message: string, words: string): ProxyError {
  const kind = kindOf(status, `${words} ${message}`);
  if (kind === "upstream-no-path") {
    const hint = 'check whether its "url" lacks "/v1"';
    return new ProxyError(kind, `${message.trimEnd().replace(/[.;]$/, "")} (status ${status}); ${hint}`);
  }
  const isOurs =
    kind === "bad-request" || kind === "forbidden" || kind === "overloaded" || kind === "internal";
  return new ProxyError(kind, message, {
    status: isOurs ? passedOn(status) : undefined,
    isTransient: isTransientStatus(status) && !isPermanent(status, `${words} ${message}`),
  });
}

/** The first match is used. The texts are known from real providers. */
const KINDS: readonly (readonly [RegExp, ErrorKind])[] = [
  // Google rejects a key with 400.
  [
    /invalid_api_key|\bapi[ _-]?key\b.{0,20} (?:not valid|invalid|incorrect|expired|revoked)|(?:invalid|incorrect|expired) (?:api[ _-]?key|credential)/i,
    "unauthorized",
  ],
  [
    /model_not_found|model .{1,200} (?:does not exist|not found|not exist)|InvalidEndpointOrModel\.NotFound|no endpoints found|is not a valid model id|not_found_error model: \S/i,
    "model-not-found",
  ],
  // Azure, and Alibaba's check of prompts, with status 400.
  [
    /content_filter|content management policy|data_?inspection_?failed|content_policy_violation/i,
    "forbidden",
  ],
  [/does not support tools|tool choice requires --enable-auto-tool-choice/i, "unsupported"],
  [/rate_limit/i, "rate-limited"],
  [/overloaded/i, "overloaded"],
];

function kindOf(status: number, words: string): ErrorKind {
  if (status !== 429 && isContextOverflow(words)) return "context-overflow";
  if (isSpent(words)) return "no-credit";
  for (const [pattern, kind] of KINDS) {
    if (pattern.test(words)) return kind;
  }
  switch (status) {
    case 401:
      return "unauthorized";
    case 402:
      return "no-credit";
    case 403:
      return /moderation|flagged|region|country|territory/i.test(words) ? "forbidden" : "unauthorized";
    case 408:
    case 504:
      return "upstream-timeout";
    case 404:
    case 405:
      return NO_PATH.test(words) ? "upstream-no-path" : "bad-request";
    case 429:
      return "rate-limited";
    case 503:
    case 529:
      return "overloaded";
    default:
      if (status < 500) return "bad-request";
      return isUnsupported(status, words) ? "unsupported" : "internal";
  }
}

/** Messages about a missing path, as opposed to a missing model. */
const NO_PATH =
  /not found|not allowed|no (?:such )?(?:route|path|endpoint)|invalid url|cannot (?:post|get)|unknown (?:url|path|endpoint)|The provider returned status \d+ without an explanation/i;

/**
 * Providers quote other providers, but only a few levels deep. Deeper nesting explains nothing and would
 * exhaust the stack.
 */
const MAX_DEPTH = 10;

/** The explanation, from any known place in the body. Undefined when the next `depth` levels have none. */
export function messageIn(body: JsonObject, depth = MAX_DEPTH): string | undefined {
  if (depth === 0) return undefined;
  const error = objectAt(body, "error");
  const textOf = (value: unknown): string | undefined => explanationIn(value, depth - 1);
  const raw = stringAt(objectAt(error, "metadata"), "raw");
  const message =
    textOf(error?.["message"]) ??
    // The message was searched already. Searching it again at every level would take exponential time.
    textOf(error === undefined ? body["error"] : { ...error, message: undefined }) ??
    stringAt(objectAt(body, "fault"), "faultstring") ??
    textOf(body["message"]) ??
    textOf(body["detail"]) ??
    textOf(body["details"]) ??
    stringAt(body, "msg") ??
    textOf(body["err"]) ??
    stringAt(body, "error_msg") ??
    stringAt(body, "error_message") ??
    stringAt(body, "errorMessage") ??
    stringAt(body, "errmsg") ??
    stringAt(objectAt(body, "base_resp"), "status_msg") ??
    stringAt(arrayAt(body, "errors")[0], "message") ??
    stringAt(objectAt(body, "header"), "message") ??
    stringAt(objectAt(objectAt(body, "response"), "error"), "message") ??
    stringAt(objectAt(objectAt(body, "data"), "error"), "message") ??
    stringAt(body, "error_type");
  if (raw === undefined || raw === "") return message;
  const quoted = textOf(raw) ?? raw;
  return message === undefined ? quoted : `${message}: ${quoted}`;
}

/** A text, the text inside JSON text, or the problems of a validation report as `path: problem`. */
function explanationIn(value: unknown, depth: number): string | undefined {
  if (typeof value === "string") {
    const inner = /^\s*[[{]/.test(value) && depth > 0 ? parseJson(value) : undefined;
    return (
      (inner === undefined ? undefined : explanationIn(inner, depth - 1)) ??
      (value === "" ? undefined : value)
    );
  }
  if (depth === 0) return undefined;
  if (Array.isArray(value)) {
    const texts = value.map((entry) => explanationIn(entry, depth - 1)).filter((text) => text !== undefined);
    return texts.length === 0 ? undefined : texts.join("\n");
  }
  if (!isObject(value)) return undefined;
  const path = arrayAt(value, "loc").join(".");
  const problem = stringAt(value, "msg");
  if (problem !== undefined && path !== "") return `${path}: ${problem}`;
  return problem ?? messageIn(value, depth);
}

/** Some providers quote the key that they reject. */
function redact(message: string): string {
  return message.replaceAll(/\b(sk-|Bearer\s+|key=)[A-Za-z0-9._~+/-]{6,}/g, "$1***").slice(0, 2000);
}
