/**
 * Pairs the tool calls of a conversation with their results, as every provider requires: every call has a
 * unique id, and exactly one result with that id, directly after the calls of its message.
 *
 * Clients of Ollama guarantee none of this. Their results may have an id, only a name, or only an order.
 * Results may be late, repeated or missing. Ids may be repeated.
 */
import { unreachable } from "../../chat/event.ts";
import type { Message, Part, ToolCall } from "../../chat/request.ts";
import type { ProviderOptions } from "../../options/options.ts";
import { OpenCalls } from "./open-calls.ts";
import { toValidId } from "./tool-call-ids.ts";

type AssistantMessage = Extract<Message, { readonly role: "assistant" }>;

export interface PairedCall extends ToolCall {
  readonly id: string;
}

export type PairedMessage =
  | Extract<Message, { readonly role: "system" | "user" }>
  | (Omit<AssistantMessage, "toolCalls"> & { readonly toolCalls: readonly PairedCall[] })
  /** The parts are empty when the client sent no result. */
  | { readonly role: "tool"; readonly toolCallId: string; readonly parts: readonly Part[] };

export type PairedAssistantMessage = Extract<PairedMessage, { readonly role: "assistant" }>;

/** The text of a result without one. Providers reject an empty result. */
export const NO_OUTPUT = "(no tool output)";

/** Never throws. A result without a call becomes a message of the user. */
export function pairCalls(
  messages: readonly Message[],
  format: ProviderOptions["toolCallIdFormat"],
): readonly PairedMessage[] {
  const pairing = new Pairing(format);
  for (const [index, message] of messages.entries()) pairing.add(message, index);
  return pairing.end();
}

/** Images and documents of a result, for providers that accept only text in a result. */
export function attachedMedia(parts: readonly Part[]): readonly Part[] {
  const media = parts.filter((part) => part.type !== "text");
  return media.length === 0 ? [] : [{ type: "text", text: "Attached from the tool result:" }, ...media];
}

/** The text of the parts, without halves of characters. */
export function textOf(parts: readonly Part[]): string {
  return parts.map((part) => (part.type === "text" ? part.text.toWellFormed() : "")).join("");
}

class Pairing {
  readonly #format: ProviderOptions["toolCallIdFormat"];
  readonly #messages: PairedMessage[] = [];
  readonly #ids = new Set<string>();
  #calls = new OpenCalls([]);
  #results = new Map<string, readonly Part[]>();
  /** Messages that came between the calls and their results. They are sent after the results. */
  #later: PairedMessage[] = [];

  constructor(format: ProviderOptions["toolCallIdFormat"]) {
    this.#format = format;
  }

  add(message: Message, index: number): void {
    switch (message.role) {
      case "system":
      case "user":
        this.#addOther(message);
        return;
      case "assistant":
        this.#closeCalls();
        this.#addAssistant(message, index);
        return;
      case "tool":
        this.#addResult(message);
        return;
      default:
        unreachable(message);
    }
  }

  end(): readonly PairedMessage[] {
    this.#closeCalls();
    return this.#messages;
  }

  #addOther(message: PairedMessage): void {
    if (this.#calls.all.length > 0) this.#later.push(message);
    else this.#messages.push(message);
  }

  #addAssistant(message: AssistantMessage, index: number): void {
    const toolCalls = message.toolCalls.map((call, position): PairedCall => ({
      ...call,
      id: this.#idOf(call, `${index}:${position}:${call.name}`),
    }));
    this.#calls = new OpenCalls(
      toolCalls.map(({ id, name }, position) => ({
        id,
        name,
        clientId: message.toolCalls[position]?.id,
        result: undefined,
      })),
    );
    this.#messages.push({ ...message, toolCalls });
  }

  /** `place` is the position of the call in the conversation. */
  #idOf(call: ToolCall, place: string): string {
    let id = toValidId(call.id ?? place, call.id !== undefined, this.#format);
    // Derived from the position, so that the next request has the same id.
    for (let count = 1; this.#ids.has(id); count += 1) {
      id = toValidId(`${place}:${count}`, false, this.#format);
    }
    this.#ids.add(id);
    return id;
  }

  #addResult({ toolCallId, toolName, parts }: Extract<Message, { readonly role: "tool" }>): void {
    const call = this.#calls.find(toolCallId, toolName);
    if (call !== undefined) {
      call.result = "";
      this.#results.set(call.id, parts);
      return;
    }
    const text = `Tool ${toolName ?? toolCallId ?? "result"} returned: ${textOf(parts)}`;
    this.#addOther({ role: "user", parts: [{ type: "text", text }] });
    const media = attachedMedia(parts);
    if (media.length > 0) this.#addOther({ role: "user", parts: media });
  }

  #closeCalls(): void {
    for (const { id } of this.#calls.all) {
      this.#messages.push({ role: "tool", toolCallId: id, parts: this.#results.get(id) ?? [] });
    }
    this.#messages.push(...this.#later);
    this.#calls = new OpenCalls([]);
    this.#results = new Map();
    this.#later = [];
  }
}
