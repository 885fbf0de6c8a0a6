/**
 * The interface of a client API: a set of `Endpoint`s, which client programs call. Implementations are pure: they do no I/O and read
 * no clock.
 */
import type { ChatReply } from "../chat/collect.ts";
import type { RequestDefaults } from "../chat/defaults.ts";
import type { EmbedReply, EmbedRequest } from "../chat/embed.ts";
import type { ProxyError } from "../chat/error.ts";
import type { ReplyContext, StreamEncoder } from "../chat/event.ts";
import type { ChatRequest } from "../chat/request.ts";
import type { ReportUsage } from "../chat/usage-meter.ts";
import type { ProviderOptions } from "../options/options.ts";
import type { JsonObject } from "../wire/json.ts";
import type { StreamTranslator } from "./stream-translator.ts";
import type { UpstreamApiName } from "./upstream-api.ts";

/** A request body: its text, which a relay sends on, and its parsed value. */
export interface JsonBody {
  readonly text: string;
  readonly value: unknown;
}

/** A multipart form, parsed by the runtime. */
export type Form = Awaited<ReturnType<Request["formData"]>>;

/**
 * A route of a client API whose requests are answered by a provider. `server/routes.ts` has its path and
 * methods.
 */
export interface Endpoint {
  readonly input:
    | { readonly type: "json"; readonly decode: (body: JsonBody) => ClientRequest }
    | { readonly type: "form"; readonly decode: (form: Form) => ClientRequest };
  /** The errors for a name without a model. Both default to Ollama's messages. */
  readonly modelErrors?: ModelErrors;
  /** Replaces an error message where the real server has a special one for this route. */
  readonly rewordError?: (error: ProxyError, request: ClientRequest) => ProxyError;
  /** How to call a provider that serves the same route. Absent: every reply is translated. */
  readonly relay?: Relay;
  readonly stream: StreamFormat;
  /** Content type of a reply that is not streamed. Absent: the provider's own. */
  readonly wholeType?: string;
}

/** What a client expects of a streamed reply. */
export interface StreamFormat {
  readonly contentType: string;
  /** Text that is sent while the provider is silent. Absent: the client API has none. */
  readonly ping?: string;
  readonly isCacheable?: boolean;
  /** After an error at the end of a stream the connection is broken, for clients that do not read that error. */
  readonly breaksOnError?: boolean;
}

export interface ModelErrors {
  /** `request` is the decoded request. */
  readonly missing?: (request: ClientRequest) => ProxyError;
  /** The message for a name that no model can have. */
  readonly invalid?: (name: string) => string;
}

/** One request of a client. Only the members that every provider needs are decoded. */
export interface ClientRequest {
  /** The name that the client sent. */
  readonly model: string;
  readonly stream: boolean;
  /** The parsed body. */
  readonly body: unknown;
  readonly needs: Needs;
  /** False: the model itself is not asked, so the request has no tokens and loads nothing. Absent: true. */
  readonly usesModel?: false;
  /** Number of texts to embed. They may be sent in several requests. Absent: the request cannot be split. */
  readonly inputCount?: number | undefined;
  /** How long the client wants the model to stay loaded. 0 unloads it. `Infinity` is forever. */
  readonly keepAliveMs?: number | undefined;
  /**
   * The body for a provider that serves the same route. It has the defaults that the client has not set. Absent: the endpoint has no relay.
   */
  readonly encodeRelay?: (
    model: string,
    options: ProviderOptions,
    defaults: RequestDefaults | undefined,
  ) => RelayBody;
  /** Estimates the tokens of the request. Absent: the translated request is estimated. */
  readonly estimateInput?: () => number;
  /** The request in neutral form. Throws `ProxyError` when it cannot be translated. */
  readonly translate: () => Translatable;
}

/** What a request requires of its model. */
export interface Needs {
  /** The route's name in Ollama's error for a model that cannot do this. Undefined: every model is accepted. */
  readonly completion?: "chat" | "generate" | undefined;
  readonly tools?: boolean | undefined;
  /** `required`: a model that cannot think is an error. */
  readonly thinking?: "required" | undefined;
}

export type Translatable =
  | {
      readonly type: "chat";
      readonly chat: ChatRequest;
      /** Fields that the client set and that no translation can carry. */
      readonly droppedParams?: readonly string[];
      readonly createEncoder: (context: ReplyContext) => StreamEncoder;
      /** JSON text. Throws `ProxyError` when the reply cannot be expressed. */
      readonly encodeReply: (reply: ChatReply, context: ReplyContext) => string;
    }
  | {
      readonly type: "embed";
      readonly embed: EmbedRequest;
      /** JSON text. */
      readonly encodeReply: (reply: EmbedReply, context: ReplyContext) => string;
    }
  /**
   * Answered without a request to the provider: loading or unloading a model. `encodeReply` returns JSON
   * text, or with `isStream` the whole text of a stream.
   */
  | {
      readonly type: "local";
      readonly encodeReply: (context: ReplyContext) => string;
      readonly isStream?: boolean;
    };

/** The client's body, with only the model's name replaced. */
export type RelayBody =
  | {
      readonly type: "json";
      readonly value: JsonObject;
      /** JSON text of the value, possibly after request fixes. It keeps the client's text where possible. */
      readonly encode: (value: JsonObject) => string;
      readonly droppedParams: readonly string[];
    }
  | { readonly type: "form"; readonly form: FormData };

/** How requests and replies of an endpoint pass between a client and a provider of the same API. */
export interface Relay {
  /** Where each upstream API serves the route, relative to the provider's base. */
  readonly paths: { readonly [api in UpstreamApiName]?: string };
  /** Whether a provider with these options serves the route and accepts this request. Absent: always. */
  readonly isServed?: (options: ProviderOptions, request: ClientRequest) => boolean;
  /** The provider itself checks what its models can do. */
  readonly checksModels?: boolean;
  /** A relayed request can carry every default of an alias. Absent: only those that the API has. */
  readonly carriesDefaults?: boolean;
  /** Names of those headers of the client, in lower case, that the provider gets. Absent: none. */
  readonly requestHeaders?: readonly string[];
  /** Clients get the provider's headers that are meant for them. */
  readonly passesHeaders?: boolean;
  readonly acceptStream: string;
  /** `text` is the body of a reply whose status is not 2xx. Never throws. */
  readonly decodeError: (status: number, text: string) => ProxyError;
  readonly createTranslator: (
    request: ClientRequest,
    options: ProviderOptions,
    context: RelayContext,
  ) => StreamTranslator;
  /** The text of a non-streamed reply. Throws `ProxyError` when the body is an error or not a reply. */
  readonly readReply: (
    reply: WholeReply,
    request: ClientRequest,
    options: ProviderOptions,
    context: RelayContext,
  ) => string;
}

/** The complete body of a reply that is not streamed. */
interface WholeReply {
  readonly text: string;
  readonly contentType: string | undefined;
  /** The connection broke after this text. The text may still be complete. */
  readonly isCut: boolean;
}

export interface RelayContext extends ReplyContext {
  /** The headers of the client's request. */
  readonly clientHeaders: Headers;
  readonly reportUsage: ReportUsage;
  /**
   * Whether another model can answer after the error. Then an empty reply, and one that a content filter has
   * emptied, are errors. Absent: there is none.
   */
  readonly hasOther?: (error: ProxyError) => boolean;
}
