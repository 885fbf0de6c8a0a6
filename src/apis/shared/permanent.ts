/**
 * Errors that a retry would get again, although their status suggests otherwise: credit that is spent, and
 * something that the provider does not support.
 *
 *     429 {"error":{"message":"You exceeded your current quota, please check your plan and billing details.","code":"insufficient_quota"}}
 *     429 {"error":"you've reached your weekly usage limit, upgrade for higher limits"}       Ollama's cloud
 *     429 {"error":{"code":"1113","message":"余额不足或无可用资源包,请充值。"}}               Zhipu
 *     500 {"error":{"message":"image input is not supported","type":"server_error"}}          llama.cpp
 *     501 {"error":"not implemented"}
 */

const SPENT =
  /insufficient[_ ]quota|arrearage|billing|insufficient[_ ](?:balance|credits?|funds)|exceeded[_ ](?:your )?current[_ ]quota|out of credits|credit balance|(?:usage|spending|spend|monthly|weekly) limit|quota (?:is |has been )?exhausted|free tier .{0,60}exhausted|overdue|余额不足|欠费|充值/i;

/** Rate limits of Groq and Google mention billing or quotas too, but they say when to come back. */
const RETRY_TIME = /(?:retry|try again) (?:in|after) \d/i;

/** Whether the provider refuses because of money. It is refused until somebody pays. */
export function isSpent(words: string): boolean {
  return SPENT.test(words) && !RETRY_TIME.test(words);
}

const UNSUPPORTED =
  /(?:\bnot|n't|\bnever) (?:yet |currently |been )?(?:support|implement)(?:s|ed)?\b|\bunsupported\b|not a (?:multimodal|vision) model|missing data required for image/i;

/** Images that the provider cannot read. */
const BAD_IMAGE =
  /\b(?:invalid|corrupt(?:ed)?|unknown|illegal) image|\bimage: unknown format|(?:cannot|can't|could not|couldn't|failed to|unable to) \w{2,12} (?:the |an? |input )?image/i;

/** Whether the provider, or the model, does not support something in the request. */
export function isUnsupported(status: number, words: string): boolean {
  return NEVER_SUPPORTED.has(status) || UNSUPPORTED.test(words) || BAD_IMAGE.test(words);
}

/** Not Implemented, and HTTP Version Not Supported. */
const NEVER_SUPPORTED: ReadonlySet<number> = new Set([501, 505]);

/** A field or a value that the provider does not know. */
const INVALID = /extra_forbidden|extra inputs are not permitted|validation error/i;

/** `words` are the message, with its codes and types. */
export function isPermanent(status: number, words: string): boolean {
  return isSpent(words) || isUnsupported(status, words) || INVALID.test(words);
}
