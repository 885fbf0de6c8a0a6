/**
 * OpenAI's Responses API: the parts that the pipeline uses. A provider has it beside chat completions, and some models are served only
 * in one of the two. The option `chat_api` decides for each model.
 */
import type { ChatCodec, RequestFixes, UpstreamApi } from "../../upstream-api.ts";
import { ResponsesDecoder } from "./decoder.ts";
import { encodeRequest } from "./request.ts";
import { applyFix, findFix } from "./request-fix.ts";

interface Completions extends UpstreamApi {
  readonly requestFixes: RequestFixes;
}

export function withResponses<T extends Completions>(completions: T): T {
  const { chat, requestFixes } = completions;
  const both: ChatCodec = {
    ...chat,
    encodeRequest: (request, model, options) =>
      (options.chatApi === "responses" ? encodeRequest : chat.encodeRequest)(request, model, options),
    createDecoder: (context, options) =>
      options.chatApi === "responses" ? new ResponsesDecoder(context) : chat.createDecoder(context, options),
  };
  return {
    ...completions,
    chat: both,
    requestFixes: {
      ...requestFixes,
      find: (text, body, options) => findFix(text, body, options) ?? requestFixes.find(text, body, options),
      apply: (body, fix) => applyFix(requestFixes.apply(body, fix), fix),
    },
  };
}
