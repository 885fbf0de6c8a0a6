/**
 * Replies of Ollama's `/api/chat` and `/api/generate`: newline-delimited JSON.
 *
 *     {"model":"m","created_at":"…Z","message":{"role":"assistant","content":"","thinking":"hm"},"done":false}
 *     {"model":"m","created_at":"…Z","message":{"role":"assistant","content":"Hi"},"done":false}
 *     {"model":"m","created_at":"…Z","message":{"role":"assistant","content":"","tool_calls":[{"id":"call_1",
 *      "function":{"index":0,"name":"f","arguments":{"a":1}}}]},"done":false}
 *     {"model":"m","created_at":"…Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop",
 *      "total_duration":3,"load_duration":1,"prompt_eval_count":9,"prompt_eval_duration":1,"eval_count":2,"eval_duration":1}
 *
 * `/api/generate` has `"response":"Hi"` and `"thinking":"hm"` instead of the message. Tool calls are sent
 * complete, each in its own line, before the final line. Nothing is ever null, because strict clients fail on it. In a tool call `function` comes before
 * `id`, because llm.el takes the first key for the function.
 */
import type { ProxyError } from "../../../chat/error.ts";
import type { ChatReply } from "../../../chat/collect.ts";
import {
  type ContentEvent,
  type FinishReason,
  type ReplyContext,
  type ReplyTotals,
  type StreamEncoder,
  type TokenLogprob,
  unreachable,
} from "../../../chat/event.ts";
import { toolArguments, wholeCalls } from "../../../chat/tool-arguments.ts";
import { encodeGoJson, escapeHtml } from "../../../wire/go-json.ts";
import { encodeError } from "./errors.ts";
import { encodeMetrics } from "./metrics.ts";

/** The fields that differ between the two routes. */
export interface Shape {
  /** Text of the fields between `created_at` and `done`. */
  content(text: string, thinking: string, toolCalls: string): string;
  /** Fields that only the route's final line has. `reply` is the whole text. */
  final(reply: string): string;
  /** The last fields of a non-streamed reply, in the order of the route. */
  closing(metrics: string, logprobs: string): string;
}

export const CHAT_SHAPE: Shape = {
  content: (text, thinking, toolCalls) =>
    `"message":{"role":"assistant","content":${encodeGoJson(text)}${thinkingField(thinking)}${toolCalls}}`,
  final: () => "",
  closing: (metrics, logprobs) => logprobs + metrics,
};

/** `pack` makes the `context` that continues the conversation. Undefined for raw prompts, which have none. */
export function generateShape(pack: ((reply: string) => readonly number[]) | undefined): Shape {
  return {
    content: (text, thinking, toolCalls) =>
      `"response":${encodeGoJson(text)}${thinkingField(thinking)}${toolCalls}`,
    final: (reply) => (pack === undefined ? "" : `,"context":${encodeGoJson(pack(reply))}`),
    closing: (metrics, logprobs) => metrics + logprobs,
  };
}

interface PendingCall {
  readonly id: string;
  readonly name: string;
  arguments: string;
}

export class OllamaEncoder implements StreamEncoder {
  readonly #context: ReplyContext;
  readonly #shape: Shape;
  readonly #prefix: string;
  #firstEventAtMs: number | undefined;
  #text = "";
  #thinking = "";
  #logprobs: TokenLogprob[] = [];
  /** The whole reply, for the `context` of the final line. */
  #reply = "";
  /** Lines of the stream. Deltas of one frame share a line. */
  #lines = 0;
  readonly #calls: PendingCall[] = [];
  #timeMs = -1;
  #timeText = "";

  constructor(context: ReplyContext, shape: Shape) {
    this.#context = context;
    this.#shape = shape;
    this.#prefix = `{"model":${encodeGoJson(context.model)},"created_at":"`;
  }

  /** Text and thinking of one frame are sent in one line, so everything waits for `flush`. */
  push(event: ContentEvent): string {
    this.#firstEventAtMs ??= this.#context.now();
    switch (event.type) {
      case "text-delta":
        this.#text += event.text;
        for (const logprob of event.logprobs ?? []) this.#logprobs.push(logprob);
        return "";
      case "reasoning-delta":
        // Thinking that follows text in the same frame needs a separate line, to keep the order.
        return this.#addThinking(event.text);
      case "tool-call-start":
        this.#calls[event.index] = { id: event.id, name: event.name, arguments: "" };
        return "";
      case "tool-call-delta": {
        const call = this.#calls[event.index];
        if (call !== undefined) call.arguments += event.arguments;
        return "";
      }
      case "reasoning-signature":
        return "";
      default:
        return unreachable(event);
    }
  }

