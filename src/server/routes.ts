/** Every path we answer, on one screen. */
import type { Scope } from "../gateway/gateway.ts";
import * as account from "./account.ts";
import * as management from "./management.ts";
import * as native from "./native.ts";
import { type Method, Router } from "./router.ts";

export interface RouteRequest extends Scope {
  readonly request: Request;
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
  [POST, "/api/embed", native.embed],
  [POST, "/api/embeddings", native.embeddings],

  [POST, "/api/pull", management.pull],
  [POST, "/api/push", management.push],
  [POST, "/api/create", management.create],
  [POST, "/api/copy", management.copy],
  [["DELETE"], "/api/delete", management.remove],
  [["HEAD"], "/api/blobs/*", management.findBlob],
  [POST, "/api/blobs/*", management.storeBlob],

  [POST, "/api/me", account.me],
  [POST, "/api/signout", account.signOut],
  [["DELETE"], "/api/user/keys/*", account.signOut],
  [POST, "/api/experimental/web_search", account.webSearch],
  [POST, "/api/experimental/web_fetch", account.webFetch],
  [["GET"], "/api/experimental/model-recommendations", account.recommendations],
];

export function createRouter(): Router<Handler> {
  const router = new Router<Handler>();
  for (const [methods, path, handler] of ROUTES) router.add(methods, path, handler);
  return router;
}
