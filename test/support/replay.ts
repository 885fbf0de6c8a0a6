/** Replays the reply of a provider to clients of each API in memory: the part of the pipeline between the sockets. */
import { MESSAGES } from "../../src/apis/anthropic/client/endpoints.ts";
import { encodeError as encodeAnthropicError } from "../../src/apis/anthropic/client/errors.ts";
import type { ClientRequest, Endpoint, RelayContext } from "../../src/apis/endpoint.ts";
import type { StreamTranslator } from "../../src/apis/stream-translator.ts";
import { CHAT } from "../../src/apis/ollama/client/endpoints.ts";
import { encodeError as encodeOllamaError } from "../../src/apis/ollama/client/errors.ts";
import { CHAT_COMPLETIONS } from "../../src/apis/openai/client/endpoints.ts";
import { RESPONSES } from "../../src/apis/responses/client/endpoints.ts";
import { encodeError as encodeOpenAiError } from "../../src/apis/shared/openai-errors.ts";
import { UPSTREAM_APIS } from "../../src/apis/upstreams.ts";
import { ProxyError } from "../../src/chat/error.ts";
import { createMasker } from "../../src/masker.ts";
import { resolveOptions } from "../../src/options/resolve.ts";
import { chatTranslator } from "../../src/pipeline/translate.ts";
import { parseJson } from "../../src/wire/json.ts";
import type { Fixture } from "./fixtures.ts";
import { NOW_MS, fixedRuntime } from "./runtime.ts";

export interface Client {
  readonly path: string;
  readonly endpoint: Endpoint;
  readonly encodeError: (error: ProxyError, id: string) => object;
  /** The request of a fixture without its own request. */
  readonly question: { readonly [key: string]: unknown };
}

const PROVIDER = { name: "p", masker: createMasker([]) };
const MODEL = "[p]-m";
const HI = [{ role: "user", content: "hi" }];

/** By the name of the expected file. */
const CLIENTS: { readonly [file: string]: Client } = {
  "ollama.ndjson": {
    path: "/api/chat",
    endpoint: CHAT,
    encodeError: encodeOllamaError,
    question: { model: MODEL, messages: HI },
  },
  "openai.sse": {
    path: "/v1/chat/completions",
    endpoint: CHAT_COMPLETIONS,
    encodeError: encodeOpenAiError,
    question: { model: MODEL, messages: HI, stream: true },
  },
  "anthropic.sse": {
    path: "/v1/messages",
    endpoint: MESSAGES,
    encodeError: encodeAnthropicError,
    question: { model: MODEL, stream: true, messages: HI, max_tokens: 100 },
  },
  "responses.sse": {
    path: "/v1/responses",
    endpoint: RESPONSES,
    encodeError: encodeOpenAiError,
    question: { model: MODEL, stream: true, input: "hi" },
  },
};

const CONTEXT: RelayContext = {
  model: MODEL,
  id: fixedRuntime().randomId(),
  now: () => NOW_MS,
  startedAtMs: NOW_MS,
  inputTokensEstimate: 1,
  clientHeaders: new Headers(),
  reportUsage: () => undefined,
};

/** The translator that the pipeline would use. */
function createTranslator({ endpoint }: Client, fixture: Fixture, request: ClientRequest): StreamTranslator {
  const api = UPSTREAM_APIS[fixture.upstream];
  const options = resolveOptions(api.optionSource, { host: "" }, "m", fixture.options);
  const { relay } = endpoint;
  const isRelayed =
    relay?.paths[fixture.upstream] !== undefined && relay.isServed?.(options, request) !== false;
  if (isRelayed) return relay.createTranslator(request, options, CONTEXT);
  const translated = request.translate();
  if (translated.type !== "chat") throw new Error("The request is no chat");
  return chatTranslator(translated, api.chat, CONTEXT, {
    options,
    toolNames: new Map(),
    history: { storeCall: () => undefined, storeThinking: () => undefined },
  });
}

function decode({ endpoint, question }: Client, fixture: Fixture): ClientRequest {
  if (endpoint.input.type !== "json") throw new Error("The endpoint takes no JSON");
  const text = fixture.request ?? JSON.stringify({ ...question, ...fixture.client });
  return endpoint.input.decode({ text, value: parseJson(text) });
}

/** Returns a function for the text that a client gets when the body arrives in the given pieces. Works like `StreamedReply`, without sockets. */
export function replayTo(client: Client, fixture: Fixture): (pieces: Iterable<Uint8Array>) => string {
  const request = decode(client, fixture);
  return (pieces) => replay(pieces, createTranslator(client, fixture, request), client.encodeError);
}

function replay(
  pieces: Iterable<Uint8Array>,
  translator: StreamTranslator,
  encodeError: Client["encodeError"],
): string {
  let out = "";
  try {
    for (const piece of pieces) {
      out += translator.push(piece);
      if (translator.phase === "done") break;
    }
    return out + translator.end();
  } catch (error) {
    if (!(error instanceof ProxyError)) throw error;
    const failure = error.from(PROVIDER);
    // An error before the first text is the whole reply.
    const isWhole = out === "" && !translator.hasText;
    return isWhole ? JSON.stringify(encodeError(failure, CONTEXT.id)) : out + translator.fail(failure);
  }
}

/**
 * The clients of a fixture, by the name of their expected file. A request of the Ollama API gets a reply of that API. Ollama servers also
 * serve the routes of OpenAI, so those are not translated.
 */
export function clientsOf(fixture: Fixture): readonly (readonly [file: string, client: Client])[] {
  const all = Object.entries(CLIENTS);
  const isOllamas =
    fixture.upstream === "ollama" || fixture.request !== undefined || Object.keys(fixture.client).length > 0;
  return isOllamas ? all.filter(([file]) => file === "ollama.ndjson") : all;
}
