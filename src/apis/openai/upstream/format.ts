/** How a provider is asked for JSON: by a field where it knows one, and in words where it does not, or wants both. */
import type { ChatRequest, Message } from "../../../chat/request.ts";
import type { ProviderOptions } from "../../../options/options.ts";

export interface EncodedFormat {
  readonly messages: readonly Message[];
  readonly responseFormat: object | undefined;
}

export function encodeFormat({ messages, format }: ChatRequest, options: ProviderOptions): EncodedFormat {
  if (format === undefined) return { messages, responseFormat: undefined };
  if (format.type === "json") {
    // OpenAI, DashScope and others refuse to answer in JSON unless a message speaks of it.
    const isSaid = messages.some((message) => /json/i.test(textOf(message)));
    const isAsked = isSaid && options.jsonMode !== "instruct";
    return {
      messages: isAsked ? messages : instructed(messages, "Answer in JSON."),
      responseFormat: PLAIN_JSON[options.jsonMode],
    };
  }
  if (options.jsonSchemaMode === "json-schema") {
    const { name = "schema", schema, strict } = format;
    const described = { name, schema, ...(strict === undefined ? {} : { strict }) };
    return { messages, responseFormat: { type: "json_schema", json_schema: described } };
  }
  const text = `Answer in JSON that follows this JSON schema, with nothing around it: ${JSON.stringify(format.schema)}`;
  return { messages: instructed(messages, text), responseFormat: PLAIN_JSON[options.jsonSchemaMode] };
}

const PLAIN_JSON = {
  "json-object": { type: "json_object" },
  "json-schema": { type: "json_schema", json_schema: { name: "schema", schema: { type: "object" } } },
  instruct: undefined,
} as const satisfies Record<ProviderOptions["jsonMode"], object | undefined>;

/** Joined to the system message where there is one: some hosts allow but one, at the beginning. */
function instructed(messages: readonly Message[], text: string): readonly Message[] {
  const [first, ...rest] = messages;
  if (first?.role === "system") return [{ role: "system", text: `${first.text}\n\n${text}` }, ...rest];
  return [{ role: "system", text }, ...messages];
}

function textOf(message: Message): string {
  if (message.role === "system" || message.role === "assistant") return message.text;
  return message.parts.map((part) => (part.type === "text" ? part.text : "")).join(" ");
}
