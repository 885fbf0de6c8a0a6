/** Ollama's own routes for one model: `/api/chat`, `/api/generate`, `/api/embed` and `/api/embeddings`. */
import { ProxyError, modelNotFound } from "../../../chat/error.ts";
import { JSON_TYPE, JSON_WITH_CHARSET, NDJSON_TYPE } from "../../../wire/content-types.ts";
import { exactBody } from "../../../wire/exact-json.ts";
import type { ClientRequest, Endpoint, JsonBody, Needs, Translatable } from "../../endpoint.ts";
import { embedModelNotFound } from "../../shared/embed-errors.ts";
import { qualifiedName } from "../../../models/name.ts";
import { encodeRelayBody } from "../../shared/relay-body.ts";
import { withRelayDefaults } from "../relay-defaults.ts";
import { ollamaRelay } from "../relay.ts";
import { packContext } from "./context.ts";
import {
  type DecodedEmbed,
  decodeEmbedRequest,
  decodeEmbeddingsRequest,
  encodeEmbedReply,
  encodeEmbeddingsReply,
  inputTooLong,
} from "./embed.ts";
import {
  CHAT_SHAPE,
  OllamaEncoder,
  type Shape,
  encodeLoaded,
  encodeReply,
  generateShape,
} from "./encoder.ts";
import { strictBody } from "./normalize.ts";
import { type NativeRequest, decodeChatRequest, decodeFormat, decodeGenerateRequest } from "./request.ts";

/**
 * Open WebUI, koog, Spring AI and `ollama-ai-provider-v2` skip an error line and take half a reply for a whole one. All clients report a
 * broken connection. Those that read the line show its message and stop there. `test/README.md` has a table of them.
 */
const STREAM = { contentType: NDJSON_TYPE, breaksOnError: true } as const;

export const CHAT: Endpoint = {
  input: {
    type: "json",
    decode: (body) => {
      const value = exactBody(body);
      const request = decodeChatRequest(value);
      // The real server's two routes differ: this one has a special error for a request without a model.
      if (request.chat.model.trim() === "") throw new ProxyError("invalid-name", "model is required");
      return chatRequest({ ...body, value }, request, "chat", CHAT_SHAPE);
    },
  },
  rewordError: retype,
  relay: ollamaRelay("/api/chat"),
  stream: STREAM,
  wholeType: JSON_WITH_CHARSET,
};

export const GENERATE: Endpoint = {
  input: {
    type: "json",
    decode: (body) => {
      const request = decodeGenerateRequest(exactBody(body));
      const isRaw = request.chat.completion !== undefined;
      const shape = generateShape(isRaw ? undefined : (reply) => packContext(request.chat.messages, reply));
      return chatRequest(body, request, "generate", shape);
    },
  },
  rewordError: (error, request) => retype(rewordCompletion(error, request), request),
  relay: ollamaRelay("/api/generate"),
  stream: STREAM,
  wholeType: JSON_WITH_CHARSET,
};

function chatRequest(
  body: JsonBody,
  request: NativeRequest,
  completion: NonNullable<Needs["completion"]>,
  shape: Shape,
): ClientRequest {
  const { chat, keepAliveMs } = request;
  const wantsThinking = chat.reasoning !== undefined && chat.reasoning !== "off";
  return {
    model: chat.model,
    // Loading, unloading and the prompt are answered with one object, even when the client asked for a stream.
    stream: chat.stream && !request.isEmpty && !request.rendersOnly,
    body: body.value,
    needs: {
      completion,
      tools: chat.tools.length > 0,
      thinking: wantsThinking ? "required" : undefined,
    },
    keepAliveMs,
    encodeRelay: (model, _options, defaults) => {
      const strict = strictBody(body.text, body.value);
      return encodeRelayBody({ text: strict, value: body.value }, model, (members) =>
        defaults === undefined ? members : withRelayDefaults(members, defaults, completion),
      );
    },
    translate: () => translated(request, shape),
  };
}

