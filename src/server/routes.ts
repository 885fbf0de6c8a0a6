/** The table of all routes. */
import * as messages from "../apis/anthropic/client/endpoints.ts";
import { encodeError as encodeAnthropicError } from "../apis/anthropic/client/errors.ts";
import type { Endpoint, JsonBody } from "../apis/endpoint.ts";
import * as ollama from "../apis/ollama/client/endpoints.ts";
import { encodeError as encodeOllamaError } from "../apis/ollama/client/errors.ts";
import { EMBEDDINGS } from "../apis/openai/client/embeddings.ts";
import * as openai from "../apis/openai/client/endpoints.ts";
import * as responses from "../apis/responses/client/endpoints.ts";
import { encodeError as encodeOpenAiError } from "../apis/shared/openai-errors.ts";
import type { ProxyError } from "../chat/error.ts";
import { JSON_TYPE, JSON_WITH_CHARSET } from "../wire/content-types.ts";
import * as account from "./account.ts";
import type { BodySource } from "./body-reader.ts";
import { readCompatJson, readJson } from "./body.ts";
import * as compat from "./compat.ts";
import { handlerOf } from "./endpoint.ts";
import * as management from "./management.ts";
import { metrics } from "./metrics.ts";
import * as native from "./native.ts";
import { STATUS_PATH, proxyStatus } from "./proxy-status.ts";
import type { ErrorFormat, Handler, Route } from "./route.ts";
import { type Method, Router } from "./router.ts";

/** The pipeline serves an `Endpoint`. A `Handler` serves everything else. */
type Row = readonly [methods: readonly Method[], path: string, served: Endpoint | Handler];

const READ = ["GET", "HEAD"] as const;
const POST = ["POST"] as const;

const OLLAMA: readonly Row[] = [
  [READ, "/", native.root],
  [READ, "/api/version", native.version],
  [["GET"], "/api/status", native.status],
  [READ, "/api/tags", native.tags],
  [["GET"], "/api/ps", native.ps],
  [POST, "/api/show", native.show],
  [POST, "/api/chat", ollama.CHAT],
  [POST, "/api/generate", ollama.GENERATE],
  [POST, "/api/embed", ollama.EMBED],
  [POST, "/api/embeddings", ollama.EMBEDDINGS],

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
  [POST, "/v1/chat/completions", openai.CHAT_COMPLETIONS],
  [POST, "/v1/completions", openai.COMPLETIONS],
  [POST, "/v1/embeddings", EMBEDDINGS],
  [POST, "/v1/audio/transcriptions", openai.TRANSCRIPTIONS],
  [POST, "/v1/responses", responses.RESPONSES],
  [["GET"], "/v1/models", compat.models],
  [["GET"], "/v1/models/*", compat.model],
];

const ANTHROPIC: readonly Row[] = [
  [POST, "/v1/messages", messages.MESSAGES],
  [POST, "/v1/messages/count_tokens", compat.messageTokens],
];

/** Routes that Ollama does not have. */
const OWN: readonly Row[] = [
  [["GET"], STATUS_PATH, proxyStatus],
  [["GET"], "/metrics", metrics],
];

function compatErrorType({ kind, provider }: ProxyError): string {
  return kind === "bad-request" && provider === undefined ? JSON_WITH_CHARSET : JSON_TYPE;
}

/** On 401, Ollama's clients show "sign in to ollama.com" instead of the message. */
const OLLAMA_ERRORS: ErrorFormat = {
  encodeError: encodeOllamaError,
  errorType: () => JSON_WITH_CHARSET,
  keyStatus: 403,
};

/** For the SDKs of OpenAI and Anthropic 401 means a wrong key, and 403 a valid key that lacks a permission. */
const OPENAI_ERRORS: ErrorFormat = {
  encodeError: encodeOpenAiError,
  errorType: compatErrorType,
  keyStatus: 401,
};
const ANTHROPIC_ERRORS: ErrorFormat = { ...OPENAI_ERRORS, encodeError: encodeAnthropicError };

/** The error responses for a path without a route. */
export function errorFormatOf(path: string): ErrorFormat {
  return path.startsWith("/v1/") ? OPENAI_ERRORS : OLLAMA_ERRORS;
}

/** Reads a JSON body. Its errors have the wording of one client API. */
type ReadJson = (source: BodySource) => Promise<JsonBody>;

export function createRouter(): Router<Route> {
  const router = new Router<Route>();
  const add = (rows: readonly Row[], read: ReadJson, errors: ErrorFormat): void => {
    for (const [methods, path, served] of rows) {
      const handle = typeof served === "function" ? served : handlerOf(served, read);
      router.add(methods, path, { handle, ...errors });
    }
  };
  add(OLLAMA, readJson, OLLAMA_ERRORS);
  add(OWN, readJson, OLLAMA_ERRORS);
  add(OPENAI, readCompatJson, OPENAI_ERRORS);
  add(ANTHROPIC, readCompatJson, ANTHROPIC_ERRORS);
  return router;
}
