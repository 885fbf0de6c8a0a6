/** Anthropic's Messages API: the parts that the pipeline uses. */
import { ANTHROPIC_OPTIONS } from "../../../options/anthropic.ts";
import type { UpstreamApi } from "../../upstream-api.ts";
import { authHeaders } from "../../shared/auth.ts";
import { nextPage } from "../../shared/model-list.ts";
import { fromBase, withoutEndpoint } from "../../shared/path.ts";
import { decodeError } from "../../shared/upstream-errors.ts";
import { AnthropicDecoder } from "./decoder.ts";
import { decodeModels } from "./models.ts";
import { encodeRequest } from "./request.ts";
import { applyFix, findFix, unstream } from "./request-fix.ts";

export const ANTHROPIC_API: UpstreamApi = {
  basePaths,
  optionSource: ANTHROPIC_OPTIONS,
  headers: { "anthropic-version": "2023-06-01" },
  auth: authHeaders,
  modelList: {
    paths: (options) => options.modelsPaths.map(fromBase),
    decode: decodeModels,
    nextPage,
    decodeError,
  },
  chat: {
    encodeRequest,
    createDecoder: (context) => new AnthropicDecoder(context),
    decodeError,
  },
  requestFixes: { find: findFix, apply: applyFix, unstream },
};

/** Documentation gives the URL without `/v1`, which Anthropic's clients append. */
function basePaths(path: string, presetPath: string | undefined): readonly string[] {
  const given = withoutEndpoint(path);
  const bare = given.replace(/\/v1$/, "");
  if (presetPath !== undefined) {
    const isPart = bare === "" || presetPath.startsWith(`${bare}/`);
    return [isPart ? presetPath : `${bare}/v1`];
  }
  return bare === given ? [`${bare}/v1`, bare] : [given];
}
