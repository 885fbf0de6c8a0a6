/** The routes that an Ollama server has in addition to OpenAI's API: its models and their management. */
import { isObject } from "../../../wire/json.ts";
import type { UpstreamApi } from "../../api.ts";
import { withoutEndpoint } from "../../shared/path.ts";
import { LineRelay } from "../relay.ts";
import { isDone } from "../whole-reply.ts";
import { decodeError } from "./errors.ts";
import { decodeShow, decodeTags } from "./models.ts";

export const OLLAMA_MODELS: Pick<UpstreamApi, "basePaths" | "auth" | "modelList" | "show" | "management"> = {
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
  show: {
    path: "/api/show",
    encodeRequest: (id, verbose) => ({ model: id, ...(verbose ? { verbose } : {}) }),
    decode: (body) => (isObject(body) && !("error" in body) ? body : undefined),
    decodeError,
  },
  management: {
    isDone,
    decodeError,
    createTranslator: (model) => new LineRelay(model, "progress"),
  },
};
