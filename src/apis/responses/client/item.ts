/**
 * Items of a streamed response. Each item writes its own events, from `response.output_item.added` to
 * `….done`.
 */
import type { FinishReason, TokenLogprob } from "../../../chat/event.ts";
import { encodeLogprobs } from "../../shared/openai-usage.ts";
import {
  type CalledTool,
  callItem,
  callStatus,
  messageItem,
  reasoningItem,
  statusOf,
  summaryPart,
  textPart,
} from "./response.ts";
import { type Toolbox, customInput } from "./tools.ts";

/** Writes the events of one reply with their sequence numbers. */
export class EventWriter {
  #sequence = 0;

  /** `members` is JSON text without braces. */
  write(type: string, members: string): string {
    const text = `event: ${type}\ndata: {"type":"${type}","sequence_number":${this.#sequence},${members}}\n\n`;
    this.#sequence += 1;
    return text;
  }
}

/** The id of an item, and its position in the output. */
export interface Place {
  readonly id: string;
  readonly index: number;
}

export interface OpenItem {
  readonly isClosed: boolean;
  /** The item in its current state. */
  readonly item: object;
  open(): string;
  /** `finish` is the reason why the reply ended; undefined: the reply continues with another item. */
  close(finish: FinishReason | undefined): string;
}

export class OpenText implements OpenItem {
  readonly #events: EventWriter;
  readonly #place: Place;
  readonly #members: string;
  #status = "in_progress";
  #text = "";
  readonly #logprobs: TokenLogprob[] = [];

  constructor(events: EventWriter, place: Place) {
    this.#events = events;
    this.#place = place;
    this.#members = `${itemMembers(place)},"content_index":0`;
  }

  get isClosed(): boolean {
    return this.#status !== "in_progress";
  }

  get item(): object {
    return messageItem(this.#place.id, this.#status, [this.#part()]);
  }

  open(): string {
    const empty = messageItem(this.#place.id, this.#status, []);
    return (
      this.#events.write("response.output_item.added", outputMembers(this.#place, empty)) +
      this.#events.write("response.content_part.added", `${this.#members},"part":${json(textPart("", []))}`)
    );
  }

  push(text: string, logprobs: readonly TokenLogprob[] | undefined): string {
    this.#text += text;
    for (const logprob of logprobs ?? []) this.#logprobs.push(logprob);
    const encoded = logprobs === undefined ? "[]" : json(encodeLogprobs(logprobs));
    return this.#events.write(
      "response.output_text.delta",
      `${this.#members},"delta":${json(text)},"logprobs":${encoded}`,
    );
  }

  close(finish: FinishReason | undefined): string {
    this.#status = finish === undefined ? "completed" : statusOf(finish);
    const logprobs = json(encodeLogprobs(this.#logprobs));
    return (
      this.#events.write(
        "response.output_text.done",
        `${this.#members},"text":${json(this.#text)},"logprobs":${logprobs}`,
      ) +
      this.#events.write("response.content_part.done", `${this.#members},"part":${json(this.#part())}`) +
      this.#events.write("response.output_item.done", outputMembers(this.#place, this.item))
    );
  }

  #part(): object {
    return textPart(this.#text, this.#logprobs);
  }
}

export class OpenReasoning implements OpenItem {
  readonly #events: EventWriter;
  readonly #place: Place;
  readonly #members: string;
  #text = "";
  #signature = "";
  #isClosed = false;

  constructor(events: EventWriter, place: Place) {
    this.#events = events;
    this.#place = place;
    this.#members = `${itemMembers(place)},"summary_index":0`;
  }

  get isClosed(): boolean {
    return this.#isClosed;
  }

  get item(): object {
    return reasoningItem(this.#place.id, this.#text, this.#signature);
  }

  open(): string {
    return this.#events.write("response.output_item.added", outputMembers(this.#place, this.item));
  }

  push(text: string): string {
    if (text === "") return "";
    const before =
      this.#text === ""
        ? this.#events.write(
            "response.reasoning_summary_part.added",
            `${this.#members},"part":${json(summaryPart(""))}`,
          )
        : "";
    this.#text += text;
    return (
      before +
      this.#events.write("response.reasoning_summary_text.delta", `${this.#members},"delta":${json(text)}`)
    );
  }

  sign(signature: string): void {
    this.#signature = signature;
  }

  close(): string {
    this.#isClosed = true;
    const summary = this.#text === "" ? "" : this.#closeSummary();
    return summary + this.#events.write("response.output_item.done", outputMembers(this.#place, this.item));
  }

  #closeSummary(): string {
    return (
      this.#events.write(
        "response.reasoning_summary_text.done",
        `${this.#members},"text":${json(this.#text)}`,
      ) +
      this.#events.write(
        "response.reasoning_summary_part.done",
        `${this.#members},"part":${json(summaryPart(this.#text))}`,
      )
    );
  }
}

export class OpenCall implements OpenItem {
  readonly #events: EventWriter;
  readonly #place: Place;
  readonly #toolbox: Toolbox;
  readonly #isCustom: boolean;
  readonly #call: CalledTool;
  #arguments = "";
  #status = "in_progress";

  constructor(events: EventWriter, place: Place, toolbox: Toolbox, call: CalledTool) {
    this.#events = events;
    this.#place = place;
    this.#toolbox = toolbox;
    this.#call = call;
    this.#isCustom = toolbox.originOf(call.name).type === "custom";
  }

  get isClosed(): boolean {
    return this.#status !== "in_progress";
  }

  get item(): object {
    return callItem(this.#call, this.#arguments, this.#status, this.#toolbox);
  }

  open(): string {
    return this.#events.write("response.output_item.added", outputMembers(this.#place, this.item));
  }

  /**
   * Adds a piece of the arguments. The text of a custom tool is inside the arguments, so it is sent when they
   * are complete.
   */
  push(text: string): string {
    if (text === "") return "";
    this.#arguments += text;
    return this.#isCustom ? "" : this.#delta("response.function_call_arguments.delta", text);
  }

  /** A call that was cut short gets no `done` event, because clients run every call that has one. */
  close(finish: FinishReason): string {
    const missing = this.#arguments.trim() === "" && finish !== "length" ? this.push("{}") : "";
    this.#status = callStatus(this.#arguments, finish);
    if (this.#status === "incomplete") return missing;
    const content = this.#isCustom ? this.#endInput() : this.#endArguments();
    return (
      missing +
      content +
      this.#events.write("response.output_item.done", outputMembers(this.#place, this.item))
    );
  }

  #endArguments(): string {
    const { name } = this.#toolbox.originOf(this.#call.name);
    return this.#events.write(
      "response.function_call_arguments.done",
      `${itemMembers(this.#place)},"name":${json(name)},"arguments":${json(this.#arguments)}`,
    );
  }

  #endInput(): string {
    const input = customInput(this.#arguments);
    return (
      this.#delta("response.custom_tool_call_input.delta", input) +
      this.#events.write(
        "response.custom_tool_call_input.done",
        `${itemMembers(this.#place)},"input":${json(input)}`,
      )
    );
  }

  #delta(type: string, text: string): string {
    return this.#events.write(type, `${itemMembers(this.#place)},"delta":${json(text)}`);
  }
}

function itemMembers({ id, index }: Place): string {
  return `"item_id":${json(id)},"output_index":${index}`;
}

function outputMembers({ index }: Place, item: object): string {
  return `"output_index":${index},"item":${json(item)}`;
}

function json(value: unknown): string {
  return JSON.stringify(value);
}
