/** Anthropic's `/v1/messages` and `/v1/messages/count_tokens`. */
import { JSON_TYPE, SSE_TYPE } from "../../../wire/content-types.ts";
import { exactBody } from "../../../wire/exact-json.ts";
import type { ClientRequest, Endpoint, JsonBody, Translatable } from "../../endpoint.ts";
import { encodeRelayBody } from "../../shared/relay-body.ts";
import { COUNT_RELAY, MESSAGES_RELAY } from "../relay.ts";
import { withRelayDefaults, withSystemDefault } from "../relay-defaults.ts";
import { AnthropicEncoder, PING, encodeReply } from "./encoder.ts";
import { countTokens, decodeCountModel, decodeHead, decodeMessagesRequest } from "./request.ts";

export const MESSAGES: Endpoint = {
  input: { type: "json", decode },
  relay: MESSAGES_RELAY,
  stream: { contentType: SSE_TYPE, isCacheable: false, ping: PING },
  wholeType: JSON_TYPE,
};

export const COUNT_TOKENS: Endpoint = {
  input: { type: "json", decode: decodeCount },
  relay: COUNT_RELAY,
  stream: { contentType: JSON_TYPE },
  wholeType: JSON_TYPE,
};

/**
 * Reads only the head at first, because a provider with this API reads the rest itself. Thinking is not a need.
 * Like in the real server, a model that cannot think is called without thinking.
 */
function decode(body: JsonBody): ClientRequest {
  const { model, stream, hasTools } = decodeHead(body.value);
  return {
    model,
    stream,
    body: body.value,
    needs: { completion: "chat", tools: hasTools },
    encodeRelay: (id, options, defaults) =>
      encodeRelayBody(body, id, (members) =>
        defaults === undefined ? members : withRelayDefaults(members, defaults, options),
      ),
    translate: () => translated(exactBody(body)),
  };
}

function translated(body: unknown): Translatable {
  return {
    type: "chat",
    chat: decodeMessagesRequest(body),
    createEncoder: (context) => new AnthropicEncoder(context),
    encodeReply,
  };
}

export function decodeCount(body: JsonBody): ClientRequest {
  return {
    model: decodeCountModel(body.value),
    stream: false,
    body: body.value,
    needs: {},
    usesModel: false,
    encodeRelay: (id, _options, defaults) =>
      encodeRelayBody(body, id, (members) =>
        defaults === undefined ? members : withSystemDefault(members, defaults),
      ),
    translate: () => ({ type: "local", encodeReply: () => JSON.stringify(countTokens(body.value)) }),
  };
}
