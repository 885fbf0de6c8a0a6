/** A fault of a provider, and the bytes that it sends. */
import { type Asked, type Reply, beginningOf, replyTo } from "./reply.ts";

/** The secret of every hostile provider. It has no known format of a key. */
export const SECRET = "hostile0provider0secret";

/** What the client must get: an error, the whole reply, or either of the two. */
export type Expected = "error" | "reply" | "either";

/** Bytes, and the state of the connection after them. */
export interface Answer {
  readonly bytes: readonly (string | Uint8Array)[];
  readonly ending: "close" | "reset" | "stall";
}

export interface Fault {
  /** Unique. Also the name of the provider with the fault. */
  readonly name: string;
  readonly expected: (asked: Asked) => Expected;
  readonly answer: (asked: Asked) => Answer;
  /** The fault takes as long as a timeout: a short one of the provider (`stalls`), or a fixed one (`is slow`). */
  readonly pace?: "stalls" | "is slow" | undefined;
  /** Set for a provider that reads no requests. */
  readonly place?: "nowhere" | "hangs up" | undefined;
}

export interface HttpParts {
  /** The status with its reason, such as `200 OK`. */
  readonly status?: string;
  /** Header lines without line ends. */
  readonly headers?: readonly string[];
  readonly contentType?: string;
  /** How the end of the body is marked; the default is its length. */
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

/** Bytes made from the right reply. The connection closes after them. */
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

/** A body in a valid HTTP response with status 200. */
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

/** The beginning of a reply, followed by other bytes. */
export function brokenOff(name: string, then: (asked: Asked) => string): Fault {
  return bodyFault(name, "error", (reply, asked) => beginningOf(reply).join("") + then(asked));
}
