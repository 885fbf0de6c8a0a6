/** Faults of complete bodies with status 200: the body is no reply, or an invalid one. */
import { isObject, parseJson } from "../../../src/wire/json.ts";
import { type Expected, type Fault, bodyFault, bodyOf, brokenOff, rawFault, head, http } from "./fault.ts";
import { type Asked, type Reply, beginningOf, isOllama } from "./reply.ts";

const PAGE = "<!DOCTYPE html><html><head><title>Welcome</title></head><body>nginx</body></html>";

/** Bodies that replace the whole reply. */
const INSTEAD: readonly (readonly [name: string, text: string | Uint8Array])[] = [
  ["empty", ""],
  ["blank", " \r\n\r\n  "],
  ["page", PAGE],
  ["plain-text", "It works!"],
  ["xml", '<?xml version="1.0"?><ok/>'],
  ["nul-bytes", "\0".repeat(100)],
  ["random-bytes", Uint8Array.from({ length: 300 }, (_, index) => (index * 151 + 7) % 256)],
  ["object-empty", "{}"],
  ["array-empty", "[]"],
  ["array-of-object", "[{}]"],
  ["null", "null"],
  ["number", "5"],
  ["string", '"Hello world"'],
  ["true", "true"],
  ["json-cut", '{"choices":[{"message":{"content":"Hel'],
  ["json-two", "{}{}"],
  ["json-deep-objects", '{"a":'.repeat(20_000) + "1" + "}".repeat(20_000)],
  ["json-deep-arrays", "[".repeat(20_000) + "]".repeat(20_000)],
  ["json-deep-unclosed", "[".repeat(200_000)],
  ["choices-null", '{"choices":null,"data":null,"message":null,"output":null,"embeddings":null}'],
  ["choices-empty", '{"choices":[],"data":[],"message":{},"output":null,"embeddings":[],"embedding":[]}'],
  ["choices-of-null", '{"choices":[null],"data":[null],"embeddings":[null],"embedding":[null]}'],
  ["sse-comments-only", ": keep-alive\n\n: keep-alive\n\n"],
  ["sse-end-mark-only", "data: [DONE]\n\n"],
  ["sse-empty-objects", "data: {}\n\ndata: {}\n\n"],
  ["sse-nulls", "data: null\n\ndata: null\n\ndata: [DONE]\n\n"],
  ["sse-without-choices", 'data: {"choices":null}\n\ndata: {"choices":[]}\n\ndata: [DONE]\n\n'],
  ["sse-without-data", "event: message\n\nevent: message\n\n"],
  ["sse-not-json", "data: Hello\n\ndata: world\n\n"],
];

/** Errors with status 200, in every format that providers use. */
const ERRORS: readonly (readonly [name: string, text: string])[] = [
  ["openai", '{"error":{"message":"Boom","type":"server_error","param":null,"code":null}}'],
  ["coded", '{"error":{"message":"Boom","code":503}}'],
  ["text", '{"error":"Boom"}'],
  ["without-words", '{"error":{}}'],
  ["in-array", '[{"error":{"code":400,"message":"Boom"}}]'],
  ["vllm", '{"object":"error","message":"Boom","code":400}'],
  ["detail", '{"detail":[{"loc":["body","a"],"msg":"Boom"}]}'],
  ["beside-nulls", '{"error":{"message":"Boom"},"choices":null,"data":null,"output":null}'],
  ["beside-nothing", '{"error":{"message":"Boom"},"choices":[],"data":[]}'],
  ["null-words", '{"error":{"message":null,"type":null,"code":null}}'],
  ["mistyped", '{"error":{"message":{"a":[1,{"b":2}]},"code":{"c":3}}}'],
  ["nested-10", nestedError(10)],
  ["nested-1000", nestedError(1000)],
  ["nested-9000", nestedError(9000)],
  ["huge", JSON.stringify({ error: { message: "Boom ".repeat(100_000) } })],
];

export function nestedError(depth: number): string {
  return '{"error":{"message":'.repeat(depth) + '"Boom"' + "}}".repeat(depth);
}

/** A frame of the requested API. */
function frame(asked: Asked, json: string, name?: string): string {
  if (!asked.streams) return json;
  const event = name === undefined ? "" : `event: ${name}\n`;
  return isOllama(asked) ? `${json}\n` : `${event}data: ${json}\n\n`;
}

/** Faults after the beginning of a reply. The reply then ends or continues. */
const IN_THE_MIDDLE: readonly Fault[] = [
  brokenOff("then-nothing", () => ""),
  brokenOff("then-end-mark-cut", () => "data: [DO"),
  brokenOff("then-broken-json", (asked) => frame(asked, "{broken")),
  brokenOff("then-page", () => PAGE),
  brokenOff("then-nul", () => "\0\0\0"),
  brokenOff("then-number", (asked) => frame(asked, "5")),
  brokenOff("then-array", (asked) => frame(asked, "[1,2]")),
  brokenOff("then-deep", (asked) => frame(asked, "[".repeat(50_000) + "]".repeat(50_000))),
  brokenOff("then-invalid-escape", (asked) => frame(asked, '{"choices":[{"delta":{"content":"\\x"}}]}')),
  ...ERRORS.filter(([name]) => !/^(?:beside|null|without)/.test(name)).map(([name, text]) =>
    brokenOff(`then-error-${name}`, (asked) => frame(asked, isOllama(asked) ? '{"error":"Boom"}' : text)),
  ),
  brokenOff("then-error-event", (asked) =>
    frame(asked, isOllama(asked) ? '{"error":"Boom"}' : "{}", "error"),
  ),
];

