/** Anthropic's `/v1/messages`. */
import { JSON_TYPE, SSE_TYPE } from "../../../wire/content-types.ts";
import { exactBody } from "../../../wire/exact-json.ts";
import type { ClientRequest, Endpoint, JsonBody } from "../../api.ts";
import { AnthropicEncoder, PING, encodeReply } from "./encoder.ts";
import { decodeMessagesRequest } from "./request.ts";

export const MESSAGES: Endpoint = {
  input: { type: "json", decode },
  stream: { contentType: SSE_TYPE, isCacheable: false, ping: PING },
  wholeType: JSON_TYPE,
};

/** Thinking is not a need. Like in the real server, a model that cannot think is called without thinking. */
function decode(body: JsonBody): ClientRequest {
  const chat = decodeMessagesRequest(exactBody(body));
  return {
    model: chat.model,
    stream: chat.stream,
    body: body.value,
    needs: { completion: "chat", tools: chat.tools.length > 0 },
    translate: () => ({
      type: "chat",
      chat,
      createEncoder: (context) => new AnthropicEncoder(context),
      encodeReply,
    }),
  };
}
