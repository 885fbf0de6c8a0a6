/**
 * OpenAI's routes that use one model: chat completions, completions and transcriptions. Embeddings are in
 * `embeddings.ts`.
 */
import { ProxyError, modelNotFound } from "../../../chat/error.ts";
import { estimateInputTokens } from "../../../chat/embed.ts";
import { JSON_TYPE, SSE_TYPE } from "../../../wire/content-types.ts";
import { exactBody } from "../../../wire/exact-json.ts";
import { arrayAt } from "../../../wire/json.ts";
import type { ClientRequest, Endpoint, Form, JsonBody, Needs, Translatable } from "../../endpoint.ts";
import { Fields } from "../../shared/go-fields.ts";
import { TRANSCRIPTION_RELAY, encodeRelay, openAiRelay } from "../relay.ts";
import { translatedCompletion } from "./completion.ts";
import { OpenAiEncoder, encodeReply } from "./encoder.ts";
import { decodeChatCompletion } from "./request.ts";

const STREAM = { contentType: SSE_TYPE } as const;

export const CHAT_COMPLETIONS: Endpoint = {
  input: { type: "json", decode: decodeChat },
  relay: openAiRelay("/chat/completions", "completion"),
  stream: STREAM,
  wholeType: JSON_TYPE,
};

export const COMPLETIONS: Endpoint = {
  input: { type: "json", decode: decodeCompletion },
  relay: openAiRelay("/completions", "completion"),
  stream: STREAM,
  wholeType: JSON_TYPE,
};

export const TRANSCRIPTIONS: Endpoint = {
  input: { type: "form", decode: decodeTranscription },
  rewordError: (error) =>
    error.kind === "upstream-no-path"
      ? new ProxyError("unsupported", "this provider does not transcribe audio", {
          provider: error.provider,
          cause: error,
        })
      : error,
  relay: TRANSCRIPTION_RELAY,
  stream: STREAM,
};

/** The first checks of the real Ollama server, with its messages and in its order. */
function decodeChat(body: JsonBody): ClientRequest {
  const fields = Fields.of("ChatCompletionRequest", body.value, "openai");
  const model = fields.string("model") ?? "";
  const stream = fields.boolean("stream") ?? false;
  if (fields.array("messages", "[]openai.Message").length === 0) {
    throw new ProxyError("bad-request", "[] is too short - 'messages'");
  }
  if (model.trim() === "") throw new ProxyError("invalid-name", "model is required");
  const needs: Needs = { completion: "chat", tools: arrayAt(body.value, "tools").length > 0 };
  return clientRequest(body, { model, stream, needs, translate: () => translatedChat(body) });
}

function translatedChat(body: JsonBody): Translatable {
  const { chat, includesUsage } = decodeChatCompletion(exactBody(body));
  return {
    type: "chat",
    chat,
    createEncoder: (context) => new OpenAiEncoder(context, includesUsage),
    encodeReply,
  };
}

function decodeCompletion(body: JsonBody): ClientRequest {
  const fields = Fields.of("CompletionRequest", body.value, "openai");
  const model = fields.string("model") ?? "";
  const stream = fields.boolean("stream") ?? false;
  if (model.trim() === "") throw modelNotFound(model);
  return clientRequest(body, {
    model,
    stream,
    needs: { completion: "generate" },
    estimateInput: () => estimateInputTokens(textsOf(fields.unknown("prompt"))),
    translate: () => translatedCompletion(exactBody(body)),
  });
}

function clientRequest(
  body: JsonBody,
  decoded: Pick<ClientRequest, "model" | "stream" | "needs" | "translate" | "estimateInput">,
): ClientRequest {
  return {
    ...decoded,
    body: body.value,
    encodeRelay: (id, options, defaults) => encodeRelay(body, id, options, defaults),
  };
}

/** The texts of a prompt. The route also accepts lists of token numbers, which are ignored here. */
function textsOf(value: unknown): readonly string[] {
  const values: readonly unknown[] = Array.isArray(value) ? value : [value];
  return values.filter((text) => typeof text === "string");
}

/** Throws `ProxyError`, with Ollama's message where Ollama has the same check. */
function decodeTranscription(form: Form): ClientRequest {
  const model = form.get("model");
  if (typeof model !== "string" || model.trim() === "")
    throw new ProxyError("bad-request", "model is required");
  const file = form.get("file");
  if (!(file instanceof Blob)) {
    throw new ProxyError("bad-request", "file is required: http: no such file");
  }
  if (file.size === 0) throw new ProxyError("bad-request", "audio file is empty");
  return {
    model,
    stream: false,
    body: undefined,
    needs: {},
    encodeRelay: (id) => ({ type: "form", form: renamed(form, id) }),
    translate: refuseTranscription,
  };
}

function renamed(form: Form, model: string): FormData {
  const sent = new FormData();
  for (const [field, value] of form.entries()) sent.append(field, field === "model" ? model : value);
  return sent;
}

function refuseTranscription(): never {
  throw new ProxyError(
    "unsupported",
    "The provider of this model does not serve /v1/audio/transcriptions; choose a model of another provider",
  );
}
