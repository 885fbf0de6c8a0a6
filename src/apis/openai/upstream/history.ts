/**
 * A conversation in the form that OpenAI-compatible providers require.
 *
 *     {"role":"assistant","content":"","tool_calls":[{"id":"call_1","type":"function","function":{…}}]}
 *     {"role":"tool","tool_call_id":"call_1","content":"…"}
 *
 * Every call has a unique id. Every call has exactly one result with that id, directly after it. Clients of
 * Ollama guarantee none of this. Their results may have an id, only a name, or only an order. Results may be
 * late, repeated or missing. Ids may be repeated.
 */
import { unreachable } from "../../../chat/event.ts";
import type { Message, Part, ToolCall } from "../../../chat/request.ts";
import type { ProviderOptions } from "../../../options/options.ts";
import { OpenCalls } from "./open-calls.ts";
import { toValidId } from "./tool-call-ids.ts";
import type { ToolNames } from "./tool-names.ts";

type WireMessage = { readonly [key: string]: unknown };

type AssistantMessage = Extract<Message, { readonly role: "assistant" }>;

const NO_OUTPUT = "(no tool output)";
const START: WireMessage = { role: "user", content: "Continue" };

/** Never throws. Everything that a client omitted is added. */
export function encodeMessages(
  messages: readonly Message[],
  names: ToolNames,
  options: ProviderOptions,
): readonly WireMessage[] {
  const history = new History(names, options);
  const ordered = options.singleLeadingSystemMessage ? joinSystemMessages(messages) : messages;
  for (const [index, message] of ordered.entries()) history.add(message, index);
  return history.end();
}

/** Joins all system messages into one, at the beginning. */
function joinSystemMessages(messages: readonly Message[]): readonly Message[] {
  const said = messages.flatMap((message) => (message.role === "system" ? [message.text] : []));
  const others = messages.filter((message) => message.role !== "system");
  return said.length === 0 ? others : [{ role: "system", text: said.join("\n\n") }, ...others];
}

class History {
  readonly #names: ToolNames;
  readonly #options: ProviderOptions;
  readonly #messages: WireMessage[] = [];
  readonly #ids = new Set<string>();
  #calls = new OpenCalls([]);
  /** Messages that came between the calls and their results. They are sent after the results. */
  #later: WireMessage[] = [];

  constructor(names: ToolNames, options: ProviderOptions) {
    this.#names = names;
    this.#options = options;
  }

