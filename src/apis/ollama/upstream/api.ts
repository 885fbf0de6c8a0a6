/** The own API of an Ollama server. */
import { isObject } from "../../../wire/json.ts";
import type { UpstreamApi } from "../../upstream-api.ts";
import { withoutEndpoint } from "../../shared/path.ts";
import { LineRelay } from "../relay.ts";
import { isDone } from "../whole-reply.ts";
import { OllamaDecoder } from "./decoder.ts";
import { decodeEmbeddingsReply, encodeEmbeddingsRequest } from "./embeddings.ts";
import { decodeError } from "./errors.ts";
import { decodeRunning, decodeShow, decodeTags } from "./models.ts";
import { encodeRequest } from "./request.ts";

/** The routes under `/v1` are optional: older servers lack some, and gateways pass only `/api`. */
export const OLLAMA_API: Omit<UpstreamApi, "optionSource"> = {
  hasOptionalRoutes: true,
  basePaths: (path) => [withoutEndpoint(path).replace(/\/(?:api|v1)$/, "")],
  auth: (secret) => ({ authorization: `Bearer ${secret}` }),
  modelList: {
    paths: () => ["/api/tags"],
    decode: decodeTags,
    nextPage: () => undefined,
    decodeError,
    details: {
      path: "/api/show",
      isNeeded: (model) => model.capabilities === undefined || model.contextLength === undefined,
      encodeRequest: (id) => ({ model: id }),
      decode: decodeShow,
    },
  },
  chat: {
    encodeRequest,
    createDecoder: (context) => new OllamaDecoder(context),
    decodeError,
  },
  embeddings: {
    path: "/api/embed",
    encodeRequest: encodeEmbeddingsRequest,
    decodeReply: decodeEmbeddingsReply,
    decodeError,
  },
  show: {
    path: "/api/show",
    encodeRequest: (id, { verbose, system, options }) => ({
      model: id,
      ...(verbose ? { verbose } : {}),
      ...(system === "" ? {} : { system }),
      ...(Object.keys(options).length === 0 ? {} : { options }),
    }),
    decode: (body) => (isObject(body) && !("error" in body) ? body : undefined),
    decodeError,
  },
  running: { path: "/api/ps", decode: decodeRunning },
  management: {
    isDone,
    decodeError,
    createTranslator: (model) => new LineRelay(model, "progress"),
  },
};
