/** Requests JSON: by a field if the provider supports one, in the prompt if it does not, or by both. */
import type { ChatRequest, Message } from "../../../chat/request.ts";
import type { ProviderOptions } from "../../../options/options.ts";

export interface EncodedFormat {
  readonly messages: readonly Message[];
  readonly responseFormat: object | undefined;
}

export function encodeFormat({ messages, format }: ChatRequest, options: ProviderOptions): EncodedFormat {
  if (format === undefined) return { messages, responseFormat: undefined };
  if (format.type === "json") {
    // OpenAI, DashScope and others reject the field unless a message contains the word.
    const namesJson = messages.some((message) => /json/i.test(textOf(message)));
    const isRequested = namesJson && options.jsonMode !== "instruct";
    return {
      messages: isRequested ? messages : withInstruction(messages, "Answer in JSON."),
      responseFormat: RESPONSE_FORMATS[options.jsonMode],
    };
  }
  if (options.jsonSchemaMode === "json-schema") {
    const { name = "schema", schema, strict } = format;
    const described = { name, schema, ...(strict === undefined ? {} : { strict }) };
    return { messages, responseFormat: { type: "json_schema", json_schema: described } };
  }
  const text = `Answer in JSON that follows this JSON schema, with nothing around it: ${JSON.stringify(format.schema)}`;
  return {
    messages: withInstruction(messages, text),
    responseFormat: RESPONSE_FORMATS[options.jsonSchemaMode],
  };
}

const RESPONSE_FORMATS = {
  "json-object": { type: "json_object" },
  "json-schema": { type: "json_schema", json_schema: { name: "schema", schema: { type: "object" } } },
  instruct: undefined,
} as const satisfies Record<ProviderOptions["jsonMode"], object | undefined>;

/** Appended to the system message if there is one: some providers allow only one. */
function withInstruction(messages: readonly Message[], text: string): readonly Message[] {
  const [first, ...rest] = messages;
  if (first?.role === "system") return [{ role: "system", text: `${first.text}\n\n${text}` }, ...rest];
  return [{ role: "system", text }, ...messages];
}

function textOf(message: Message): string {
  if (message.role === "system" || message.role === "assistant") return message.text;
  return message.parts.map((part) => (part.type === "text" ? part.text : "")).join(" ");
}
