/**
 * Which web pages and which host names may talk to us: Ollama's own rules, so that whatever may talk to a local Ollama
 * may talk to us, and no other web page can.
 */
import { hostname, networkInterfaces } from "node:os";

/** What a request's origin allows: nothing, a reply with these headers, or this answer in place of a reply. */
export type OriginVerdict =
  | { readonly type: "allow"; readonly headers: { readonly [name: string]: string } }
  | { readonly type: "answer"; readonly response: Response };

const ALLOWED_HEADERS = [
  "Authorization",
  "Content-Type",
  "User-Agent",
  "Accept",
  "X-Requested-With",
  "Openai-Beta",
  ...[
    "Arch",
    "Async",
    "Custom-Poll-Interval",
    "Helper-Method",
    "Lang",
    "Os",
    "Package-Version",
    "Poll-Helper",
    "Retry-Count",
    "Runtime",
    "Runtime-Version",
    "Timeout",
  ].map((name) => `X-Stainless-${name}`),
].join(",");

const LOCAL_ORIGINS = ["localhost", "127.0.0.1", "0.0.0.0"].flatMap((host) => [
  `http://${host}`,
  `https://${host}`,
  `http://${host}:*`,
  `https://${host}:*`,
]);
const APP_ORIGINS = ["app://*", "file://*", "tauri://*", "vscode-webview://*", "vscode-file://*"];

export class OriginRules {
  readonly #patterns: readonly string[];
  readonly #allowsAll: boolean;

  /** `configured` is the value of `OLLAMA_ORIGINS`: patterns with at most one `*`, separated by commas. */
  constructor(configured: string | undefined) {
    const own = (configured ?? "").split(",").map((origin) => origin.trim().toLowerCase());
    this.#patterns = [...own.filter((origin) => origin !== ""), ...LOCAL_ORIGINS, ...APP_ORIGINS];
    this.#allowsAll = own.includes("*");
  }

  check(request: Request): OriginVerdict {
    const origin = request.headers.get("origin");
    const host = request.headers.get("host") ?? "";
    if (origin === null || origin === `http://${host}` || origin === `https://${host}`) {
      return { type: "allow", headers: {} };
    }
    if (!this.#allowsAll && !this.#patterns.some((pattern) => matches(pattern, origin))) {
      return { type: "answer", response: new Response(null, { status: 403 }) };
    }
    const headers = this.#allowsAll
      ? { "Access-Control-Allow-Origin": "*" }
      : { Vary: "Origin", "Access-Control-Allow-Origin": origin };
    return request.method === "OPTIONS"
      ? { type: "answer", response: preflight(headers) }
      : { type: "allow", headers };
  }
}

function preflight(headers: { readonly [name: string]: string }): Response {
  const response = new Response(null, {
    status: 204,
    headers: {
      "Access-Control-Allow-Methods": "GET,POST,PUT,PATCH,DELETE,HEAD,OPTIONS",
      "Access-Control-Allow-Headers": ALLOWED_HEADERS,
      "Access-Control-Max-Age": "43200",
      ...headers,
    },
  });
  if ("Vary" in headers) {
    response.headers.append("Vary", "Access-Control-Request-Method");
    response.headers.append("Vary", "Access-Control-Request-Headers");
  }
  return response;
}

function matches(pattern: string, origin: string): boolean {
  const star = pattern.indexOf("*");
  if (star === -1) return pattern === origin;
  const prefix = pattern.slice(0, star);
  const suffix = pattern.slice(star + 1);
  return (
    origin.length >= prefix.length + suffix.length && origin.startsWith(prefix) && origin.endsWith(suffix)
  );
}

/**
 * The answer to a request whose Host header names no place of this machine, against DNS rebinding; undefined when the
 * request may go on. Only for a listener on a loopback address.
 */
export function checkHost(request: Request): Response | undefined {
  const header = request.headers.get("host") ?? "";
  const host = (/^(.*):\d+$/.exec(header)?.[1] ?? header).replace(/^\[(.*)\]$/, "$1").toLowerCase();
  if (isOwnAddress(host)) return undefined;
  if (!isOwnName(host)) return new Response(null, { status: 403 });
  return request.method === "OPTIONS" ? new Response(null, { status: 204 }) : undefined;
}

function isOwnName(host: string): boolean {
  return (
    ["", "localhost", hostname().toLowerCase()].includes(host) || /\.(?:localhost|local|internal)$/.test(host)
  );
}

const PRIVATE_ADDRESS =
  /^(?:127\.|10\.|192\.168\.|172\.(?:1[6-9]|2\d|3[01])\.|0\.0\.0\.0$|::1?$|f[cd][\da-f]{2}:)/;

function isOwnAddress(host: string): boolean {
  if (!/^[\d.]+$|:/.test(host)) return false;
  if (PRIVATE_ADDRESS.test(host)) return true;
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some((address) => address.address === host),
  );
}
