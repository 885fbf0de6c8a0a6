/** The error of a stream whose framing breaks after the reply has begun; the same for every upstream API. */
import { ProxyError } from "../../chat/error.ts";
import { WireError } from "../../wire/error.ts";

/** `cause` may be the `WireError` of a limit, whose words are the user's. */
export function brokenFrame(cause: unknown): ProxyError {
  if (cause instanceof WireError && cause.reason === "limit") {
    return new ProxyError("upstream-invalid", cause.message, { cause });
  }
  return new ProxyError(
    "upstream-invalid",
    "The provider sent something that is not valid JSON in the middle of the reply; try again",
    { cause },
  );
}
