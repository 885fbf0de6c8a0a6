/**
 * The interface of an upstream API, which providers serve. Implementations are pure: they do no I/O and read no clock.
 */
import type { EmbedReply, EmbedRequest } from "../chat/embed.ts";
import type { ProxyError } from "../chat/error.ts";
import type { ReplyContext, StreamDecoder } from "../chat/event.ts";
import type { ModelInfo } from "../chat/model.ts";
import type { ChatRequest } from "../chat/request.ts";
import type { ProviderOptions } from "../options/options.ts";
import type { OptionSource } from "../options/preset.ts";
import type { ModelSigns } from "../options/resolve.ts";
import type { JsonObject } from "../wire/json.ts";
import type { StreamTranslator } from "./stream-translator.ts";

/** The values of `api_type`, in lower case. */
export const UPSTREAM_API_NAMES = ["openai", "ollama", "anthropic", "responses"] as const;

export type UpstreamApiName = (typeof UPSTREAM_API_NAMES)[number];

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
