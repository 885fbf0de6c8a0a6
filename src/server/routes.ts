/** Every path we answer, on one screen. */
import type { Gateway, Incoming } from "../gateway/gateway.ts";
import * as native from "./native.ts";
import { type Method, Router } from "./router.ts";

export interface RouteRequest extends Incoming {
  readonly request: Request;
  readonly gateway: Gateway;
  /** What a trailing `*` of the path stood for. */
  readonly rest: string;
  /** Ollama's version, as we report it. */
  readonly version: string;
  /** Runs once, when the reply has ended. */
  readonly onEnd: () => void;
}

/** Throws `ProxyError` before the first byte; afterwards failures are part of the reply. */
export type Handler = (route: RouteRequest) => Promise<Response> | Response;

const READ = ["GET", "HEAD"] as const;
const POST = ["POST"] as const;

const ROUTES: readonly (readonly [methods: readonly Method[], path: string, handler: Handler])[] = [
  [READ, "/", native.root],
  [READ, "/api/version", native.version],
  [["GET"], "/api/status", native.status],
  [READ, "/api/tags", native.tags],
  [["GET"], "/api/ps", native.ps],
  [POST, "/api/show", native.show],
  [POST, "/api/chat", native.chat],
  [POST, "/api/generate", native.generate],
];

export function createRouter(): Router<Handler> {
  const router = new Router<Handler>();
  for (const [methods, path, handler] of ROUTES) router.add(methods, path, handler);
  return router;
}