/** Members of frames with a wrong type. */
const MISTYPED: readonly Fault[] = (
  [
    ["null", null],
    ["number", 5],
    ["text", "text"],
    ["list", [[]]],
    ["object", { a: {} }],
    ["false", false],
  ] as const
).map(([name, value]) =>
  bodyFault(`members-${name}`, "error", (reply) =>
    reply.frames.map((text) => text.replace(/\{.*\}/s, (json) => withMembers(json, value))).join(""),
  ),
);

function withMembers(json: string, value: unknown): string {
  const object = parseJson(json);
  if (!isObject(object)) throw new Error(`Not an object: ${json}`);
  return JSON.stringify(Object.fromEntries(Object.keys(object).map((key) => [key, value])));
}

function streamed(inStream: Expected, whole: Expected): (asked: Asked) => Expected {
  return ({ streams }) => (streams ? inStream : whole);
}

/** Whether the end mark says nothing that was not said before it. */
function hasSpareMark({ path }: Asked): boolean {
  return /completions$|\/messages$/.test(path);
}

function edited(
  name: string,
  expected: Expected | Fault["expected"],
  edit: (frames: Reply["frames"], asked: Asked) => string,
): Fault {
  return bodyFault(name, expected, ({ frames }, asked) => edit(frames, asked));
}

const CALL_BEGUN =
  '{"choices":[{"index":0,"delta":{"tool_calls":[{"index":0,"id":"c","function":{"name":"f","arguments":"{\\"a\\":"}}]}}],' +
  '"message":{"content":"","tool_calls":[{"function":{"name":"f","arguments":{}}}]},"response":"","done":false}';
const THINKING =
  '{"choices":[{"index":0,"delta":{"reasoning_content":"hm"}}],"message":{"content":"","thinking":"hm"},"response":"","thinking":"hm","done":false}';

/** Unusual replies that are complete or cut in an unusual place. */
const ODD: readonly Fault[] = [
  ...[
    "text/plain",
    "application/octet-stream",
    "image/png",
    "text/event-stream",
    "application/json",
    "nonsense",
  ].map((contentType) =>
    bodyFault(`type-${contentType.replace("/", "-")}`, "reply", bodyOf, { contentType }),
  ),
  rawFault("type-missing", "reply", (reply) => http(bodyOf(reply))),
  bodyFault("byte-order-mark", "either", (reply) => `\ufeff${bodyOf(reply)}`),
  bodyFault("line-ends-crlf", "reply", (reply) => bodyOf(reply).replaceAll("\n", "\r\n")),
  bodyFault("line-ends-missing", "either", (reply) => bodyOf(reply).trimEnd()),
  bodyFault("invalid-utf-8", "either", (reply) =>
    Buffer.from(bodyOf(reply).replace("Hello", "He\u00ff\u00felo"), "latin1"),
  ),
  bodyFault("nul-in-text", "reply", (reply) => bodyOf(reply).replace("Hello", "He\\u0000llo")),
  bodyFault("nul-in-json", "either", (reply) => bodyOf(reply).replace("Hello", "He\0llo")),
  bodyFault("lone-surrogate", "reply", (reply) => bodyOf(reply).replace("Hello", "\\ud83d Hello")),
  bodyFault("text-of-a-megabyte", "reply", (reply) =>
    bodyOf(reply).replace("Hello", "Hello ".repeat(170_000)),
  ),
  edited("frames-doubled", "either", (frames) => frames.flatMap((text) => [text, text]).join("")),
  edited(
    "frames-after-the-end",
    streamed("reply", "either"),
    (frames) => frames.join("") + (frames[0] ?? ""),
  ),
  edited(
    "without-end-mark",
    (asked) => (asked.streams && !hasSpareMark(asked) ? "error" : "reply"),
    (frames, asked) => frames.slice(0, asked.streams ? -1 : 1).join(""),
  ),
  edited("finish-without-text", "either", (frames) => frames.slice(frames.length === 1 ? 0 : 2).join("")),
  edited(
    "text-without-finish",
    (asked) => (asked.streams ? "either" : "reply"),
    (frames, asked) =>
      asked.streams ? [...frames.slice(0, 2), frames.at(-1) ?? ""].join("") : frames.join(""),
  ),
  edited("tool-call-cut", "error", (frames, asked) =>
    asked.streams ? frame(asked, CALL_BEGUN) : (frames[0] ?? "").slice(0, -1),
  ),
  edited(
    "tool-call-then-end-mark",
    "either",
    (frames, asked) => (asked.streams ? frame(asked, CALL_BEGUN) : "") + (frames.at(-1) ?? ""),
  ),
  edited("thinking-cut", "error", (frames, asked) =>
    asked.streams ? frame(asked, THINKING) : (frames[0] ?? "").slice(0, -1),
  ),
  edited("comments-between", "either", (frames) => frames.join(": keep-alive\n\n")),
  edited("blank-lines-between", "either", (frames) => frames.join("\n\n\n")),
];

export const BODY_FAULTS: readonly Fault[] = [
  ...INSTEAD.map(([name, text]) => bodyFault(name, "error", () => text)),
  rawFault("page-as-html", "error", () => http(PAGE, { contentType: "text/html" })),
  rawFault("no-content", "error", () => [head({ status: "204 No Content" })]),
  rawFault("reset-content", "error", () => [head({ status: "205 Reset Content" })]),
  bodyFault("partial-content", "error", (reply) => beginningOf(reply).join(""), {
    status: "206 Partial Content",
  }),
  ...ERRORS.map(([name, text]) => bodyFault(`error-${name}`, "error", () => text)),
  ...ERRORS.map(([name, text]) =>
    bodyFault(`frame-error-${name}`, "error", (_, asked) => frame(asked, text)),
  ),
  ...IN_THE_MIDDLE,
  ...MISTYPED,
  ...ODD,
];
