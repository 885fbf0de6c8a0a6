/** OpenAI's API as most providers implement it: the parts that the pipeline uses. */
import type { ProviderOptions } from "../../../options/options.ts";
import { OPENAI_OPTIONS } from "../../../options/openai.ts";
import type { ChatCodec, EmbeddingsCodec, RequestFixes, UpstreamApi } from "../../upstream-api.ts";
import { authHeaders } from "../../shared/auth.ts";
import { fromBase, withoutEndpoint } from "../../shared/path.ts";
import { decodeError } from "../../shared/upstream-errors.ts";
import { OpenAiDecoder } from "./decoder.ts";
import { decodeEmbeddingsReply, encodeEmbeddingsRequest } from "./embeddings.ts";
import { decodeModels, decodeSigns, nextPage } from "../../shared/model-list.ts";
import { encodeRequest } from "./request.ts";
import { applyFix, findFix, unstream } from "./request-fix.ts";

/** A path that ends in a version, such as `/v1` or `/v1beta`, is complete. */
const VERSION = /\/v\d+(?:beta\d*)?(?:\/|$)/;

const CHAT: ChatCodec = {
  encodeRequest,
  createDecoder: (context, options) => new OpenAiDecoder(context, options),
  decodeError,
};

const EMBEDDINGS: EmbeddingsCodec = {
  path: "/embeddings",
  encodeRequest: encodeEmbeddingsRequest,
  decodeReply: decodeEmbeddingsReply,
  decodeError,
};

const FIXES: RequestFixes = { find: findFix, apply: applyFix, unstream };

export const OPENAI_API = {
  basePaths,
  optionSource: OPENAI_OPTIONS,
  auth,
  modelList: {
    paths: (options) => options.modelsPaths.map(fromBase),
    decode: decodeModels,
    nextPage,
    signs: decodeSigns,
    decodeError,
  },
  chat: CHAT,
  embeddings: EMBEDDINGS,
  requestFixes: FIXES,
} as const satisfies UpstreamApi;

/** The base paths to try. Users enter URLs with and without the version. */
function basePaths(path: string, presetPath: string | undefined): readonly string[] {
  const bare = withoutEndpoint(path);
  if (presetPath !== undefined) {
    const isPart = bare === "" || bare === "/v1" || presetPath.startsWith(`${bare}/`);
    return [isPart ? presetPath : bare];
  }
  if (VERSION.test(bare)) return [bare];
  return bare === "" ? ["/v1", ""] : [bare, `${bare}/v1`];
}

/** The headers with the key. Anthropic's model list requires its own header in addition to the usual one. */
/** A provider that gets the headers of both APIs gets the version of Anthropic's too. */
function auth(secret: string, options: ProviderOptions): { readonly [name: string]: string } {
  const version = options.auth === "anthropic" ? { "anthropic-version": "2023-06-01" } : {};
  return { ...authHeaders(secret, options), ...version };
}
