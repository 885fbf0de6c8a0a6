/**
 * The two interfaces that APIs implement. A client API is a set of `Endpoint`s, which apps call. An upstream API is one
 * `UpstreamApi`, which a provider speaks. Everything behind them is pure: no I/O, no clock.
 */
import type { ChatReply } from "../chat/collect.ts";
import type { EmbedReply, EmbedRequest } from "../chat/embed.ts";
import type { ProxyError } from "../chat/error.ts";
import type { Phase, ReplyContext, StreamDecoder, StreamEncoder } from "../chat/event.ts";
import type { ModelInfo } from "../chat/model.ts";
import type { ChatRequest } from "../chat/request.ts";
import type { ReportUsage } from "../chat/usage-meter.ts";
import type { ProviderOptions } from "../options/options.ts";
import type { JsonObject } from "../wire/json.ts";
import type { UpstreamApiName } from "./upstreams.ts";

/** A request body: its text, which a relay passes on, and the value that it parses to. */
export interface JsonBody {
  readonly text: string;
  readonly value: unknown;
}

/** A multipart form, as the runtime parses it. */
export type Form = Awaited<ReturnType<Request["formData"]>>;

/** A route of a client API whose requests a provider answers. Its path and methods are in `server/routes.ts`. */
export interface Endpoint {
  readonly input:
    | { readonly type: "json"; readonly decode: (body: JsonBody) => ClientRequest }
    | { readonly type: "form"; readonly decode: (form: Form) => ClientRequest };
  /** The errors of a name that means no model; both default to Ollama's words. */
  readonly modelErrors?: ModelErrors;
  /** An error in the words of this route, where the real server has words of its own. */
  readonly rewordError?: (error: ProxyError, request: ClientRequest) => ProxyError;
  /** How a provider that serves the same route is asked; absent: every reply is translated. */
  readonly relay?: Relay;
  readonly stream: StreamFormat;
  /** Content type of a reply that is not streamed; absent: the provider's own. */
  readonly wholeType?: string;
}

/** What a client expects of a streamed reply. */
export interface StreamFormat {
  readonly contentType: string;
  /** Text that is sent while the provider is silent; absent: the client API has none. */
  readonly ping?: string;
  readonly isCacheable?: boolean;
}

export interface ModelErrors {
  /** `request` is what the endpoint decoded. */
  readonly missing?: (request: ClientRequest) => ProxyError;
  /** The message for a name that no model can have. */
  readonly invalid?: (name: string) => string;
}

/** One request of a client, decoded as far as every provider needs it. */
export interface ClientRequest {
  /** As the client named it. */
  readonly model: string;
  readonly stream: boolean;
  /** The parsed body. */
  readonly body: unknown;
  readonly needs: Needs;
  /** Texts to embed, which may be asked for in several requests; absent: the request is one. */
  readonly inputCount?: number | undefined;
  /** How long the client wants the model to stay loaded; 0 unloads it, `Infinity` is forever. */
  readonly keepAliveMs?: number | undefined;
  /** The body for a provider that serves the same route; absent where the endpoint has no relay. */
  readonly encodeRelay?: (model: string, options: ProviderOptions) => RelayBody;
  /** Tokens of the request, where the provider does not count them; absent: those of its translation. */
  readonly estimateInput?: () => number;
  /** The request in neutral form. Throws `ProxyError` when it cannot be translated. */
  readonly translate: () => Translatable;
}

/** What a request needs of its model. */
export interface Needs {
  /** The word of the route in Ollama's error when the model cannot do it; undefined: any model will do. */
  readonly completion?: "chat" | "generate" | undefined;
  readonly tools?: boolean | undefined;
  /** `required`: a model that cannot think is an error. */
  readonly thinking?: "required" | undefined;
}

