/**
 * Error responses about the format of the conversation. Their meaning depends on the content of the
 * conversation.
 *
 *     developer is not one of ['system', 'assistant', 'user', 'tool', 'function'] - 'messages.[0].role'
 *     messages[0].role: unknown variant `developer`, expected one of `system`, `user`
 *     [1214] Incorrect role information
 *     System role not supported                                        Gemma's template
 *     invalid message content type: <nil>                              Ollama
 *     Field 'temperature': [json.exception.type_error.302] type must be number, but is null
 *     assistant messages must include non-empty content or tool_calls
 */
import type { ProviderOptions } from "../../../options/options.ts";
import { type JsonObject, arrayAt, isObject, stringAt } from "../../../wire/json.ts";

type Hint = Partial<ProviderOptions>;

/**
 * The options with which the conversation would be accepted; undefined: the error is about something else.
 */
export function conversationHint(text: string, body: JsonObject, options: ProviderOptions): Hint | undefined {
  const messages = arrayAt(body, "messages").filter(isObject);
  return roleHint(text, messages, options) ?? contentHint(text, messages, options);
}

const UNKNOWN_ROLE =
  /(?:incorrect|invalid|unknown|unsupported|unexpected|unrecognized) (?:message )?role|\brole\b.{0,60}(?:not supported|unsupported|invalid|unknown|unexpected|one of|input should be|must be)|input should be ['"`]?system|角色/is;
const NO_SYSTEM =
  /\bsystem['"`]? ?(?:role|message|prompt|instruction)s?.{0,40}(?:not|un|n't) ?(?:support|enabled|allowed|available)|developer instruction is not enabled|does not support ['"`]?system\b|(?:not|n't) support (?:the |a )?['"`]?system['"`]? ?(?:role|message|prompt|instruction)/is;

function roleHint(
  text: string,
  messages: readonly JsonObject[],
  { roleNames }: ProviderOptions,
): Hint | undefined {
  const hasRole = (role: string): boolean => messages.some((message) => stringAt(message, "role") === role);
  if (hasRole("developer") && (/\bdeveloper\b/i.test(text) || UNKNOWN_ROLE.test(text))) {
    return { roleNames: { ...roleNames, developer: roleNames["system"] ?? "system" } };
  }
  if (!hasRole("system") || !NO_SYSTEM.test(text)) return undefined;
  return { roleNames: { ...roleNames, developer: "user", system: "user" } };
}

const NO_CONTENT = /\bcontent\b.{0,80}(?:string|required|missing|empty|valid|array)/is;
const SILENT =
  /\bcontent['"`]? ?(?:or|and|,) ?['"`]?tool_?calls|tool_?calls['"`]? or ['"`]?content|non-?empty content/i;

function contentHint(
  text: string,
  messages: readonly JsonObject[],
  { emptyContent, rejectsEmptyAssistantMessages }: ProviderOptions,
): Hint | undefined {
  if (!rejectsEmptyAssistantMessages && SILENT.test(text) && messages.some(isSilent))
    return { rejectsEmptyAssistantMessages: true };
  if (emptyContent === "text" || !messages.some(({ content }) => content === null)) return undefined;
  const isMeant = /\bcontent\b/i.test(text) && (saysNull(text) || NO_CONTENT.test(text));
  return isMeant ? { emptyContent: "text" } : undefined;
}

/** Whether an assistant message has neither text nor tool calls. */
export function isSilent(message: JsonObject): boolean {
  const { role, content = null } = message;
  const isEmpty = content === null || content === "" || (Array.isArray(content) && content.length === 0);
  return (
    role === "assistant" &&
    isEmpty &&
    arrayAt(message, "tool_calls").length === 0 &&
    !("function_call" in message)
  );
}

/** The options for a provider that rejects null members. */
export function nullHint(
  text: string,
  body: JsonObject,
  { rejectsNullFields, emptyContent }: ProviderOptions,
): Hint | undefined {
  if (rejectsNullFields) return undefined;
  const messages = arrayAt(body, "messages").filter(isObject);
  const names = [body, ...messages].flatMap(nullMembers);
  if (names.length === 0 || !(saysNull(text) || names.some((name) => text.includes(name)))) return undefined;
  const hasNullContent = messages.some(({ content }) => content === null);
  return {
    rejectsNullFields: true,
    ...(hasNullContent ? { emptyContent: emptyContent === "as-sent" ? "text" : emptyContent } : {}),
  };
}

function nullMembers(object: JsonObject): readonly string[] {
  return Object.keys(object).filter((key) => object[key] === null && key !== "content");
}

/** Whether the text names a null value: JSON's `null`, or the forms of Go and Python. */
function saysNull(text: string): boolean {
  return /\bnull\b|\bnil\b|\bNone\b|\bNoneType\b|\bnone is not\b|\bundefined\b/.test(text);
}
