/**
 * A conversation as OpenAI-compatible hosts insist on it.
 *
 *     {"role":"assistant","content":"","tool_calls":[{"id":"call_1","type":"function","function":{…}}]}
 *     {"role":"tool","tool_call_id":"call_1","content":"…"}
 *
 * Every call has an id, every call is answered exactly once, right after it, by that id. Ollama's clients promise none
 * of this: results come by id, by name, or merely in order, late, twice, or not at all.
 */
import { unreachable } from "../../chat/event.ts";
import type { Message, Part, ToolCall } from "../../chat/request.ts";

type WireMessage = { readonly [key: string]: unknown };

interface OpenCall {
  readonly id: string;
  readonly name: string;
  readonly clientId: string | undefined;
  result: string | undefined;
}

const NO_OUTPUT = "(no tool output)";

export function encodeMessages(messages: readonly Message[]): readonly WireMessage[] {
  const history = new History();
  for (const [index, message] of messages.entries()) history.add(message, index);
  return history.end();
}

class History {
  readonly #messages: WireMessage[] = [];
  #calls: OpenCall[] = [];
  /** What came between the calls and their results, and must follow them. */
  #later: WireMessage[] = [];

  add(message: Message, index: number): void {
    switch (message.role) {
      case "system":
        this.#addOther({ role: "system", content: message.text.toWellFormed() });
        return;
      case "user":
        this.#addOther({ role: "user", content: encodeContent(message.parts) });
        return;
      case "assistant":
        this.#closeCalls();
        this.#addAssistant(message.text.toWellFormed(), message.toolCalls, index);
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
    return this.#messages;
  }

  #addOther(message: WireMessage): void {
    (this.#calls.length > 0 ? this.#later : this.#messages).push(message);
  }

  #addAssistant(text: string, toolCalls: readonly ToolCall[], index: number): void {
    if (toolCalls.length === 0) {
      // Hosts refuse an assistant who says nothing.
      if (text !== "") this.#messages.push({ role: "assistant", content: text });
      return;
    }
    this.#calls = toolCalls.map((call, position) => ({
      id: call.id ?? generatedId(`${index}:${position}:${call.name}`),
      name: call.name,
      clientId: call.id,
      result: undefined,
    }));
    this.#messages.push({
      role: "assistant",
      content: text,
      tool_calls: toolCalls.map((call, position) => ({
        id: this.#calls[position]?.id,
        type: "function",
        function: { name: call.name, arguments: call.arguments.toWellFormed() },
      })),
    });
  }

  #addResult(id: string | undefined, name: string | undefined, parts: readonly Part[]): void {
    const text = textOf(parts);
    const open = this.#calls.filter((call) => call.result === undefined);
    const call =
      open.find((candidate) => id !== undefined && candidate.clientId === id) ??
      open.find((candidate) => name !== undefined && candidate.name === name) ??
      open[0];
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

  #closeCalls(): void {
    for (const call of this.#calls) {
      this.#messages.push({ role: "tool", tool_call_id: call.id, content: call.result ?? NO_OUTPUT });
    }
    this.#messages.push(...this.#later);
    this.#calls = [];
    this.#later = [];
  }
}

/** A plain string as long as there is only text: some hosts refuse lists from models that cannot see. */
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
    default:
      return unreachable(part);
  }
}

function textOf(parts: readonly Part[]): string {
  return parts.map((part) => (part.type === "text" ? part.text.toWellFormed() : "")).join("");
}

/** The same for the same place in the same conversation, so that providers find their cached prompts again. */
function generatedId(place: string): string {
  let hash = 0x811c9dc5;
  for (let index = 0; index < place.length; index += 1) {
    hash = Math.imul(hash ^ place.charCodeAt(index), 0x01000193) >>> 0;
  }
  return `call_${hash.toString(36).padStart(8, "0").slice(-8)}`;
}
