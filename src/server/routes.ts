/** Every path we answer, on one screen. */
import type { Scope } from "../pipeline/services.ts";
import type { ProxyError } from "../chat/error.ts";
import { ANTHROPIC_FRONT } from "../apis/anthropic/client/encoder.ts";
import { encodeError as encodeNativeError } from "../apis/ollama/client/encoder.ts";
import { OPENAI_FRONT } from "../apis/openai/client/encoder.ts";
import * as account from "./account.ts";
import * as compat from "./compat.ts";
import type { BodyLimits } from "./limits.ts";
import * as management from "./management.ts";
import * as native from "./native.ts";
import { BARE_JSON_TYPE, JSON_TYPE } from "./reply.ts";
import { type Method, Router } from "./router.ts";

export interface RouteRequest extends Scope {
  readonly request: Request;
  /** What is accepted of its body. */
  readonly limits: BodyLimits;
  /** What a trailing `*` of the path stood for. */
  readonly rest: string;
  /** Ollama's version, as we report it. */
  readonly version: string;
  /** To be called once when a live reply has ended, with what ended it early. */
  readonly onEnd: (problem?: string) => void;
}

/** Throws `ProxyError` before the first byte; afterwards failures are part of the reply. */
export type Handler = (route: RouteRequest) => Promise<Response> | Response;

const READ = ["GET", "HEAD"] as const;
const POST = ["POST"] as const;

/** How a route says that it failed before the first byte. `id` is random. */
type EncodeError = (error: ProxyError, id: string) => object;

/** How the routes of one client API say that they failed. */
export interface ErrorFormat {
  readonly encodeError: EncodeError;
  /** The content type of that: under `/v1` the real server names a charset only where it could not read the request. */
  readonly errorType: (error: ProxyError) => string;
  /** The status of a request without a right key of ours. */
  readonly keyStatus: 401 | 403;
}

export interface Route extends ErrorFormat {
  readonly handle: Handler;
}

type Row = readonly [methods: readonly Method[], path: string, handle: Handler];

const NATIVE: readonly Row[] = [
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
  [["HEAD", "POST"], "/api/blobs/*", management.blob],

  [POST, "/api/me", account.me],
  [POST, "/api/signout", account.signOut],
  [["DELETE"], "/api/user/keys/*", account.signOut],
  [POST, "/api/experimental/web_search", account.webSearch],
  [POST, "/api/experimental/web_fetch", account.webFetch],
  [["GET"], "/api/experimental/model-recommendations", account.recommendations],
];

const OPENAI: readonly Row[] = [
  [POST, "/v1/chat/completions", compat.openAi("/chat/completions")],
  [POST, "/v1/completions", compat.openAi("/completions")],
  [POST, "/v1/embeddings", compat.openAi("/embeddings")],
  [POST, "/v1/responses", compat.responses],
  [POST, "/v1/audio/transcriptions", compat.transcriptions],
  [["GET"], "/v1/models", compat.models],
  [["GET"], "/v1/models/*", compat.model],
];

const ANTHROPIC: readonly Row[] = [
  [POST, "/v1/messages", compat.messages],
  [POST, "/v1/messages/count_tokens", compat.messageTokens],
];

function compatErrorType({ kind, provider }: ProxyError): string {
  return kind === "bad-request" && provider === undefined ? JSON_TYPE : BARE_JSON_TYPE;
}

/** Ollama's clients take 401 for "sign in to ollama.com" and show that in place of the message. */
const NATIVE_ERRORS: ErrorFormat = {
  encodeError: encodeNativeError,
  errorType: () => JSON_TYPE,
  keyStatus: 403,
};

/** The SDKs of OpenAI and Anthropic take 401 for a wrong key, and 403 for a right one that lacks a permission. */
const OPENAI_ERRORS: ErrorFormat = {
  encodeError: OPENAI_FRONT.encodeError,
  errorType: compatErrorType,
  keyStatus: 401,
};
const ANTHROPIC_ERRORS: ErrorFormat = { ...OPENAI_ERRORS, encodeError: ANTHROPIC_FRONT.encodeError };

/** For a path that no route answers. */
export function errorFormatOf(path: string): ErrorFormat {
  return path.startsWith("/v1/") ? OPENAI_ERRORS : NATIVE_ERRORS;
}

export function createRouter(): Router<Route> {
  const router = new Router<Route>();
  const add = (rows: readonly Row[], errors: ErrorFormat): void => {
    for (const [methods, path, handle] of rows) router.add(methods, path, { handle, ...errors });
  };
  add(NATIVE, NATIVE_ERRORS);
  add(OPENAI, OPENAI_ERRORS);
  add(ANTHROPIC, ANTHROPIC_ERRORS);
  return router;
}
