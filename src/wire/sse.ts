/**
 * Server-sent events that carry JSON, the framing of OpenAI and Anthropic streams.
 *
 *     : keep-alive              a comment; it only keeps the connection open
 *     event: message_start      optional; OpenAI never sends it, some providers mark errors with it
 *     data: {"type":…}          one or more lines, joined by a line feed
 *                               a blank line ends the event
 *     data: [DONE]              OpenAI's end mark, not JSON
 *     error: {"code":400,…}     llama.cpp: a field of its own for errors; read as the data of an event named `error`
 *     data: : keep-alive        data that is not JSON, and never becomes it with more lines; a frame of its own, as text
 *
 * Seen in the wild, and all read here: lines ending in LF, CRLF or CR; `data:` without the space (LongCat);
 * no blank line between events (DeepInfra, SambaNova); events pretty-printed over several data lines;
 * an empty `data:` that keeps the connection open; bare JSON lines or one JSON document instead of events (relays, Azure
 * policies); the end mark glued to the JSON before it (9Router); no line feed at the end (TGI, Gemini); lines of megabytes, up to the limit of `frame.ts`.
 * https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
import { mustFit, tooDeep, unreadable } from "./frame.ts";
import { parseJson } from "./json.ts";
import { Nesting } from "./nesting.ts";

/** The frame that OpenAI-compatible providers send last. */
export const DONE = "[DONE]";

/**
 * `frame` is a JSON value, or the text of data that is not JSON, such as `DONE`; `name` is the name of the event, if it has
 * one; `text` is the data as it was sent.
 */
export type OnFrame = (frame: unknown, name: string | undefined, text: string) => void;

const SPACE = 32;
const STRAY_LIMIT = 2000;

