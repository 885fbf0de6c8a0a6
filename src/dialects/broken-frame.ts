/** The error of a stream whose framing breaks after the reply has begun; the same for every upstream API. */
import { ProxyError } from "../chat/error.ts";

export function brokenFrame(cause: unknown): ProxyError {
  return new ProxyError(
    "upstream-invalid",
    "The provider sent something that is not valid JSON in the middle of the reply; try again",
    { cause },
  );
}
