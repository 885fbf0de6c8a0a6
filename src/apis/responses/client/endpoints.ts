/** OpenAI's `/v1/responses`. */
import { ReplyCollector } from "../../../chat/collect.ts";
import { modelNotFound } from "../../../chat/error.ts";
import type { Usage } from "../../../chat/event.ts";
import { JSON_TYPE, SSE_TYPE } from "../../../wire/content-types.ts";
import { exactBody } from "../../../wire/exact-json.ts";
import { arrayAt, isObject, stringAt } from "../../../wire/json.ts";
import type { ClientRequest, Endpoint, JsonBody, Translatable } from "../../endpoint.ts";
import { encodeRelayBody } from "../../shared/relay-body.ts";
import { withRelayDefaults } from "../relay-defaults.ts";
import { RESPONSES_RELAY } from "../relay.ts";
import { ResponsesEncoder, encodeReply } from "./encoder.ts";
import { type ResponsesRequest, decodeResponsesRequest } from "./request.ts";

export const RESPONSES: Endpoint = {
  input: { type: "json", decode },
  modelErrors: {
    // Errors in the request itself are reported first, as in the real Ollama server.
    missing: (request) => {
      request.translate();
      return modelNotFound(request.model);
    },
  },
  relay: RESPONSES_RELAY,
  stream: { contentType: SSE_TYPE, isCacheable: false },
  wholeType: JSON_TYPE,
};

/**
 * Reads only the model at first, because a provider that serves the route reads the rest itself. Throws
 * `bad-request` when the model is omitted.
 */
function decode(body: JsonBody): ClientRequest {
  const { value } = body;
  const model = stringAt(value, "model") ?? "";
  // Throws with the message of the real Ollama server.
  if (model.trim() === "") decodeResponsesRequest(value);
  return {
    model,
    stream: isObject(value) && value["stream"] === true,
    body: value,
    needs: { completion: "chat", tools: arrayAt(value, "tools").length > 0 },
    encodeRelay: (id, options, defaults) =>
      encodeRelayBody(body, id, (members) =>
        defaults === undefined ? members : withRelayDefaults(members, defaults, options),
      ),
    translate: () => translated(exactBody(body)),
  };
}

function translated(body: unknown): Translatable {
  const request = decodeResponsesRequest(body);
  if (request.chat.messages.length === 0) return loaded(request);
  return {
    type: "chat",
    chat: request.chat,
    createEncoder: (context) => new ResponsesEncoder(request, context),
    encodeReply: (reply, context) => encodeReply(reply, request, context),
  };
}

/** A request without input and instructions only loads the model, as at the real server. */
function loaded(request: ResponsesRequest): Translatable {
  const { stream } = request.chat;
  const totals = { usage: NOTHING_USED, finish: "stop", deltas: 0 } as const;
  return {
    type: "local",
    isStream: stream,
    encodeReply: (context) =>
      stream
        ? new ResponsesEncoder(request, context).end(totals)
        : encodeReply(new ReplyCollector(context.now).reply(totals), request, context),
  };
}

const NOTHING_USED: Usage = { type: "usage", inputTokens: 0, outputTokens: 0 };