/** The beginning of an object, or of a list of objects: what a truncated frame begins with. `[HEARTBEAT]` is neither. */
const BEGINS_JSON = /^(?:\{|\[\s*(?:$|[[{]))/;

/** Splits text into frames. The text may arrive in pieces of any size, and has no byte order mark (`TextDecoder` removes it). */
export class SseDecoder {
  readonly #onFrame: OnFrame;
  /** A line whose end has not arrived. Only appended to, so that a long line is not scanned again. */
  #partial = "";
  #endedInCarriageReturn = false;
  #name: string | undefined;
  /** Data lines that are not JSON by themselves. They wait for the rest of their event. */
  #data = "";
  /** Lines of a JSON document outside any event, until they parse. */
  #document = "";
  /** Of the document so far. It can be parsed only where its last bracket closes. */
  #nesting = new Nesting();
  #stray = "";
  #documents = 0;

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame;
  }

  /** The beginning of text that belongs to no frame, such as an HTML page. For error messages only. */
  get stray(): string {
    return this.#stray;
  }

  /** How many frames were JSON documents outside any event. */
  get documentCount(): number {
    return this.#documents;
  }

  /** Throws `WireError` when an event is complete and its JSON is broken, or it is too long. */
  push(text: string): void {
    const input = this.#normalizeLineEnds(text);
    let start = 0;
    let end = input.indexOf("\n");
    if (this.#partial !== "" && end !== -1) {
      const line = this.#partial + input.slice(0, end);
      this.#partial = "";
      this.#line(line, 0, line.length);
      start = end + 1;
      end = input.indexOf("\n", start);
    }
    for (; end !== -1; end = input.indexOf("\n", start)) {
      this.#line(input, start, end);
      start = end + 1;
    }
    if (start < input.length) this.#partial += input.slice(start);
    mustFit(this.#partial.length);
  }

  /** The body has ended. An unfinished last line counts. Throws as `push` does. */
  end(): void {
    const last = this.#partial;
    this.#partial = "";
    if (last !== "") this.#line(last, 0, last.length);
    this.#line("", 0, 0);
    if (this.#document !== "") this.#tryDocument();
    if (this.#document !== "") this.#addStray(this.#document);
    this.#document = "";
  }

  /** A carriage return ends a line at once. A line feed after it, even in the next piece, belongs to the same line end. */
  #normalizeLineEnds(text: string): string {
    const input = this.#endedInCarriageReturn && text.startsWith("\n") ? text.slice(1) : text;
    if (text !== "") this.#endedInCarriageReturn = text.endsWith("\r");
    return input.includes("\r") ? input.replaceAll(/\r\n?/g, "\n") : input;
  }

  /** The line is `input` from `start` to `end`. Most lines are data, and their text is sliced only once. */
  #line(input: string, start: number, end: number): void {
    mustFit(end - start);
    if (input.startsWith("data:", start)) {
      this.#dataLine(input.slice(input.charCodeAt(start + 5) === SPACE ? start + 6 : start + 5, end));
    } else if (start === end && this.#document === "") {
      this.#endEvent();
    } else {
      this.#otherLine(input.slice(start, end));
    }
  }

  #otherLine(line: string): void {
    if (this.#document !== "") {
      this.#documentLine(line);
    } else if (line.startsWith("event:")) {
      this.#name = line.slice(6).trim();
    } else if (/^error: ?\{/.test(line)) {
      this.#name = "error";
      this.#dataLine(line.slice(6));
    } else if (line.startsWith("{") || line.startsWith("[")) {
      this.#beginDocument(line);
    } else if (!/^(?::|id:|retry:|data$)/.test(line)) {
      this.#addStray(`${line}\n`);
    }
  }

  #dataLine(value: string): void {
    if (this.#document !== "") {
      this.#addStray(this.#document);
      this.#document = "";
    }
    if (this.#data !== "") {
      this.#data += `\n${value}`;
      mustFit(this.#data.length);
    } else if (!this.#dispatch(value)) {
      this.#data = value;
    }
  }

  /** Whether `data` was a frame, or empty. False: it begins as JSON does, and is incomplete. */
  #dispatch(data: string): boolean {
    const frame = parseJson(data);
    if (frame !== undefined) {
      this.#onFrame(frame, this.#name, data);
      return true;
    }
    const text = data.trim();
    if (BEGINS_JSON.test(text)) return this.#dispatchGlued(data);
    if (text !== "") this.#onFrame(text, this.#name, text);
    return true;
  }

  #dispatchGlued(data: string): boolean {
    const json = withoutEndMark(data);
    return json !== data && this.#dispatch(json) && this.#dispatch(DONE);
  }

  #endEvent(): void {
    const data = this.#data;
    this.#data = "";
    if (data !== "" && !this.#dispatch(data)) throw unreadable(data);
    this.#name = undefined;
  }

  #beginDocument(line: string): void {
    this.#document = line;
    this.#tryDocument();
    if (this.#document === "") return;
    this.#nesting = new Nesting();
    this.#follow(line);
  }

  #documentLine(line: string): void {
    // All brackets are closed and the text is not JSON. More text cannot change that.
    if (this.#nesting.depth <= 0) return;
    this.#document += `\n${line}`;
    mustFit(this.#document.length);
    this.#follow(line);
    if (this.#nesting.depth <= 0) this.#tryDocument();
  }

  #follow(line: string): void {
    if (this.#nesting.push(line) !== -1) throw tooDeep();
  }

  #tryDocument(): void {
    const text = withoutEndMark(this.#document);
    const frame = text.trim() === DONE ? DONE : parseJson(text);
    if (frame === undefined) return;
    this.#document = "";
    this.#documents += 1;
    this.#onFrame(frame, this.#name, text);
  }

  #addStray(text: string): void {
    if (this.#stray.length < STRAY_LIMIT) this.#stray += text.slice(0, STRAY_LIMIT);
  }
}

/** JSON text without `data: [DONE]` after it, with which some gateways end whole replies too. */
export function withoutEndMark(text: string): string {
  const [json, mark] = cutEnd(text, DONE);
  const [rest, field] = cutEnd(json, "data:");
  return mark && field ? rest : text;
}

function cutEnd(text: string, end: string): readonly [rest: string, found: boolean] {
  const trimmed = text.trimEnd();
  return trimmed.endsWith(end) ? [trimmed.slice(0, -end.length), true] : [text, false];
}

/** Whether a body that is not JSON looks like server-sent events. */
export function isEventStream(text: string): boolean {
  return /^\s*(?:data|event|:)/.test(text);
}

export function sseData(data: unknown): string {
  return `data: ${JSON.stringify(data)}\n\n`;
}

export function sseEvent(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}