export type Translatable =
  | {
      readonly type: "chat";
      readonly chat: ChatRequest;
      /** What the client set and no translation can carry. */
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
  /** Answered without asking the provider: loading or unloading a model. JSON text. */
  | { readonly type: "local"; readonly encodeReply: (context: ReplyContext) => string };

/** A body that is sent on as it came, but for the model's name. */
export type RelayBody =
  | {
      readonly type: "json";
      readonly value: JsonObject;
      /** JSON text of the value, or of what request fixes made of it; the client's own text as far as possible. */
      readonly encode: (value: JsonObject) => string;
      readonly droppedParams: readonly string[];
    }
  | { readonly type: "form"; readonly form: FormData };

/** How an endpoint's requests and replies pass between a client and a provider of the same API. */
export interface Relay {
  /** Where each upstream API serves the route, relative to the provider's base. */
  readonly paths: { readonly [api in UpstreamApiName]?: string };
  /** Whether a provider of these options serves the route, and takes this request at once; absent: all do. */
  readonly isServed?: (options: ProviderOptions, request: ClientRequest) => boolean;
  /** The provider checks by itself what its models can do. */
  readonly checksModels?: boolean;
  /** Headers of the provider that are meant for clients reach them. */
  readonly passesHeaders?: boolean;
  readonly acceptStream: string;
  /** `text` is the body of a reply whose status is not 2xx. Never throws. */
  readonly decodeError: (status: number, text: string) => ProxyError;
  readonly createTranslator: (
    request: ClientRequest,
    options: ProviderOptions,
    context: RelayContext,
  ) => StreamTranslator;
  /** The client's text of a reply that is not streamed. Throws `ProxyError` when it is an error, or no reply. */
  readonly readReply: (
    reply: WholeReply,
    request: ClientRequest,
    options: ProviderOptions,
    context: RelayContext,
  ) => string;
}

/** The body of a reply that was read whole. */
interface WholeReply {
  readonly text: string;
  readonly contentType: string | undefined;
  /** The connection broke after the text, which may be complete all the same. */
  readonly isCut: boolean;
}

export interface RelayContext extends ReplyContext {
  readonly reportUsage: ReportUsage;
}

/**
 * The core of a streamed reply: bytes of the provider in, text for the client out. Synchronous and free of clocks and
 * streams, so that tests can cut the bytes anywhere.
 */
export interface StreamTranslator {
  readonly phase: Phase;
  /** The provider has sent a part of its reply: a request that is sent again now is paid for twice. */
  readonly hasBegun: boolean;
  /** There is text that `push` could not return, because an error followed it in the same bytes. */
  readonly hasText: boolean;
  /** Throws `ProxyError` when the bytes are an error, or make no sense. */
  push(bytes: Uint8Array): string;
  /** The body ended. Throws `ProxyError` when the reply is incomplete. */
  end(): string;
  /** The last text after an error, in the client's API. */
  fail(error: ProxyError): string;
  /** The reply is over, however it ended: reports the tokens that came if the provider did not count them. */
  close(): void;
}

/** What a provider speaks. */
export interface UpstreamApi {
  /**
   * The paths that the API may be under, the likeliest first. `path` is that of the configured URL, without an endpoint
   * at its end; `presetPath` is what is known of the host.
   */
  readonly basePaths: (path: string, presetPath: string | undefined) => readonly string[];
  /** Headers that carry the secret. */
  readonly auth: (secret: string, options: ProviderOptions) => { readonly [name: string]: string };
  readonly modelList: ModelListCodec;
  readonly chat: ChatCodec;
  readonly embeddings: EmbeddingsCodec;
  /** Absent: nothing is learned from errors. */
  readonly requestFixes?: RequestFixes;
  /** The provider describes single models; absent: only its list does. */
  readonly show?: ShowCodec;
  /** The provider keeps models that clients may pull, create, copy and delete; absent: they are not for clients to change. */
  readonly management?: ManagementCodec;
}

export interface ModelListCodec {
  /** Paths of the list relative to the base; the first that answers counts. */
  readonly paths: (options: ProviderOptions) => readonly string[];
  /** Undefined when the body is no list of models. Never throws. */
  readonly decode: (body: unknown) => readonly ModelInfo[] | undefined;
  /** The query of the next page, without a question mark; undefined on the last one. */
  readonly nextPage: (body: unknown) => string | undefined;
  /** Never throws. */
  readonly decodeError: (status: number, text: string) => ProxyError;
  /** Where a model is asked for that the list describes too little; absent: nowhere. */
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
  /** `text` is the body of a reply whose status is not 2xx, or that is no stream of this API. Never throws. */
  readonly decodeError: (status: number, text: string) => ProxyError;
}

export interface UpstreamRequest {
  /** Appended to the provider's base URL. */
  readonly path: string;
  /** The content type of the reply that is wanted. */
  readonly accept: string;
  readonly body: JsonObject;
  /** The client's names of those tools that the provider knows by another. */
  readonly toolNames: ReadonlyMap<string, string>;
  /** What the client set and the provider does not accept. */
  readonly droppedParams: readonly string[];
}

export interface EmbeddingsCodec {
  readonly path: string;
  readonly encodeRequest: (request: EmbedRequest, model: string, options: ProviderOptions) => JsonObject;
  /** Throws `upstream-invalid` when there is not one vector for each of `count` inputs. */
  readonly decodeReply: (body: unknown, count: number) => EmbedReply;
  /** Never throws. */
  readonly decodeError: (status: number, text: string) => ProxyError;
}

/** What an error teaches about requests. */
export interface RequestFixes {
  /** `text` is the error's body. Undefined when it teaches nothing that applies to this request. */
  readonly find: (text: string, body: JsonObject, options: ProviderOptions) => RequestFix | undefined;
  readonly apply: (body: JsonObject, fix: RequestFix) => JsonObject;
}

/** A change that makes a provider accept a request. */
export interface RequestFix {
  /** Fields to leave out of the body. */
  readonly drop: readonly string[];
  /** Fields to send under another name. */
  readonly rename: { readonly [field: string]: string };
  /** Fields to leave out of every message. */
  readonly dropFromMessages: readonly string[];
  /** Values to send in place of what was sent. */
  readonly set: JsonObject;
  /** Depends on this one request, and is not kept for others. */
  readonly isOnce?: boolean;
  /** Options with which the request is encoded anew. */
  readonly options: Partial<ProviderOptions>;
}

export interface ShowCodec {
  readonly path: string;
  readonly encodeRequest: (id: string, verbose: boolean) => object;
  /** Undefined when the body is no description of a model. */
  readonly decode: (body: unknown) => JsonObject | undefined;
  /** Never throws. */
  readonly decodeError: (status: number, text: string) => ProxyError;
}

export interface ManagementCodec {
  /** Whether the body of an answer says that a change is done. */
  readonly isDone: (text: string) => boolean;
  /** Never throws. */
  readonly decodeError: (status: number, text: string) => ProxyError;
  /** Relays the progress of a long change; `model` is the name by which the client asked. */
  readonly createTranslator: (model: string) => StreamTranslator;
}
