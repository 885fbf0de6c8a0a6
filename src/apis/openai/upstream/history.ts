/**
 * A conversation in the form that OpenAI-compatible providers require.
 *
 *     {"role":"assistant","content":"","tool_calls":[{"id":"call_1","type":"function","function":{…}}]}
 *     {"role":"tool","tool_call_id":"call_1","content":"…"}
 */
import { unreachable } from "../../../chat/event.ts";
import type { Message, Part } from "../../../chat/request.ts";
import type { ProviderOptions } from "../../../options/options.ts";
import {
  NO_OUTPUT,
  type PairedAssistantMessage,
  type PairedCall,
  type PairedMessage,
  attachedMedia,
  pairCalls,
  textOf,
} from "../../shared/paired-calls.ts";
import type { ToolNames } from "../../shared/tool-names.ts";

type WireMessage = { readonly [key: string]: unknown };

const START: WireMessage = { role: "user", content: "Continue" };

/** Never throws. Everything that a client omitted is added. */
export function encodeMessages(
  messages: readonly Message[],
  names: ToolNames,
  options: ProviderOptions,
): readonly WireMessage[] {
  const history = new History(names, options);
  const ordered = options.singleLeadingSystemMessage ? joinSystemMessages(messages) : messages;
  for (const message of pairCalls(ordered, options.toolCallIdFormat)) history.add(message);
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
  /** Media of tool results. They are sent after the last result of the message. */
  readonly #media: WireMessage[] = [];

  constructor(names: ToolNames, options: ProviderOptions) {
    this.#names = names;
    this.#options = options;
  }

  add(message: PairedMessage): void {
    if (message.role !== "tool") this.#endResults();
    switch (message.role) {
      case "system":
        this.#push({
          role: this.#options.roleNames["system"] ?? "system",
          content: message.text.toWellFormed(),
        });
        return;
      case "user":
        this.#push({ role: "user", content: encodeContent(message.parts) });
        return;
      case "assistant":
        this.#addAssistant(message);
        return;
      case "tool":
        this.#addResult(message.toolCallId, message.parts);
        return;
      default:
        unreachable(message);
    }
  }

  end(): readonly WireMessage[] {
    this.#endResults();
    const { requiresUserMessage, prefill } = this.#options;
    const said = withoutEmptyUsers(this.#messages);
    const messages = said.length === 0 && this.#messages.length > 0 ? [{ role: "user", content: " " }] : said;
    if (requiresUserMessage && !messages.some(({ role }) => role === "user")) return [...messages, START];
    const last = messages.at(-1);
    const isPrefilled = last?.["role"] === "assistant" && !("tool_calls" in last);
    return isPrefilled ? [...messages.slice(0, -1), { ...last, ...prefill.message }] : messages;
  }

  #addAssistant({ text, reasoning, attached, toolCalls }: PairedAssistantMessage): void {
    const content = text.toWellFormed();
    const thinking = attached ?? this.#thinkingFields(reasoning, toolCalls.length > 0);
    if (toolCalls.length === 0) {
      // Providers reject an assistant message without content.
      if (content !== "") this.#push({ role: "assistant", content, ...thinking });
      return;
    }
    this.#push({
      role: "assistant",
      ...(content === "" ? EMPTY_CONTENT[this.#options.emptyContent] : { content }),
      ...thinking,
      tool_calls: toolCalls.map((call) => ({
        id: call.id,
        type: "function",
        ...this.#extraOf(call),
        function: { name: this.#names.sent(call.name), arguments: call.arguments },
      })),
    });
  }

  #extraOf({ extra }: PairedCall): WireMessage {
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

  #addResult(id: string, parts: readonly Part[]): void {
    const text = textOf(parts);
    this.#push({ role: "tool", tool_call_id: id, content: text === "" ? NO_OUTPUT : text });
    const media = attachedMedia(parts);
    if (media.length > 0) this.#media.push({ role: "user", content: encodeContent(media) });
  }

  #endResults(): void {
    for (const message of this.#media.splice(0)) this.#push(message);
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
