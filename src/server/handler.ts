/** Handles one request from its arrival to the end of its reply: access, routing, error responses and the request record. */
import { ProxyError } from "../chat/error.ts";
import { unreachable } from "../chat/event.ts";
import { type RecordSink, Recorder } from "../pipeline/record.ts";
import type { Services } from "../pipeline/services.ts";
import { type Runtime, abortWith } from "../runtime.ts";
import { encodeGoJson } from "../wire/go-json.ts";
import type { Access, Rejection } from "./access.ts";
import type { BodyLimits } from "./limits.ts";
import type { OriginRules } from "./origin.ts";
import { type StreamEnd, isStream, jsonReply } from "./reply.ts";
import type { Match, Router } from "./router.ts";
import type { ErrorFormat, Route } from "./route.ts";
import { errorFormatOf } from "./routes.ts";

export interface HandlerOptions {
  readonly router: Router<Route>;
  readonly origins: OriginRules;
  readonly runtime: Runtime;
  readonly version: string;
  readonly limits: BodyLimits;
  /** The current services. A request in flight keeps those that it began with. */
  readonly services: () => Services;
  /** Get the record of every request that a route serves. */
  readonly sinks: readonly RecordSink[];
  /** Milliseconds without a first byte after which the log reports a slow request. */
  readonly slowAfterMs: number;
  readonly access: () => Access;
  /** Aborts, with a `ProxyError`, when open replies must end. */
  readonly stopping: AbortSignal;
  /** The page of the owner; undefined: there is none. Loaded when somebody asks for it. */
  readonly ui: (() => Promise<PageHandler>) | undefined;
  /** Masks the secrets of the whole program. */
  readonly mask: (text: string) => string;
}

/** Answers the requests under `/ui`, by rules of its own: the API's rules for web pages and keys do not apply. */
interface PageHandler {
  handle(request: Request): Promise<Response>;
}

/** The idle timeout of a client's connection. */
interface Connection {
  /** For the time in which a reply is made: it may take long. */
  readonly disableIdleTimeout: () => void;
  /** Called when the reply is about to end. */
  readonly restoreIdleTimeout: () => void;
}

export type HandleRequest = (request: Request, connection: Connection) => Promise<Response>;

export function createHandler(options: HandlerOptions): HandleRequest {
  return async (request, connection) => {
    if (options.ui !== undefined && isUiPath(request.url)) return (await options.ui()).handle(request);
    const response = await respond(request, connection, options);
    // Bun adds it to every other response.
    if (request.method === "HEAD") {
      response.headers.set("date", new Date(options.runtime.now()).toUTCString());
    } else if (request.method === "OPTIONS") addAllowedMethods(response, request, options);
    return response;
  };
}

async function respond(request: Request, connection: Connection, options: HandlerOptions): Promise<Response> {
  const verdict = options.origins.check(request);
  if (verdict.type === "answered") {
    const { response } = verdict;
    if (response.status === 403)
      logUnserved("warn", request, { status: 403, problem: FOREIGN_ORIGIN }, options);
    return response;
  }
  const response = await admit(request, connection, options);
  for (const [name, value] of Object.entries(verdict.headers)) response.headers.set(name, value);
  return response;
}

/** Ollama's router tells the methods of a path before its rules for origins and hosts answer. */
function addAllowedMethods(
  response: Response,
  { method, url }: Request,
  { access, router }: HandlerOptions,
): void {
  const match = router.match(method, access().splitPath(splitUrl(url).path).path);
  if (match.type === "wrong-method") response.headers.set("allow", match.allow.join(", "));
}

const FOREIGN_ORIGIN =
  "The web page may not send requests; to allow it, add its origin to the variable OLLAMA_ORIGINS";

/** The line of a request that has no request record. */
function logUnserved(
  level: "info" | "warn",
  { method, url }: Request,
  fields: { readonly status: number; readonly problem: string },
  { access, runtime }: HandlerOptions,
): void {
  const { path } = access().splitPath(splitUrl(url).path);
  runtime.log(level, `${method} ${withoutKey(path)}`, fields);
}

const MAX_PATH_CHARACTERS = 200;

/** A path without a route may contain a key. */
function withoutKey(path: string): string {
  return path.startsWith("/key/") ? "(unknown path)" : path.slice(0, MAX_PATH_CHARACTERS);
}

/** Removes the key from the path first, so that no log line and no error can contain it. */
async function admit(request: Request, connection: Connection, options: HandlerOptions): Promise<Response> {
  const access = options.access();
  const url = splitUrl(request.url);
  const { path, prefix, key: keyInPath } = access.splitPath(url.path);
  const admission = access.admit(request, path, keyInPath);
  if (admission.type === "answered") return admission.response;
  const match = options.router.match(request.method, path);
  if (admission.type === "rejected") return reject(admission, request.method, path, { match, ...options });
  if (match.type !== "found") {
    const response = unmatched(match, request.method, { prefix, query: url.query });
    logUnserved("info", request, { status: response.status, problem: PROBLEMS[match.type] }, options);
    return response;
  }
  return route({ request, path, key: admission.key, match }, connection, options);
}

const PROBLEMS = {
  redirect: "The path has superfluous slashes; the client is redirected",
  "wrong-method": "The path does not have this method",
  unknown: "There is no such path",
} as const satisfies Record<Exclude<Match<Route>["type"], "found">, string>;

