/** Error responses and redirects: every common status with every kind of body. */
import { type Fault, type HttpParts, rawFault, http } from "./fault.ts";
import { nestedError } from "./body-faults.ts";

const STATUSES =
  "400 401 402 403 404 405 406 407 408 409 410 411 412 413 414 415 416 417 418 421 422 423 424 425 426 428 429 431 444 451 498 499 " +
  "500 501 502 503 504 505 507 508 511 520 521 522 523 524 525 529 530 599";

const BODIES: readonly (readonly [name: string, contentType: string, text: string])[] = [
  ["json", "application/json", '{"error":{"message":"Boom","type":"some_error","param":null,"code":null}}'],
  ["ollama", "application/json", '{"error":"Boom"}'],
  ["plain", "text/plain", "Boom"],
  ["page", "text/html", "<html><head><title>Boom</title></head><body><h1>Boom</h1></body></html>"],
  ["empty", "text/plain", ""],
];

function errorResponse(name: string, status: string, text: string, parts: HttpParts = {}): Fault {
  return rawFault(name, "error", () => http(text, { status, contentType: "application/json", ...parts }));
}

const RETRY_AFTER = [
  "0",
  "-1",
  "NaN",
  "1e99",
  "99999999999",
  "soon",
  "",
  "1.5.2",
  "Infinity",
  "Wed, 21 Oct 2015 07:28:00 GMT",
  "Wed, 21 Oct 2199 07:28:00 GMT",
];

const ODD: readonly (readonly [name: string, text: string])[] = [
  ["nested-1000", nestedError(1000)],
  ["nested-9000", nestedError(9000)],
  ["nested-arrays", `{"error":{"message":${"[".repeat(9000)}"Boom"${"]".repeat(9000)}}}`],
  ["cut", '{"error":{"message":"Bo'],
  ["number", "5"],
  ["null", "null"],
  ["array-empty", "[]"],
  ["object-empty", "{}"],
  ["mistyped", '{"error":{"message":5,"code":[],"type":{}}}'],
  ["nul-bytes", "\0\0\0\0"],
  ["controls", "Bo\u0007om\u001b[31m\r\nX: y"],
  ["megabyte", "Boom ".repeat(200_000)],
];

export const STATUS_FAULTS: readonly Fault[] = [
  ...STATUSES.split(" ").flatMap((status) =>
    BODIES.map(([kind, contentType, text]) =>
      errorResponse(`status-${status}-${kind}`, `${status} Some Reason`, text, { contentType }),
    ),
  ),
  ...["000", "099", "600", "999"].map((status) =>
    errorResponse(`status-${status}`, `${status} Odd`, '{"error":"Boom"}'),
  ),
  ...[300, 301, 302, 303, 304, 305, 307, 308].flatMap((status) => [
    errorResponse(`redirect-${status}`, `${status} Elsewhere`, "", {
      headers: ["location: http://127.0.0.1:1/v1"],
    }),
    errorResponse(`redirect-${status}-nowhere`, `${status} Elsewhere`, ""),
  ]),
  ...RETRY_AFTER.map((value, index) =>
    errorResponse(`retry-after-${index}`, "429 Too Many", '{"error":{"message":"Boom"}}', {
      headers: [`retry-after: ${value}`],
    }),
  ),
  ...ODD.flatMap(([name, text]) => [
    errorResponse(`refusal-400-${name}`, "400 Bad", text),
    errorResponse(`refusal-500-${name}`, "500 Bad", text),
  ]),
];