  flush(): string {
    if (this.#text === "" && this.#thinking === "" && this.#logprobs.length === 0) return "";
    const now = this.#context.now();
    this.#lines += 1;
    this.#reply += this.#text;
    const line = `${this.#line(now, this.#text, this.#thinking, "")},"done":false${logprobsField(this.#logprobs)}}\n`;
    this.#text = "";
    this.#thinking = "";
    this.#logprobs = [];
    return line;
  }

  end({ usage, finish }: ReplyTotals): string {
    const now = this.#context.now();
    const rest = this.flush();
    // One line for each, as the real server sends them: some clients keep only the last call of a line.
    const callLines = encodeCalls(this.#calls, finish)
      .map((call) => `${this.#line(now, "", "", callsField([call]))},"done":false}\n`)
      .join("");
    const metrics = encodeMetrics(usage, {
      startedAtMs: this.#context.startedAtMs,
      firstEventAtMs: this.#firstEventAtMs ?? now,
      endedAtMs: now,
      deltas: this.#lines,
      inputTokens: this.#context.inputTokensEstimate,
    });
    const final = `${this.#line(now, "", "", "")},"done":true,"done_reason":"${doneReason(finish)}"`;
    return `${rest}${callLines}${final}${this.#shape.final(this.#reply)}${metrics}}\n`;
  }

  fail(error: ProxyError): string {
    return `${this.flush()}${encodeGoJson(encodeError(error))}\n`;
  }

  #addThinking(text: string): string {
    const before = this.#text === "" ? "" : this.flush();
    this.#thinking += text;
    return before;
  }

  #line(now: number, text: string, thinking: string, toolCalls: string): string {
    return `${this.#prefix}${this.#time(now)}",${this.#shape.content(text, thinking, toolCalls)}`;
  }

  /**
   * Cached, because formatting a date costs more than the rest of a line. Many lines have the same
   * millisecond.
   */
  #time(now: number): string {
    const ms = Math.floor(now);
    if (ms !== this.#timeMs) {
      this.#timeMs = ms;
      this.#timeText = new Date(ms).toISOString();
    }
    return this.#timeText;
  }
}

/**
 * The reply to a request with `stream: false`, as JSON text. Throws the same errors as `OllamaEncoder.end`.
 */
export function encodeReply(reply: ChatReply, context: ReplyContext, shape: Shape): string {
  const now = context.now();
  const metrics = encodeMetrics(reply.usage, {
    startedAtMs: context.startedAtMs,
    firstEventAtMs: reply.firstEventAtMs,
    endedAtMs: now,
    deltas: reply.deltas,
    inputTokens: context.inputTokensEstimate,
  });
  const calls = callsField(encodeCalls(reply.toolCalls, reply.finish));
  const content = shape.content(reply.text, reply.reasoning, calls);
  const closing = shape.closing(metrics, logprobsField(reply.logprobs));
  return (
    `{"model":${encodeGoJson(context.model)},"created_at":"${new Date(now).toISOString()}",${content},"done":true,` +
    `"done_reason":"${doneReason(reply.finish)}"${shape.final(reply.text)}${closing}}`
  );
}

/** The reply to a request that only loads or unloads a model. */
export function encodeLoaded(context: ReplyContext, shape: Shape, how: "load" | "unload"): string {
  return (
    `{"model":${encodeGoJson(context.model)},"created_at":"${new Date(context.now()).toISOString()}",` +
    `${shape.content("", "", "")},"done":true,"done_reason":"${how}"}`
  );
}

function thinkingField(thinking: string): string {
  return thinking === "" ? "" : `,"thinking":${encodeGoJson(thinking)}`;
}

/**
 * A reply cut at its length limit may end in an incomplete call, which is omitted. Any other invalid call is
 * an error.
 */
function encodeCalls(calls: readonly PendingCall[], reason: FinishReason): readonly string[] {
  return wholeCalls(calls, reason).map((call, index) => {
    const args = escapeHtml(toolArguments(call.arguments, call.name));
    return `{"function":{"index":${index},"name":${encodeGoJson(call.name)},"arguments":${args}},"id":${encodeGoJson(call.id)}}`;
  });
}

/** `calls` are JSON texts. */
function callsField(calls: readonly string[]): string {
  return calls.length === 0 ? "" : `,"tool_calls":[${calls.join(",")}]`;
}

function logprobsField(logprobs: readonly TokenLogprob[]): string {
  if (logprobs.length === 0) return "";
  const entries = logprobs.map(({ token, logprob, top }) => ({
    ...tokenLogprob({ token, logprob }),
    ...(top.length === 0 ? {} : { top_logprobs: top.map(tokenLogprob) }),
  }));
  return `,"logprobs":${encodeGoJson(entries)}`;
}

function tokenLogprob({ token, logprob }: { readonly token: string; readonly logprob: number }): object {
  return { token, logprob, ...(token === "" ? {} : { bytes: [...new TextEncoder().encode(token)] }) };
}

/** Ollama has no other values. A tool call and a content filter end with `stop`. */
const DONE_REASONS = {
  stop: "stop",
  length: "length",
  "tool-calls": "stop",
  "content-filter": "stop",
  other: "stop",
} as const satisfies Record<FinishReason, string>;

function doneReason(reason: FinishReason): string {
  return DONE_REASONS[reason];
}
