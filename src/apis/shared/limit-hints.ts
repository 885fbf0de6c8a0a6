/**
 * Error responses that name a limit. The field is kept and its value is changed.
 *
 *     Range of max_tokens should be [1, 8192]
 *     max_tokens (1048576) exceeds model's maximum output tokens (65536) for model m
 *     This model's maximum context length is 8192 tokens and your request has 100 input tokens
 *     Invalid 'stop': array too long. Expected an array with maximum length 4, but got an array with length 5 instead.
 *     input batch size 100 > maximum allowed batch size 32
 *     This model only support stream mode
 *     Unsupported value: 'stream' does not support true with this model.
 */
import type { ProviderOptions } from "../../options/options.ts";
import { type JsonObject, arrayAt, isObject } from "../../wire/json.ts";
import type { RequestFix } from "../upstream-api.ts";
import { isContextOverflow } from "./context-overflow.ts";

type Limits = Partial<Pick<RequestFix, "set" | "drop" | "options" | "isOnce" | "onlyWith">>;

/** `text` is the body of the error response. Undefined: it names no limit that the request exceeds. */
export function limitIn(text: string, body: JsonObject, options: ProviderOptions): Limits | undefined {
  if (RATE.test(text)) return undefined;
  return (
    outputLimit(text, body) ??
    stopLimit(text, body, options) ??
    inputLimit(text, body, options) ??
    streamMode(text, body)
  );
}

/** Rate limits are not limits of a request. */
const RATE = /rate[ _-]?limit|per (?:min|day|hour)|\bTPM\b/i;

const OUTPUT = /max_?(?:completion_?|output_?|new_?)?tokens|(?:output|completion) tokens|maximum tokens/i;

function outputLimit(text: string, body: JsonObject): Limits | undefined {
  const field = ["max_tokens", "max_completion_tokens", "max_output_tokens"].find(
    (name) => typeof body[name] === "number",
  );
  if (field === undefined || !OUTPUT.test(text)) return undefined;
  const sent = Number(body[field]);
  if (/\bcontext\b|`inputs` tokens/i.test(text)) {
    const room = roomIn(text);
    return room >= MIN_ROOM && room < sent ? { set: { [field]: room }, isOnce: true } : undefined;
  }
  const most = largestLimit(text, sent);
  return most === undefined ? undefined : { set: { [field]: most } };
}

/** Minimum length of a useful reply, in tokens. Below it the client should shorten its conversation. */
const MIN_ROOM = 64;

/** Tokens of the context window that the prompt does not use. NaN: the text does not give both numbers. */
function roomIn(text: string): number {
  const [, used, total] = /(\d{1,9}) \+ \d{1,9} > (\d{1,9})/.exec(text) ?? [];
  if (used !== undefined) return Number(total) - Number(used);
  const [, window] =
    /must be <= (\d{1,9})/.exec(text) ?? /\bcontext \w{1,20}[^\d.]{0,40}(\d{1,9})/i.exec(text) ?? [];
  const [, input] =
    /(\d{1,9}) (?:in|of|from) (?:the |your )?(?:messages|prompt|text input|input)/i.exec(text) ??
    /(\d{1,9}) `?(?:inputs?|prompt)`? tokens/i.exec(text) ??
    [];
  return Number(window) - Number(input);
}

const STOP = /\bstop(?:[_ ]?(?:sequence|word|string)s?)?\b/i;
/** The limit of OpenAI's own API, whose error message gives no number. */
const DEFAULT_STOPS = 4;

