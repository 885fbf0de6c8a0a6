/** The limits of one frame of a stream. A frame is held in memory until it is complete. */
import { WireError } from "./error.ts";
import { MAX_NESTING, tooDeepAt } from "./nesting.ts";

/** Characters of one line, one event or one JSON document of a stream. Large tool arguments and base64 images fit. */
const MAX_CHARACTERS = 32 * 1024 * 1024;

const TOO_LONG = `The provider sent an event that is longer than the limit of ${MAX_CHARACTERS / 1024 / 1024} Mi characters; request a shorter reply`;
const TOO_DEEP = `The provider sent JSON that is nested deeper than the limit of ${MAX_NESTING} levels; try again, or choose another model`;

/** Throws `WireError` for a frame of more than `MAX_CHARACTERS`. */
export function mustFit(length: number): void {
  if (length > MAX_CHARACTERS) throw new WireError(TOO_LONG, "", "limit");
}

export function tooDeep(): WireError {
  return new WireError(TOO_DEEP, "", "limit");
}

/** The error of a text that `parseJson` could not read. */
export function unreadable(text: string): WireError {
  return tooDeepAt(text) === -1 ? new WireError("A frame of the stream is not JSON", text) : tooDeep();
}
