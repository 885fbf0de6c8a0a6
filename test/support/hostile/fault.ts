/** One way in which a provider fails, and how it is put on the wire. */
import { type Asked, type Reply, beginningOf, replyTo } from "./reply.ts";

/** The secret of every hostile provider; its form is nobody's in particular. */
export const SECRET = "hostile0provider0secret";

/** What the client must get: an error, the whole reply, or either of the two. */
export type Expected = "error" | "reply" | "either";

/** Bytes, and what becomes of the connection after the last of them. */
export interface Answer {
  readonly bytes: readonly (string | Uint8Array)[];
  readonly ending: "close" | "reset" | "stall";
}

export interface Fault {
  /** Unique; the tag of the provider that has the fault. */
  readonly name: string;
  readonly expected: (asked: Asked) => Expected;
  readonly answer: (asked: Asked) => Answer;
  /** Takes as long as a time limit: the provider's own limits, which are short for these alone, or one that is fixed. */
  readonly pace?: "stalls" | "is slow" | undefined;
  /** Where the provider listens, if it does not take requests at all. */
  readonly place?: "nowhere" | "hangs up" | undefined;
}

export interface HttpParts {
  /** With the reason, e.g. `200 OK`. */
  readonly status?: string;
  /** Lines without their ends. */
  readonly headers?: readonly string[];
  readonly contentType?: string;
  /** How the end of the body is told; by default its length. */
  readonly framing?: "length" | "chunked" | "close";
}

/** The bytes of an HTTP response. */
export function http(body: string | Uint8Array, parts: HttpParts = {}): readonly (string | Uint8Array)[] {
  const { framing = "length" } = parts;
  const bytes = Buffer.from(body);
  const told = { length: [`content-length: ${bytes.length}`], chunked: CHUNKED, close: [] }[framing];
  const start = head({ ...parts, headers: [...told, ...(parts.headers ?? [])] });
  return framing === "chunked" ? [start, ...chunk(bytes), LAST_CHUNK] : [start, bytes];
}

export const CHUNKED = ["transfer-encoding: chunked"];
export const LAST_CHUNK = "0\r\n\r\n";

export function head({ status = "200 OK", headers = [], contentType }: HttpParts): string {
  const type = contentType === undefined ? [] : [`content-type: ${contentType}`];
  return `${[`HTTP/1.1 ${status}`, ...type, ...headers, "connection: close"].join("\r\n")}\r\n\r\n`;
}

export function chunk(body: string | Uint8Array): readonly (string | Uint8Array)[] {
  const bytes = Buffer.from(body);
  return bytes.length === 0 ? [] : [`${bytes.length.toString(16)}\r\n`, bytes, "\r\n"];
}

export function bodyOf({ frames }: Reply): string {
  return frames.join("");
}

/** Bytes that are made of the good reply, after which the connection closes. */
export function rawFault(
  name: string,
  expected: Expected | Fault["expected"],
  make: (reply: Reply, asked: Asked) => readonly (string | Uint8Array)[],
): Fault {
  return {
    name,
    expected: typeof expected === "function" ? expected : () => expected,
    answer: (asked) => ({ bytes: make(replyTo(asked), asked), ending: "close" }),
  };
}

/** A body in a sound HTTP response with status 200. */
export function bodyFault(
  name: string,
  expected: Expected | Fault["expected"],
  make: (reply: Reply, asked: Asked) => string | Uint8Array,
  parts: HttpParts = {},
): Fault {
  return rawFault(name, expected, (reply, asked) =>
    http(make(reply, asked), { contentType: reply.contentType, ...parts }),
  );
}

/** The beginning of a reply, and then something else. */
export function brokenOff(name: string, then: (asked: Asked) => string): Fault {
  return bodyFault(name, "error", (reply, asked) => beginningOf(reply).join("") + then(asked));
}