  add(message: Message, index: number): void {
    switch (message.role) {
      case "system":
        this.#addOther({
          role: this.#options.roleNames["system"] ?? "system",
          content: message.text.toWellFormed(),
        });
        return;
      case "user":
        this.#addOther({ role: "user", content: encodeContent(message.parts) });
        return;
      case "assistant":
        this.#closeCalls();
        this.#addAssistant(message, index);
        return;
      case "tool":
        this.#addResult(message.toolCallId, message.toolName, message.parts);
        return;
      default:
        unreachable(message);
    }
  }

  end(): readonly WireMessage[] {
    this.#closeCalls();
    const { requiresUserMessage, prefill } = this.#options;
    const said = withoutEmptyUsers(this.#messages);
    const messages = said.length === 0 && this.#messages.length > 0 ? [{ role: "user", content: " " }] : said;
    if (requiresUserMessage && !messages.some(({ role }) => role === "user")) return [...messages, START];
    const last = messages.at(-1);
    const isPrefilled = last?.["role"] === "assistant" && !("tool_calls" in last);
    return isPrefilled ? [...messages.slice(0, -1), { ...last, ...prefill.message }] : messages;
  }

  #addOther(message: WireMessage): void {
    if (this.#calls.all.length > 0) this.#later.push(message);
    else this.#push(message);
  }

  #addAssistant({ text, reasoning, attached, toolCalls }: AssistantMessage, index: number): void {
    const content = text.toWellFormed();
    const thinking = attached ?? this.#thinkingFields(reasoning, toolCalls.length > 0);
    if (toolCalls.length === 0) {
      // Providers reject an assistant message without content.
      if (content !== "") this.#push({ role: "assistant", content, ...thinking });
      return;
    }
    const calls = toolCalls.map((call, position) => ({
      id: this.#idOf(call, `${index}:${position}:${call.name}`),
      name: call.name,
      clientId: call.id,
      result: undefined,
    }));
    this.#calls = new OpenCalls(calls);
    this.#push({
      role: "assistant",
      ...(content === "" ? EMPTY_CONTENT[this.#options.emptyContent] : { content }),
      ...thinking,
      tool_calls: toolCalls.map((call, position) => ({
        id: calls[position]?.id,
        type: "function",
        ...this.#extraOf(call),
        function: { name: this.#names.sent(call.name), arguments: call.arguments },
      })),
    });
  }

  /** `place` is the position of the call in the conversation. */
  #idOf(call: ToolCall, place: string): string {
    const style = this.#options.toolCallIdFormat;
    let id = toValidId(call.id ?? place, call.id !== undefined, style);
    // Derived from the position, so that the next request has the same id.
    for (let count = 1; this.#ids.has(id); count += 1) id = toValidId(`${place}:${count}`, false, style);
    this.#ids.add(id);
    return id;
  }

  #extraOf({ extra }: ToolCall): WireMessage {
    const content = extra ?? this.#options.missingThoughtSignature;
    return content === undefined ? {} : { extra_content: content };
  }

  #thinkingFields(reasoning: string | undefined, hasCalls: boolean): WireMessage {
    const { reasoningHistoryField, reasoningHistoryPlaceholder } = this.#options;
    const text =
      reasoning === undefined || reasoning === ""
        ? hasCalls
          ? reasoningHistoryPlaceholder
          : undefined
        : reasoning;
    return reasoningHistoryField === undefined || text === undefined
      ? {}
      : { [reasoningHistoryField]: text.toWellFormed() };
  }

  #addResult(id: string | undefined, name: string | undefined, parts: readonly Part[]): void {
    const text = textOf(parts);
    const call = this.#calls.find(id, name);
    if (call === undefined) {
      this.#addOther({ role: "user", content: `Tool ${name ?? id ?? "result"} returned: ${text}` });
    } else {
      call.result = text === "" ? NO_OUTPUT : text;
    }
    const media = parts.filter((part) => part.type !== "text");
    if (media.length > 0) {
      const caption = { type: "text", text: "Attached from the tool result:" } as const;
      this.#addOther({ role: "user", content: encodeContent([caption, ...media]) });
    }
  }

  #push(message: WireMessage): void {
    const last = this.#messages.at(-1);
    const { requiresAssistantAfterToolResult, requiresAlternatingRoles } = this.#options;
    if (requiresAssistantAfterToolResult && last?.["role"] === "tool" && message["role"] === "user") {
      this.#messages.push({ role: "assistant", content: "Done." });
    }
    const isSame =
      requiresAlternatingRoles && last?.["role"] === message["role"] && message["role"] !== "tool";
    const before = last?.["content"];
    const content = message["content"];
    if (isSame && typeof before === "string" && typeof content === "string" && !("tool_calls" in message)) {
      this.#messages[this.#messages.length - 1] = { ...last, content: `${before}\n\n${content}` };
    } else {
      this.#messages.push(message);
    }
  }

  #closeCalls(): void {
    for (const call of this.#calls.all) {
      this.#push({ role: "tool", tool_call_id: call.id, content: call.result ?? NO_OUTPUT });
    }
    const later = this.#later;
    this.#calls = new OpenCalls([]);
    this.#later = [];
    for (const message of later) this.#push(message);
  }
}

const EMPTY_CONTENT = {
  "as-sent": { content: "" },
  text: { content: "" },
  null: { content: null },
  absent: {},
} as const satisfies Record<ProviderOptions["emptyContent"], WireMessage>;

/** Many providers reject a user message without content. */
function withoutEmptyUsers(messages: readonly WireMessage[]): readonly WireMessage[] {
  return messages.filter(({ role, content }) => role !== "user" || content !== "");
}

/** A plain string if there is only text: some providers reject lists for models without vision. */
function encodeContent(parts: readonly Part[]): unknown {
  if (parts.every((part) => part.type === "text")) return textOf(parts);
  return parts.filter((part) => part.type !== "text" || part.text !== "").map(encodePart);
}

function encodePart(part: Part): WireMessage {
  switch (part.type) {
    case "text":
      return { type: "text", text: part.text.toWellFormed() };
    case "image":
      return { type: "image_url", image_url: { url: `data:${part.mediaType};base64,${part.data}` } };
    case "image-url":
      return { type: "image_url", image_url: { url: part.url } };
    case "audio":
      return {
        type: "input_audio",
        input_audio: { data: part.data, format: part.mediaType === "audio/wav" ? "wav" : "mp3" },
      };
    case "file":
      return {
        type: "file",
        file: { filename: part.name, file_data: `data:${part.mediaType};base64,${part.data}` },
      };
    default:
      return unreachable(part);
  }
}

function textOf(parts: readonly Part[]): string {
  return parts.map((part) => (part.type === "text" ? part.text.toWellFormed() : "")).join("");
}
