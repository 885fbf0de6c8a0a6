/**
 * The two interfaces that APIs implement. A client API is a set of `Endpoint`s, which client programs call.
 * An upstream API is an `UpstreamApi`, which providers serve. Implementations are pure: they do no I/O and
 * read no clock.
 */
import type { ChatReply } from "../chat/collect.ts";
import type { RequestDefaults } from "../chat/defaults.ts";
import type { EmbedReply, EmbedRequest } from "../chat/embed.ts";
import type { ProxyError } from "../chat/error.ts";
import type { Phase, ReplyContext, StreamDecoder, StreamEncoder } from "../chat/event.ts";
import type { ModelInfo } from "../chat/model.ts";
import type { ChatRequest } from "../chat/request.ts";
import type { ReportUsage } from "../chat/usage-meter.ts";
import type { ProviderOptions } from "../options/options.ts";
import type { OptionSource } from "../options/preset.ts";
import type { ModelSigns } from "../options/resolve.ts";
import type { JsonObject } from "../wire/json.ts";

/** The values of `api_type`, in lower case. */
export const UPSTREAM_API_NAMES = ["openai", "ollama", "anthropic", "responses"] as const;

export type UpstreamApiName = (typeof UPSTREAM_API_NAMES)[number];
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

/**
 * Translates a streamed reply: takes the provider's bytes and returns text for the client. It is synchronous
 * and uses no clock and no stream, so that tests can split the bytes anywhere.
 */
export interface StreamTranslator {
  readonly phase: Phase;
  /** The provider has sent a part of its reply. Repeating the request now would be paid for twice. */
  readonly hasBegun: boolean;
  /** There is text that `push` could not return because an error followed it in the same bytes. */
  readonly hasText: boolean;
  /** Throws `ProxyError` when the bytes are an error or invalid. */
  push(bytes: Uint8Array): string;
  /** The body ended. Throws `ProxyError` when the reply is incomplete. */
  end(): string;
  /** The last text after an error, in the client's API. */
  fail(error: ProxyError): string;
  /** The reply has ended in any way. Reports estimated tokens if the provider did not count them. */
  close(): void;
}

/** An API that providers serve. */
export interface UpstreamApi {
  /**
   * The possible base paths of the API, the most likely first. `path` is the path of the configured URL
   * without an endpoint at its end. `presetPath` is the known path of the host.
   */
  readonly basePaths: (path: string, presetPath: string | undefined) => readonly string[];
  /** The defaults and presets of its providers. */
  readonly optionSource: OptionSource;
  /** Headers of every request, by their name in lower case. Absent: none. */
  readonly headers?: { readonly [name: string]: string };
  /** Headers that carry the secret. */
  readonly auth: (secret: string, options: ProviderOptions) => { readonly [name: string]: string };
  readonly modelList: ModelListCodec;
  /** Its servers may lack the routes that they share with other APIs. Requests for a missing route are then translated. */
  readonly hasOptionalRoutes?: boolean;
  readonly chat: ChatCodec;
  /** Absent: its models cannot embed. */
  readonly embeddings?: EmbeddingsCodec;
  /** Absent: errors do not change later requests. */
  readonly requestFixes?: RequestFixes;
  /** Reads the provider's description of one model. Absent: only its list describes models. */
  readonly show?: ShowCodec;
  /** Lists the models that the provider runs. Absent: a model is said to run after a request for it. */
  readonly running?: RunningCodec;
  /** Clients may pull, create, copy and delete the provider's models. Absent: they cannot. */
  readonly management?: ManagementCodec;
}

export interface ModelListCodec {
  /** Paths of the list, relative to the base. The first path that answers is used. */
  readonly paths: (options: ProviderOptions) => readonly string[];
  /** Undefined when the body is not a list of models. Never throws. */
  readonly decode: (body: unknown) => readonly ModelInfo[] | undefined;
  /** The query of the next page, without a question mark. Undefined on the last page. */
  readonly nextPage: (body: unknown) => string | undefined;
  /** What the list says of each model that shows which program sent it. Absent: all providers of this API run the same program. Never throws. */
  readonly signs?: (body: unknown) => readonly ModelSigns[];
  /** Never throws. */
  readonly decodeError: (status: number, text: string) => ProxyError;
  /** The request for a model whose list entry is incomplete. Absent: there is no such request. */
  readonly details?: {
    readonly path: string;
    readonly isNeeded: (model: ModelInfo) => boolean;
    readonly encodeRequest: (id: string) => object;
    /** Never throws. */
    readonly decode: (model: ModelInfo, body: unknown) => ModelInfo;
  };
}

