/**
 * Adapts how a relayed request asks for JSON to a provider that supports no schemas, or no such field at all.
 * The prompt then contains the schema.
 *
 *     "response_format":{"type":"json_schema","json_schema":{"schema":{…}}}   becomes {"type":"json_object"}
 *     "messages":[…]                                                         the system message gets the schema
 */
import type { OutputFormat } from "../../chat/request.ts";
import type { ProviderOptions } from "../../options/options.ts";
import { type JsonObject, arrayAt, isObject, objectAt, stringAt } from "../../wire/json.ts";
import { inWords } from "../shared/json-instruction.ts";
import { RESPONSE_FORMATS } from "../shared/response-format.ts";

/** Returns the same object when nothing changes. */
export function adaptFormat(body: JsonObject, options: ProviderOptions): JsonObject {
  const format = requestedFormat(body);
  if (format === undefined) return body;
  const [mode, supported] =
    format.type === "json"
      ? ([options.jsonMode, "json-object"] as const)
      : ([options.jsonSchemaMode, "json-schema"] as const);
  if (mode === supported) return body;
  const { response_format: _format, messages, ...others } = body;
  const responseFormat = RESPONSE_FORMATS[mode];
  const isSaid = mode !== "json-schema";
  return {
    ...others,
    messages: isSaid ? withInstruction(arrayAt({ messages }, "messages"), inWords(format)) : messages,
    ...(responseFormat === undefined ? {} : { response_format: responseFormat }),
  };
}

function requestedFormat(body: JsonObject): OutputFormat | undefined {
  const format = objectAt(body, "response_format");
  const type = stringAt(format, "type");
  if (type === "json_object") return { type: "json" };
  const schema = objectAt(objectAt(format, "json_schema"), "schema");
  return type === "json_schema" && schema !== undefined ? { type: "json-schema", schema } : undefined;
}

/** Appended to the system message if there is one: some providers allow only one. */
function withInstruction(messages: readonly unknown[], text: string): readonly unknown[] {
  const [first, ...rest] = messages;
  if (!isObject(first) || !/^(?:system|developer)$/.test(stringAt(first, "role") ?? "")) {
    return [{ role: "system", content: text }, ...messages];
  }
  const { content } = first;
  const extended = Array.isArray(content)
    ? [...content, { type: "text", text }]
    : `${stringAt(first, "content") ?? ""}\n\n${text}`;
  return [{ ...first, content: extended }, ...rest];
}
