/** Requests JSON: by a field if the provider supports one, in the prompt if it does not, or by both. */
import type { ChatRequest, Message } from "../../chat/request.ts";
import type { ProviderOptions } from "../../options/options.ts";
import { inWords, namesJson, withInstruction } from "./json-instruction.ts";

export interface EncodedFormat {
  readonly messages: readonly Message[];
  readonly responseFormat: object | undefined;
}

export function encodeFormat({ messages, format }: ChatRequest, options: ProviderOptions): EncodedFormat {
  if (format === undefined) return { messages, responseFormat: undefined };
  if (format.type === "json") {
    // OpenAI, DashScope and others reject the field unless a message contains the word.
    const isRequested = namesJson(messages) && options.jsonMode !== "instruct";
    return {
      messages: isRequested ? messages : withInstruction(messages, inWords(format)),
      responseFormat: RESPONSE_FORMATS[options.jsonMode],
    };
  }
  if (options.jsonSchemaMode === "json-schema") {
    const { name = "schema", schema, strict } = format;
    const described = { name, schema, ...(strict === undefined ? {} : { strict }) };
    return { messages, responseFormat: { type: "json_schema", json_schema: described } };
  }
  return {
    messages: withInstruction(messages, inWords(format)),
    responseFormat: RESPONSE_FORMATS[options.jsonSchemaMode],
  };
}

/** The field for each way to request JSON. Undefined: only the prompt requests it. */
export const RESPONSE_FORMATS = {
  "json-object": { type: "json_object" },
  "json-schema": { type: "json_schema", json_schema: { name: "schema", schema: { type: "object" } } },
  instruct: undefined,
} as const satisfies Record<ProviderOptions["jsonMode"], object | undefined>;
