/** The status that an error means, where the HTTP status does not say it. */
import { type JsonObject, numberAt, objectAt, stringAt } from "../../wire/json.ts";

/**
 * Anthropic's special status 529 becomes the nearest standard status. A number that is not a status becomes
 * 502, because it is an error of the provider.
 */
export function passedOn(status: number): number {
  if (status === 529) return 503;
  return status > 599 ? 502 : status;
}

/** The status in the body. A stream that began with 200 has no better one. */
export function codedStatus(body: JsonObject): number | undefined {
  for (const source of [objectAt(body, "error"), body]) {
    for (const key of ["code", "status", "status_code"]) {
      const code = numberAt(source, key) ?? Number(stringAt(source, key) ?? "");
      if (Number.isInteger(code) && code >= 400 && code <= 599) return code;
    }
  }
  return MINIMAX_STATUSES.get(numberAt(objectAt(body, "base_resp"), "status_code"));
}

/** MiniMax's codes for rate limits, keys, credit and invalid parameters. */
const MINIMAX_STATUSES: ReadonlyMap<number | undefined, number> = new Map([
  [1002, 429],
  [1004, 401],
  [1008, 402],
  [1039, 429],
  [2013, 400],
  [2049, 401],
]);

/** Types of errors. A stream that began with 200 has no other status. */
const TYPED_STATUSES: readonly (readonly [type: RegExp, status: number])[] = [
  // Types of Anthropic and codes of OpenAI. OpenAI's types say less than its codes.
  [/authentication_error|invalid_api_key/i, 401],
  [/billing_error|insufficient_quota/i, 402],
  [/permission_error/i, 403],
  [/not_found_error|model_not_found/i, 404],
  [/request_too_large/i, 413],
  [/rate_limit_(?:error|exceeded)/i, 429],
  [/timeout_error/i, 504],
  [/overloaded_error|server_is_overloaded|slow_down/i, 529],
  [
    /invalid_?request|bad_?request|invalid_?(?:argument|parameter)|context_length_exceeded|invalid_prompt/i,
    400,
  ],
];

/** The status that the type of the error implies, for errors without a status. */
export function typedStatus(body: JsonObject): number {
  const error = objectAt(body, "error") ?? body;
  const words = ["type", "code", "status"].map((key) => stringAt(error, key) ?? "").join(" ");
  return TYPED_STATUSES.find(([type]) => type.test(words))?.[1] ?? 500;
}
