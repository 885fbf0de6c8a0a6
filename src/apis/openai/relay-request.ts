/**
 * Repairs a relayed request of chat completions so that strict providers accept it. Values that need no
 * change keep their identity.
 *
 *     "tool_calls":[{"id":"a"},{"id":"a"}]     ids of a message become unique, also in its results
 *     "arguments":"{\"a\":\"x⏎y\"}"            arguments become valid JSON when their meaning is certain
 *     "parameters":null                        tool schemas become object schemas, see `object-schema.ts`
 *     "strict":true  "id":"call_abc"           what the provider's options exclude is changed as in a translated request
 */
import { objectText } from "../../chat/tool-arguments.ts";
import type { ProviderOptions } from "../../options/options.ts";
import {
  type JsonObject,
  arrayAt,
  isObject,
  mapped,
  objectAt,
  stringAt,
  withMember,
} from "../../wire/json.ts";
import type { ClientRequest } from "../endpoint.ts";
import { objectSchema } from "../shared/object-schema.ts";
import { type OpenCall, OpenCalls } from "../shared/open-calls.ts";
import { toValidId } from "../shared/tool-call-ids.ts";
import { PlainSchemas } from "../shared/tool-schema.ts";

/** Whether the client requested pure JSON. */
export function wantsJson({ body }: Pick<ClientRequest, "body">): boolean {
  return /^json_(?:object|schema)$/.test(stringAt(objectAt(body, "response_format"), "type") ?? "");
}

/** Returns the same object when nothing changes. */
export function repairBody(body: JsonObject, options: ProviderOptions): JsonObject {
  const messages = arrayAt(body, "messages");
  const withTools = repairTools(body, messages, options);
  if (messages.length === 0) return withTools;
  return withMember(withTools, "messages", repairHistory(messages, options));
}

function repairTools(body: JsonObject, messages: readonly unknown[], options: ProviderOptions): JsonObject {
  const tools = arrayAt(body, "tools");
  if (tools.length > 0) {
    const schemas = options.toolSchemas === "simplified" ? new PlainSchemas() : undefined;
    return withMember(
      body,
      "tools",
      mapped(tools, (tool) => repairTool(tool, options, schemas)),
    );
  }
  const needsTools = options.requiresToolsWithToolHistory && messages.some(hasCalls);
  return needsTools ? { ...body, tools: [] } : body;
}

function hasCalls(message: unknown): boolean {
  return arrayAt(message, "tool_calls").length > 0;
}

/** A tool whose parameters are omitted has none. */
function repairTool(
  tool: unknown,
  { supportsStrictTools }: ProviderOptions,
  schemas: PlainSchemas | undefined,
): unknown {
  const sent = objectAt(tool, "function");
  if (!isObject(tool) || sent === undefined) return tool;
  const { strict, ...others } = sent;
  const fn = strict === undefined || supportsStrictTools ? sent : others;
  const { parameters } = fn;
  if (parameters !== null && !isObject(parameters)) return withMember(tool, "function", fn);
  const schema = objectSchema(parameters);
  const repaired = withMember(fn, "parameters", schemas?.simplify(schema) ?? schema);
  return withMember(tool, "function", repaired);
}

function repairHistory(messages: readonly unknown[], options: ProviderOptions): readonly unknown[] {
  let open: OpenCalls | undefined;
  return mapped(messages, (message, index) => {
    if (!isObject(message)) return message;
    if (message["role"] === "assistant") {
      const calls = arrayAt(message, "tool_calls");
      const known = identify(calls, index, options);
      open = known.some(({ id, clientId }) => id !== clientId) ? new OpenCalls(known) : undefined;
      const repaired = mapped(calls, (call, position) => repairCall(call, known[position]?.id));
      return calls.length === 0 ? message : withMember(message, "tool_calls", repaired);
    }
    return message["role"] === "tool" && open !== undefined ? repairResult(message, open) : message;
  });
}

/** The calls of one message, each with a unique id. */
function identify(
  calls: readonly unknown[],
  message: number,
  { toolCallIdFormat }: ProviderOptions,
): readonly OpenCall[] {
  const ids = new Set<string>();
  return calls.map((call, position): OpenCall => {
    const sent = stringAt(call, "id") ?? "";
    const name = stringAt(objectAt(call, "function"), "name") ?? "";
    const isOwn = sent !== "" && !ids.has(sent);
    const isAny = isOwn && toolCallIdFormat === "any";
    const source = isOwn ? sent : `${message}:${position}:${name}`;
    const id = isAny ? sent : toValidId(source, isOwn, toolCallIdFormat);
    ids.add(id);
    return { id, name, clientId: sent === "" ? undefined : sent, result: undefined };
  });
}

function repairCall(call: unknown, id: string | undefined): unknown {
  if (!isObject(call)) return call;
  const identified = withMember(call, "id", id);
  const fn = objectAt(call, "function");
  const text = stringAt(fn, "arguments");
  if (fn === undefined || text === undefined) return identified;
  return withMember(identified, "function", withMember(fn, "arguments", objectText(text) ?? text));
}

function repairResult(message: JsonObject, open: OpenCalls): JsonObject {
  const call = open.find(stringAt(message, "tool_call_id"), stringAt(message, "name"));
  if (call === undefined) return message;
  call.result = "";
  return withMember(message, "tool_call_id", call.id);
}