export interface ChatCodec {
  readonly encodeRequest: (request: ChatRequest, model: string, options: ProviderOptions) => UpstreamRequest;
  readonly createDecoder: (context: ReplyContext, options: ProviderOptions) => StreamDecoder;
  /** `text` is the body of a reply that is not 2xx or not a stream of this API. Never throws. */
  readonly decodeError: (status: number, text: string) => ProxyError;
}

export interface UpstreamRequest {
  /** Appended to the provider's base URL. */
  readonly path: string;
  /** The content type to ask for. */
  readonly accept: string;
  /** Headers of this request, by their name in lower case. Absent: none. */
  readonly headers?: { readonly [name: string]: string };
  readonly body: JsonObject;
  /** The client's tool names, for tools that have another name at the provider. */
  readonly toolNames: ReadonlyMap<string, string>;
  /** Fields that the client set and the provider does not accept. */
  readonly droppedParams: readonly string[];
}

export interface EmbeddingsCodec {
  readonly path: string;
  readonly encodeRequest: (request: EmbedRequest, model: string, options: ProviderOptions) => JsonObject;
  /** Throws `upstream-invalid` unless the reply has one vector for each of the `count` inputs. */
  readonly decodeReply: (body: unknown, count: number) => EmbedReply;
  /** Never throws. */
  readonly decodeError: (status: number, text: string) => ProxyError;
}

/** Finds in an error how to change requests so that the provider accepts them. */
export interface RequestFixes {
  /** `text` is the error's body. Undefined when it gives no change for this request. */
  readonly find: (text: string, body: JsonObject, options: ProviderOptions) => RequestFix | undefined;
  readonly apply: (body: JsonObject, fix: RequestFix) => JsonObject;
  /** The change that requests the reply as a whole. Undefined when the body does not request a stream. */
  readonly unstream: (body: JsonObject) => RequestFix | undefined;
}

/** A change that makes a provider accept a request. */
export interface RequestFix {
  /** Fields to omit from the body. */
  readonly drop: readonly string[];
  /** Fields to send under another name. */
  readonly rename: { readonly [field: string]: string };
  /** Fields to omit from every message. */
  readonly dropFromMessages: readonly string[];
  /** Values that replace the sent ones. */
  readonly set: JsonObject;
  /** Applies to this request only and is not kept for others. */
  readonly isOnce?: boolean;
  /** The error is about the content of the request. The client of a relayed request gets the error instead of the fix. */
  readonly onlyTranslated?: boolean;
  /** The fix applies only to requests with this field. */
  readonly onlyWith?: string;
  /** Options for encoding the request again. */
  readonly options: Partial<ProviderOptions>;
}

export interface ShowCodec {
  readonly path: string;
  readonly encodeRequest: (id: string, query: ShowQuery) => object;
  /** Undefined when the body does not describe a model. */
  readonly decode: (body: unknown) => JsonObject | undefined;
  /** Never throws. */
  readonly decodeError: (status: number, text: string) => ProxyError;
}

/** What a client wants of a description. */
export interface ShowQuery {
  /** Whether to include the vocabulary of the model. */
  readonly verbose: boolean;
  /** Replaces the model's system message in the description. Empty: it does not. */
  readonly system: string;
  /** Parameters that the description has in addition to the model's. */
  readonly options: JsonObject;
}

/** The models that a provider has in memory. */
export interface RunningCodec {
  readonly path: string;
  /** Undefined when the body is not a list. Never throws. */
  readonly decode: (body: unknown) => readonly RunningModel[] | undefined;
}

export interface RunningModel {
  /** The provider's own name. */
  readonly id: string;
  /** The provider's entry of its list. */
  readonly entry: JsonObject;
  /** When the model is unloaded. */
  readonly expiresAtMs: number;
}

export interface ManagementCodec {
  /** Whether the body of a reply reports that the change is complete. */
  readonly isDone: (text: string) => boolean;
  /** Never throws. */
  readonly decodeError: (status: number, text: string) => ProxyError;
  /** Relays the progress of a long change. `model` is the name that the client sent. */
  readonly createTranslator: (model: string) => StreamTranslator;
}