function stopLimit(
  text: string,
  body: JsonObject,
  { maxStopSequences }: ProviderOptions,
): Limits | undefined {
  const { length } = arrayAt(body, "stop");
  if (length < 2 || !STOP.test(text)) return undefined;
  const most =
    largestLimit(text, length) ??
    (/['"`]\$?\.?stop['"`] is invalid|too many stop/i.test(text) && length > DEFAULT_STOPS
      ? DEFAULT_STOPS
      : undefined);
  return most === undefined || most === maxStopSequences
    ? undefined
    : { options: { maxStopSequences: most } };
}

const TOO_MANY = /too many (?:inputs|texts|documents|instances|items)|split into (?:more|smaller)/i;
/** The sum of the texts is too long, which says nothing about the number of others. */
const TOO_LONG =
  /too many tokens overall|batch.{0,40}too large|(?:payload|request entity|request body) too large|tokens? (?:per|in (?:the|your|a)) (?:submitted )?(?:request|batch)|batch has \d{1,9} tokens/i;

/** The largest batch of texts to embed: the number in the error text, or half of what was sent. */
function inputLimit(
  text: string,
  body: JsonObject,
  { maxEmbeddingBatch }: ProviderOptions,
): Limits | undefined {
  const input = arrayAt(body, "input");
  // Numbers are the tokens of one text, and objects are a conversation.
  if (input.length < 2 || typeof input[0] === "number" || isObject(input[0])) return undefined;
  const isLong = TOO_LONG.test(text);
  const isMany = isLong || TOO_MANY.test(text);
  const isMeant =
    isMany || /\bbatch|\barray\b|\binputs?\b|\btexts\b|instances?\b|\bitems\b|\brequests\b|数组/i.test(text);
  if (!isMeant || (!isMany && isContextOverflow(text))) return undefined;
  const most = largestLimit(text, input.length) ?? (isMany ? Math.ceil(input.length / 2) : undefined);
  if (most === undefined || most >= maxEmbeddingBatch) return undefined;
  return { options: { maxEmbeddingBatch: most }, isOnce: isLong };
}

/**
 * A number after words that announce a limit. After strict words, such as `less than`, the number itself is
 * not allowed.
 */
const LIMITS =
  /((?:less|lower|smaller|fewer) than or equal to|at most|up to|maximum|limit|not exceed|exceeds?|no more than|[<≤]=?|>|不能大于|不能超过|不超过|最大|(?:not|cannot) be (?:larger|greater|more|bigger|higher) than|(?:less|lower|smaller|fewer) than)([^\d.;{}]{0,60}?)(\d{1,3}(?:,\d{3}){1,3}|\d{1,12})\b/gi;

/** The largest limit in the text that is less than `sent`. */
export function largestLimit(text: string, sent: number): number | undefined {
  const found = [...text.matchAll(LIMITS)]
    .filter(([, , between = ""]) => !/code|status|error|got|received/i.test(between))
    .map(([, words = "", , digits = ""]) => Number(digits.replaceAll(",", "")) - (isStrict(words) ? 1 : 0));
  const [, end] = /\[\s?\d{1,9}, ?(\d{1,12})\s?\]/.exec(text) ?? [];
  const [, before] =
    /\b(\d{1,9}) (?:dimensions or less|\w{1,20}(?:\(s\))? (?:is|are) allowed)/i.exec(text) ?? [];
  const [, beyond] = /to (\d{1,12}) \(exclusive\)/.exec(text) ?? [];
  const named = [...found, Number(end ?? NaN), Number(before ?? NaN), Number(beyond ?? NaN) - 1];
  const below = named.filter((limit) => limit >= 1 && limit < sent);
  return below.length === 0 ? undefined : Math.max(...below);
}

function isStrict(words: string): boolean {
  return /^(?:less|lower|smaller|fewer) than$|^<$/i.test(words);
}

const ONLY_STREAMS =
  /only support(?:s)? stream(?:ing)? ?mode|non-streaming calls|not be support(?:ed)? when `?stream=False|must be streamed|stream(?:ing)? is (?:strongly )?required|set `?stream`? ?(?:to|=) ?true/i;

const NEVER_STREAMS =
  /['"`]?\bstream['"`]?(?:: ?true| ?= ?true)? (?:is not|is un|does not) ?support|\bstream(?:ing)?\b(?!_)(?: \w{1,20}){0,3} (?:is |are )?(?:not|n't) (?:yet |currently )?(?:support|available|allowed|enabled)|streaming (?:is )?(?:unsupported|disabled)|(?:not|n't|not yet|not currently) support stream(?:ing|ed)?\b(?!_)|(?:not|n't) support tool \w{1,12} (?:in|with|when) stream|verified to stream\b|\bstream['"`]? must be (?:set to )?false|remove ['"`]stream['"`]/i;

function streamMode(text: string, body: JsonObject): Limits | undefined {
  if (ONLY_STREAMS.test(text)) return body["stream"] === true ? undefined : { set: { stream: true } };
  if (body["stream"] !== true || !NEVER_STREAMS.test(text)) return undefined;
  const isAboutTools = /\btools?\b/i.test(text) && "tools" in body;
  return {
    set: { stream: false },
    drop: ["stream_options"],
    ...(isAboutTools ? { onlyWith: "tools" } : {}),
  };
}
