/** Encodes events with a client API, and sends the bytes to real clients. */
import { ReplyCollector } from "../../src/chat/collect.ts";
import { ProxyError } from "../../src/chat/error.ts";
import type { ChatEvent } from "../../src/chat/event.ts";
import { TotalsCollector } from "../../src/chat/totals.ts";
import { MESSAGES } from "../../src/apis/anthropic/client/endpoints.ts";
import { encodeError as encodeAnthropicError } from "../../src/apis/anthropic/client/errors.ts";
import type { Endpoint, RelayContext, Translatable } from "../../src/apis/endpoint.ts";
import { CHAT_COMPLETIONS } from "../../src/apis/openai/client/endpoints.ts";
import { RESPONSES } from "../../src/apis/responses/client/endpoints.ts";
import { encodeError as encodeOpenAiError } from "../../src/apis/shared/openai-errors.ts";
import { NOW_MS } from "./runtime.ts";
import { type Upstream, startUpstream } from "./upstream.ts";

type TranslatedChat = Extract<Translatable, { readonly type: "chat" }>;

/** A client API: its endpoint for chats, and its errors. */
export interface ClientApi {
  /** Throws `ProxyError`. */
  readonly decodeRequest: (body: unknown) => TranslatedChat;
  readonly encodeError: (error: ProxyError, id: string) => object;
}

export const ANTHROPIC: ClientApi = clientApi(MESSAGES, encodeAnthropicError);
export const OPENAI: ClientApi = clientApi(CHAT_COMPLETIONS, encodeOpenAiError);
export const RESPONSES_API: ClientApi = clientApi(RESPONSES, encodeOpenAiError);

export function clientApi(endpoint: Endpoint, encodeError: ClientApi["encodeError"]): ClientApi {
  return { decodeRequest: (value) => translated(endpoint, value), encodeError };
}

function translated({ input }: Endpoint, value: unknown): TranslatedChat {
  if (input.type !== "json") throw new Error("Expected an endpoint for JSON");
  const translatable = input.decode({ text: JSON.stringify(value), value }).translate();
  if (translatable.type !== "chat") throw new Error("Expected a chat request");
  return translatable;
}

export const CONTEXT: RelayContext = {
  model: "[p]-m",
  id: "abcdefgh01234567",
  now: () => NOW_MS,
  startedAtMs: NOW_MS,
  inputTokensEstimate: 12,
  clientHeaders: new Headers(),
  reportUsage: () => undefined,
};

const FAILURE = new ProxyError("upstream-truncated", "[p] The provider ended the stream");

/** Replies of a model, by their content. */
export const REPLIES = {
  empty: [{ type: "finish", reason: "stop", raw: "stop" }],
  text: [
    { type: "text-delta", text: "Hi" },
    { type: "text-delta", text: ' "you"\n' },
    { type: "usage", inputTokens: 9, outputTokens: 4 },
    { type: "finish", reason: "stop", raw: "stop" },
  ],
  thinking: [
    { type: "reasoning-delta", text: "hm" },
    { type: "reasoning-signature", signature: "c2ln" },
    { type: "text-delta", text: "Hi" },
    { type: "usage", inputTokens: 9, outputTokens: 4, cachedTokens: 8, reasoningTokens: 2 },
    { type: "finish", reason: "stop", raw: "stop" },
  ],
  tools: [
    { type: "text-delta", text: "Let me see" },
    { type: "tool-call-start", index: 0, id: "call_1", name: "weather" },
    { type: "tool-call-delta", index: 0, arguments: '{"city":' },
    { type: "tool-call-delta", index: 0, arguments: '"Paris"}' },
    { type: "tool-call-start", index: 1, id: "call_2", name: "time" },
    { type: "finish", reason: "tool-calls", raw: "tool_calls" },
  ],
  interleaved: [
    { type: "tool-call-start", index: 0, id: "call_1", name: "weather" },
    { type: "tool-call-start", index: 1, id: "call_2", name: "time" },
    { type: "tool-call-delta", index: 0, arguments: '{"city":' },
    { type: "tool-call-delta", index: 1, arguments: '{"zone"' },
    { type: "tool-call-delta", index: 0, arguments: '"Paris"}' },
    { type: "tool-call-delta", index: 1, arguments: ':"CET"}' },
    { type: "finish", reason: "stop", raw: "stop" },
  ],
  cut: [
    { type: "text-delta", text: "Once upon" },
    { type: "finish", reason: "length", raw: "length" },
  ],
} as const satisfies { readonly [name: string]: readonly ChatEvent[] };

/** The whole stream of a reply. The reply fails unless `finish` is the last event. */
export function streamed(request: TranslatedChat, events: readonly ChatEvent[]): string {
  const encoder = request.createEncoder(CONTEXT);
  const totals = new TotalsCollector();
  let text = "";
  for (const event of events) text += (totals.push(event) ? encoder.push(event) : "") + encoder.flush();
  return text + (events.at(-1)?.type === "finish" ? encoder.end(totals) : encoder.fail(FAILURE));
}

/** The same reply for a client that did not ask for a stream. */
export function whole(request: TranslatedChat, events: readonly ChatEvent[]): string {
  const collector = new ReplyCollector(CONTEXT.now);
  const totals = new TotalsCollector();
  for (const event of events) if (totals.push(event)) collector.push(event);
  return request.encodeReply(collector.reply(totals), CONTEXT);
}

/** The error of a request that must be rejected, as `kind status message`. */
export function requestErrorOf(api: ClientApi, body: unknown): string {
  try {
    api.decodeRequest(body);
  } catch (error) {
    if (error instanceof ProxyError) return `${error.kind} ${error.status} ${error.message}`;
    throw error;
  }
  throw new Error("Expected the request to be rejected");
}

/** A server that answers every request with `events` in the client API. */
export function startReplay(api: ClientApi, events: readonly ChatEvent[]): Upstream {
  return startUpstream(({ text }) => {
    try {
      const request = api.decodeRequest(JSON.parse(text));
      if (!request.chat.stream) return json(whole(request, events), 200);
      return new Response(streamed(request, events), { headers: { "content-type": "text/event-stream" } });
    } catch (error) {
      if (!(error instanceof ProxyError)) throw error;
      return json(JSON.stringify(api.encodeError(error, CONTEXT.id)), error.status);
    }
  });
}

function json(text: string, status: number): Response {
  return new Response(text, { status, headers: { "content-type": "application/json" } });
}

/** Decodes the request `plain` with some fields replaced. */
export function decoderFor(api: ClientApi, plain: object): (fields: object) => unknown {
  return (fields) => api.decodeRequest({ ...plain, ...fields }).chat;
}

/** The neutral form of a request with one message and no other fields. */
export const ONE_MESSAGE = {
  model: "[p]-m",
  messages: [{ role: "user", parts: [{ type: "text", text: "hi" }] }],
  stream: false,
  tools: [],
  sampling: {},
};
