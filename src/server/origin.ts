/** Which web pages may send requests (CORS). The rules are Ollama's, so the pages are those that may use a local Ollama. */

/** `allow`: the request is handled, and its response gets these headers. `answered`: this is the response. */
export type OriginVerdict =
  | { readonly type: "allow"; readonly headers: { readonly [name: string]: string } }
  | { readonly type: "answered"; readonly response: Response };

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
      return { type: "answered", response: new Response(null, { status: 403 }) };
    }
    const headers = this.#allowsAll
      ? { "Access-Control-Allow-Origin": "*" }
      : { Vary: "Origin", "Access-Control-Allow-Origin": origin };
    return request.method === "OPTIONS"
      ? { type: "answered", response: preflight(headers) }
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