function reject(
  { kind, message, hasBody }: Rejection,
  method: string,
  path: string,
  { match, runtime }: { readonly match: Match<Route>; readonly runtime: Runtime },
): Response {
  const format = match.type === "found" ? match.handler : errorFormatOf(path);
  const error = new ProxyError(kind, message, kind === "invalid-key" ? { status: format.keyStatus } : {});
  // An unknown path may contain a mistyped key.
  const shownPath = match.type === "found" ? path : "(unknown path)";
  runtime.log("warn", `${method} ${shownPath}`, { status: error.status, problem: message });
  return hasBody
    ? errorReply(error, format, runtime.randomId())
    : new Response(null, { status: error.status });
}

interface Admitted {
  readonly request: Request;
  readonly path: string;
  /** The name of the client's key. */
  readonly key: string | undefined;
  readonly match: Extract<Match<Route>, { readonly type: "found" }>;
}

async function route(
  { request, path, key, match }: Admitted,
  connection: Connection,
  options: HandlerOptions,
): Promise<Response> {
  const { runtime } = options;
  const startedAtMs = runtime.now();
  const stopped = new AbortController();
  const recorder = new Recorder(
    {
      id: runtime.randomId(),
      startedAtMs,
      method: request.method,
      path,
      key,
      app: request.headers.get("user-agent") ?? undefined,
    },
    options.sinks,
    () => stopped.abort(new ProxyError("canceled", "The request was stopped on the page of ollama-proxy")),
  );
  const unfollow = abortWith(stopped, options.stopping);
  abortWith(stopped, request.signal);
  const elapsedMs = (): number => Math.round(runtime.now() - startedAtMs);
  const slow = setTimeout(() => recorder.changed({ type: "slow" }), options.slowAfterMs);
  const finish = (status: number, { outcome, problem }: StreamEnd): void => {
    clearTimeout(slow);
    unfollow();
    connection.restoreIdleTimeout();
    recorder.end(outcome, { status, problem, totalMs: elapsedMs() });
  };
  connection.disableIdleTimeout();
  try {
    const response = await match.handler.handle({
      request,
      limits: options.limits,
      services: options.services(),
      recorder,
      clientHeaders: request.headers,
      rest: match.rest,
      version: options.version,
      startedAtMs,
      signal: stopped.signal,
      onEnd: (end) => finish(200, end),
    });
    clearTimeout(slow);
    recorder.set({ firstByteMs: elapsedMs() });
    if (!isStream(response)) finish(response.status, { outcome: "complete", problem: undefined });
    return response;
  } catch (error) {
    const failure = asProxyError(error, request.signal).masked(options.mask);
    const outcome = failure.kind === "canceled" ? "canceled" : "failed";
    finish(failure.status, { outcome, problem: failure.message });
    if (failure.kind === "internal" && failure.provider === undefined) {
      runtime.log("error", "Internal error", { cause: String(failure.cause) });
    }
    return errorReply(failure, match.handler, recorder.record.id);
  }
}

/** The responses of Ollama's router to a request without a route. A redirect keeps the key in the path and the query. */
function unmatched(
  match: Exclude<Match<Route>, { readonly type: "found" }>,
  method: string,
  { prefix, query }: { readonly prefix: string; readonly query: string },
): Response {
  const headers = { "content-type": "text/plain" };
  switch (match.type) {
    case "redirect":
      return redirect(prefix + match.path + query, method, match.isTemporary);
    case "wrong-method":
      return new Response("405 method not allowed", {
        status: 405,
        headers: { ...headers, allow: match.allow.join(", ") },
      });
    case "unknown":
      return new Response("404 page not found", { status: 404, headers });
    default:
      return unreachable(match);
  }
}

/** Go's server adds this page to the redirect of a GET. */
function redirect(location: string, method: string, isTemporary: boolean): Response {
  const [status, title] =
    isTemporary || method !== "GET" ? [307, "Temporary Redirect"] : [301, "Moved Permanently"];
  if (method !== "GET") return new Response(null, { status, headers: { location } });
  const page = `<a href="${location.replaceAll("&", "&amp;").replaceAll('"', "&#34;").replaceAll("<", "&lt;")}">${title}</a>.\n\n`;
  return new Response(page, {
    status,
    headers: { location, "content-type": "text/html; charset=utf-8" },
  });
}

function asProxyError(error: unknown, signal: AbortSignal): ProxyError {
  if (error instanceof ProxyError) return error;
  if (signal.aborted) return new ProxyError("canceled", "request canceled", { cause: error });
  return new ProxyError("internal", "Internal error of ollama-proxy; see its log for details", {
    cause: error,
  });
}

function errorReply(error: ProxyError, { encodeError, errorType }: ErrorFormat, id: string): Response {
  const text = encodeGoJson(encodeError(error, id));
  const response = jsonReply(text, error.status, errorType(error));
  for (const [name, value] of error.headers) response.headers.set(name, value);
  // RFC 9110 requires it with every 401.
  if (error.status === 401) response.headers.set("www-authenticate", "Bearer");
  if (error.retryAfterMs !== undefined) {
    response.headers.set("retry-after", String(Math.ceil(error.retryAfterMs / 1000)));
  }
  // The rest of the body may never arrive, so this connection cannot carry another request.
  if (error.status === 408 && error.provider === undefined) response.headers.set("connection", "close");
  return response;
}

function isUiPath(url: string): boolean {
  // Almost no request has it anywhere in its URL.
  if (!url.includes("/ui")) return false;
  const { path } = splitUrl(url);
  return path === "/ui" || path.startsWith("/ui/");
}

/** Path and query as the client sent them, still encoded. An HTTP/1.0 request without Host has no origin in its URL. */
function splitUrl(url: string): { readonly path: string; readonly query: string } {
  const [, path = "/", query = ""] = /^(?:\w+:\/\/[^/]*)?([^?#]*)(\?[^#]*)?/.exec(url) ?? [];
  return { path, query };
}
