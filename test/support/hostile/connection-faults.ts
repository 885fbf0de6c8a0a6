/** Faults of connections and of HTTP. */
import {
  type Answer,
  CHUNKED,
  type Fault,
  LAST_CHUNK,
  bodyOf,
  rawFault,
  chunk,
  head,
  http,
} from "./fault.ts";
import { type Asked, type Reply, beginningOf, replyTo } from "./reply.ts";

const ENDINGS = ["close", "reset", "stall"] as const;

/** Places where a connection can end, with the bytes before them. */
const PLACES: readonly (readonly [name: string, make: (reply: Reply) => Answer["bytes"]])[] = [
  ["before-head", () => []],
  ["in-head", () => ["HTTP/1.1 200 OK\r\ncontent-ty"]],
  ["after-head", (reply) => [head({ contentType: reply.contentType, headers: ["content-length: 900"] })]],
  ["after-head-chunked", (reply) => [head({ contentType: reply.contentType, headers: CHUNKED })]],
  ["in-body", (reply) => [lengthHead(reply), ...beginningOf(reply)]],
  ["in-body-chunked", (reply) => [chunkedHead(reply), ...chunk(beginningOf(reply).join(""))]],
  ["in-chunk", (reply) => [chunkedHead(reply), "fff\r\n", ...beginningOf(reply)]],
];

function lengthHead(reply: Reply): string {
  const headers = [`content-length: ${Buffer.byteLength(bodyOf(reply))}`];
  return head({ contentType: reply.contentType, headers });
}

function chunkedHead({ contentType }: Reply): string {
  return head({ contentType, headers: CHUNKED });
}

const BROKEN_OFF: readonly Fault[] = ENDINGS.flatMap((ending) =>
  PLACES.map(([place, make]): Fault => ({
    name: `${ending}-${place}`,
    expected: () => "error",
    answer: (asked) => ({ bytes: make(replyTo(asked)), ending }),
    pace: ending === "stall" ? "stalls" : undefined,
  })),
);

function head200(name: string, expected: "reply" | "either", headers: readonly string[]): Fault {
  return rawFault(name, expected, (reply) =>
    http(bodyOf(reply), { contentType: reply.contentType, headers }),
  );
}

function framed(name: string, expected: "reply" | "either" | "error", make: (body: string) => string): Fault {
  return rawFault(name, expected, (reply) => [chunkedHead(reply), make(bodyOf(reply))]);
}

function hex(text: string): string {
  return Buffer.byteLength(text).toString(16);
}

function lengthOf(
  name: string,
  expected: Parameters<typeof rawFault>[1],
  length: (real: number) => string,
): Fault {
  return rawFault(name, expected, (reply) => {
    const headers = [`content-length: ${length(Buffer.byteLength(bodyOf(reply)))}`];
    return [head({ contentType: reply.contentType, headers }), bodyOf(reply)];
  });
}

/** A stream without its last frame, which contains nothing new. A reply without a stream is already complete. */
function withoutLast(asked: Asked): string {
  const reply = replyTo(asked);
  return reply.frames.slice(0, asked.streams ? -1 : 1).join("");
}

