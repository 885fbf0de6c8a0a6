/** What the route table, the handlers and the request handler share: a route, and a request for it. */
import type { ProxyError } from "../chat/error.ts";
import type { RequestContext } from "../pipeline/services.ts";
import type { BodyLimits } from "./limits.ts";
import type { StreamEnd } from "./reply.ts";

export interface RouteRequest extends RequestContext {
  readonly request: Request;
  /** The limits for its body. */
  readonly limits: BodyLimits;
  /** The part of the path that a trailing `*` of the route matches. */
  readonly rest: string;
  /** The version that is reported as Ollama's. */
  readonly version: string;
  /** Called once, when a streamed reply has ended. */
  readonly onEnd: (end: StreamEnd) => void;
}

/** Throws `ProxyError` before the first byte. Later failures are part of the reply. */
export type Handler = (route: RouteRequest) => Promise<Response> | Response;

/** The body of an error response. `id` is the id of the request. */
type EncodeError = (error: ProxyError, id: string) => object;

/** The error responses of one client API. */
export interface ErrorFormat {
  readonly encodeError: EncodeError;
  /** Their content type. Under `/v1` Ollama gives a charset only when it could not read the request. */
  readonly errorType: (error: ProxyError) => string;
  /** The status of a request without a valid key. */
  readonly keyStatus: 401 | 403;
}

export interface Route extends ErrorFormat {
  readonly handle: Handler;
}