function translated(request: NativeRequest, shape: Shape): Translatable {
  const { isEmpty, keepAliveMs, hasTemplate } = request;
  if (isEmpty) {
    const how = keepAliveMs === 0 ? "unload" : "load";
    return { type: "local", encodeReply: (context) => encodeLoaded(context, shape, how) };
  }
  if (request.rendersOnly) {
    throw new ProxyError(
      "unsupported",
      'Only Ollama servers support "_debug_render_only"; choose a model of one',
    );
  }
  const chat = { ...request.chat, format: decodeFormat(request.format) };
  if (chat.tools.some(({ name }) => name === "")) {
    throw new ProxyError("bad-request", "Cannot read the tools: every tool needs a function with a name");
  }
  return {
    type: "chat",
    chat,
    // The provider applies the template of its model.
    droppedParams: hasTemplate ? ["template"] : [],
    createEncoder: (context) => new OllamaEncoder(context, shape),
    encodeReply: (reply, context) => encodeReply(reply, context, shape),
  };
}

/** The real server begins a stream before it runs the model, so an error of the model has the type of the stream's errors. */
function retype(error: ProxyError, { stream }: ClientRequest): ProxyError {
  if (!stream || error.status < 500) return error;
  return error.with({ headers: [...error.headers, ["content-type", JSON_TYPE]] });
}

/**
 * Few providers can continue plain text. The others report a missing path or a missing model.
 */
function rewordCompletion(error: ProxyError, request: ClientRequest): ProxyError {
  const isMissing = error.kind === "upstream-no-path" || error.kind === "model-not-found";
  if (!isMissing) return error;
  const translatable = request.translate();
  if (translatable.type !== "chat" || translatable.chat.completion === undefined) return error;
  const message =
    translatable.chat.completion.suffix === ""
      ? `${JSON.stringify(request.model)} does not support raw prompts: its provider has no /completions`
      : `${qualifiedName(request.model)} does not support insert`;
  return new ProxyError("unsupported", message, { provider: error.provider, cause: error });
}

export const EMBED: Endpoint = {
  input: {
    type: "json",
    decode: (body) => {
      const request = decodeEmbedRequest(body.value);
      if (request.model.trim() === "") throw modelNotFound(request.model);
      return embedRequest(body, request, (reply, context) =>
        encodeEmbedReply(reply, request.embed.dimensions, context),
      );
    },
  },
  modelErrors: { missing: embedModelNotFound },
  rewordError: rewordEmbed,
  relay: ollamaRelay("/api/embed"),
  stream: STREAM,
  wholeType: JSON_WITH_CHARSET,
};

export const EMBEDDINGS: Endpoint = {
  ...EMBED,
  input: {
    type: "json",
    decode: (body) => embedRequest(body, decodeEmbeddingsRequest(body.value), encodeEmbeddingsReply),
  },
  relay: ollamaRelay("/api/embeddings"),
};

function embedRequest(
  body: JsonBody,
  { model, keepAliveMs, embed }: DecodedEmbed,
  encode: Extract<Translatable, { readonly type: "embed" }>["encodeReply"],
): ClientRequest {
  return {
    model,
    stream: false,
    body: body.value,
    needs: {},
    keepAliveMs,
    encodeRelay: (id, _options, defaults) =>
      encodeRelayBody(body, id, (members) =>
        defaults === undefined ? members : withRelayDefaults(members, defaults, "embed"),
      ),
    translate: () => ({ type: "embed", embed, encodeReply: encode }),
  };
}

function rewordEmbed(error: ProxyError, request: ClientRequest): ProxyError {
  if (error.kind === "upstream-no-path") {
    const { provider } = error;
    return new ProxyError("unsupported", "this model does not support embeddings", {
      provider,
      cause: error,
    });
  }
  const translatable = request.translate();
  const mayCut = translatable.type === "embed" && translatable.embed.truncate;
  return error.kind === "context-overflow" && !mayCut ? inputTooLong(error) : error;
}