export const CONNECTION_FAULTS: readonly Fault[] = [
  ...BROKEN_OFF,
  { ...rawFault("refused", "error", () => []), place: "nowhere" },
  { ...rawFault("hangs-up", "error", () => []), place: "hangs up" },
  {
    name: "stall-instead-of-the-end-mark",
    expected: ({ path, streams }) =>
      !streams || /^\/v1\/(?:(?:chat\/)?completions|messages)$/.test(path) ? "reply" : "error",
    answer: (asked) => ({
      bytes: [chunkedHead(replyTo(asked)), ...chunk(withoutLast(asked))],
      ending: "stall",
    }),
    pace: "is slow",
  },
  rawFault("not-http", "error", () => ["SSH-2.0-OpenSSH_9.9\r\n\r\n"]),
  rawFault("no-head-at-all", "error", (reply) => [bodyOf(reply)]),
  rawFault("switches-protocols", "error", () => ["HTTP/1.1 101 Switching\r\nupgrade: websocket\r\n\r\nxx"]),
  rawFault("continue-first", "either", (reply) => [
    "HTTP/1.1 100 Continue\r\n\r\n",
    ...http(bodyOf(reply), { contentType: reply.contentType }),
  ]),
  rawFault("early-hints-first", "either", (reply) => [
    "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n",
    ...http(bodyOf(reply), { contentType: reply.contentType }),
  ]),
  rawFault("no-reason", "either", (reply) => http(bodyOf(reply), { status: "200" })),
  rawFault("ends-by-closing", "reply", (reply) => http(bodyOf(reply), { framing: "close" })),
  rawFault("one-byte-at-a-time", "reply", (reply) => [
    lengthHead(reply),
    ...Array.from(Buffer.from(bodyOf(reply)), (byte) => Uint8Array.of(byte)),
  ]),
  // A reply with an end marker is complete if the runtime delivers it before it reports the closed connection.
  lengthOf("length-too-long", "either", (real) => String(real + 10)),
  lengthOf("length-too-short", "error", (real) => String(Math.floor(real / 3))),
  lengthOf("length-negative", "either", () => "-5"),
  lengthOf("length-no-number", "either", () => "many"),
  lengthOf("length-absurd", "either", () => "99999999999999999999"),
  rawFault("length-and-chunked", "either", (reply) => [
    head({ contentType: reply.contentType, headers: [...CHUNKED, "content-length: 5"] }),
    ...chunk(bodyOf(reply)),
    LAST_CHUNK,
  ]),
  framed("chunk-size-no-number", "error", (text) => `zz\r\n${text}\r\n0\r\n\r\n`),
  // The whole reply arrives, but the chunk does not end.
  framed("chunk-size-absurd", "either", (text) => `ffffffffffffffff\r\n${text}\r\n0\r\n\r\n`),
  framed("chunk-size-negative", "error", (text) => `-5\r\n${text}\r\n0\r\n\r\n`),
  framed("chunk-without-line-end", "either", (text) => `${hex(text)}\r\n${text}0\r\n\r\n`),
  framed("chunk-extension", "either", (text) => `${hex(text)};a=b\r\n${text}\r\n0\r\n\r\n`),
  framed("chunk-trailers", "either", (text) => `${hex(text)}\r\n${text}\r\n0\r\nx: y\r\n\r\n`),
  framed(
    "chunks-then-junk",
    "either",
    (text) => `${hex(text)}\r\n${text}\r\n0\r\n\r\nHTTP/1.1 500 junk\r\n\r\n`,
  ),
  head200("header-huge", "either", [`x-huge: ${"h".repeat(100_000)}`]),
  head200(
    "headers-many",
    "either",
    Array.from({ length: 1000 }, (_, index) => `x-${index}: ${index}`),
  ),
  head200("header-without-colon", "either", ["this is no header"]),
  head200("header-with-nul", "either", ["x-nul: a\0b"]),
  head200("header-passed-huge", "either", [`x-ratelimit-junk: ${"h".repeat(9000)}`]),
  head200("header-passed-unprintable", "either", ["x-request-id: \u00e9\u4e16 \t\u007f"]),
  head200("encoding-unknown", "either", ["content-encoding: snappy"]),
  rawFault("gzip-unasked", "reply", (reply) =>
    http(Bun.gzipSync(bodyOf(reply)), {
      contentType: reply.contentType,
      headers: ["content-encoding: gzip"],
    }),
  ),
  rawFault("gzip-that-is-none", "error", (reply) =>
    http(bodyOf(reply), { contentType: reply.contentType, headers: ["content-encoding: gzip"] }),
  ),
  rawFault("gzip-cut", "error", (reply) =>
    http(Bun.gzipSync(bodyOf(reply)).slice(0, 40), {
      contentType: reply.contentType,
      headers: ["content-encoding: gzip"],
    }),
  ),
];
