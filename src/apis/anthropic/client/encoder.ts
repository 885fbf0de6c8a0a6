/**
 * Replies of Anthropic's `/v1/messages`: server-sent events, or one JSON object.
 *
 *     message_start
 *       (content_block_start, content_block_delta …, content_block_stop) …
 *     message_delta, message_stop
 *
 * One block is open at a time. A new block begins when the kind of the content changes. A tool call has its
 * own block. When a provider interleaves two calls, the second is held until the first is complete. Token
 * counts are sent twice: an estimate in `message_start`, the provider's counts in `message_delta`. An error
 * is an `error` event, and nothing follows it. The real Ollama sends no such event.
 * https://platform.claude.com/docs/en/build-with-claude/streaming
 */
import type { ChatReply } from "../../../chat/collect.ts";
import { ProxyError } from "../../../chat/error.ts";
import {
  type ContentEvent,
  type FinishReason,
  type ReplyContext,
  type ReplyTotals,
  type StreamEncoder,
  unreachable,
} from "../../../chat/event.ts";
import { toolArguments, wholeCalls } from "../../../chat/tool-arguments.ts";
import { ObjectText } from "../../../wire/object-text.ts";
import { sseEvent } from "../../../wire/sse.ts";
import { encodeError } from "./errors.ts";

/** Keeps the client from timing out while the provider is silent. */
export const PING = sseEvent("ping", { type: "ping" });

interface Call {
  readonly id: string;
  readonly name: string;
  arguments: string;
  readonly progress: ObjectText;
  /** Characters of the arguments that have been sent. Undefined while the call is held. */
  sentLength: number | undefined;
}

export class AnthropicEncoder implements StreamEncoder {
  readonly #context: ReplyContext;
  #started = false;
  #index = -1;
  #open: "text" | "thinking" | Call | undefined;
  /** The beginning of a delta of the open block, before its text. */
  #deltaHead = "";
  readonly #calls: Call[] = [];

  constructor(context: ReplyContext) {
    this.#context = context;
  }

  push(event: ContentEvent): string {
    switch (event.type) {
      case "text-delta":
        return this.#openText() + this.#delta(event.text);
      case "reasoning-delta":
        return this.#openThinking() + this.#delta(event.text);
      case "reasoning-signature":
        return this.#openThinking() + this.#signature(event.signature);
      case "tool-call-start":
        return this.#startCall(event.index, {
          id: event.id,
          name: event.name,
          arguments: "",
          progress: new ObjectText(),
          sentLength: undefined,
        });
      case "tool-call-delta":
        return this.#continueCall(this.#calls[event.index], event.arguments);
      default:
        return unreachable(event);
    }
  }

  flush(): string {
    return "";
  }

  end(totals: ReplyTotals): string {
    let text = this.#start() + this.#close(totals.finish);
    for (const call of this.#calls) {
      if (call.sentLength === undefined) text += this.#openCall(call) + this.#close(totals.finish);
      else if (call.sentLength < call.arguments.length) throw lateArguments(call);
    }
    const stop_reason = stopReason(totals.finish, this.#calls.length);
    return (
      text +
      sseEvent("message_delta", {
        type: "message_delta",
        delta: { stop_reason, stop_sequence: null },
        usage: encodeUsage(totals, this.#context),
      }) +
      sseEvent("message_stop", { type: "message_stop" })
    );
  }

  fail(error: ProxyError): string {
    return sseEvent("error", encodeError(error, this.#context.id));
  }

  #start(): string {
    if (this.#started) return "";
    this.#started = true;
    const usage = { input_tokens: this.#context.inputTokensEstimate, output_tokens: 0 };
    const message = {
      ...messageHead(this.#context),
      content: [],
      stop_reason: null,
      stop_sequence: null,
      usage,
    };
    return sseEvent("message_start", { type: "message_start", message });
  }

  #openText(): string {
    if (this.#open === "text") return "";
    const before = this.#openBlock({ type: "text", text: "" }, '"text_delta","text":');
    this.#open = "text";
    return before;
  }

  #openThinking(): string {
    if (this.#open === "thinking") return "";
    const before = this.#openBlock({ type: "thinking", thinking: "" }, '"thinking_delta","thinking":');
    this.#open = "thinking";
    return before;
  }

  /** Sends the received part of the call. */
  #openCall(call: Call): string {
    const { id, name } = call;
    const before = this.#openBlock(
      { type: "tool_use", id, name, input: {} },
      '"input_json_delta","partial_json":',
    );
    this.#open = call;
    call.sentLength = call.arguments.length;
    return call.arguments === "" ? before : before + this.#delta(call.arguments);
  }

  #startCall(index: number, call: Call): string {
    this.#calls[index] = call;
    const mustWait = typeof this.#open === "object" && !this.#open.progress.isWhole;
    return mustWait ? "" : this.#openCall(call);
  }

  #continueCall(call: Call | undefined, text: string): string {
    if (call === undefined || text === "") return "";
    call.arguments += text;
    call.progress.push(text);
    if (call !== this.#open) return "";
    call.sentLength = call.arguments.length;
    return this.#delta(text);
  }

  #openBlock(block: object, delta: string): string {
    const before = this.#start() + this.#close();
    this.#index += 1;
    this.#deltaHead =
      'event: content_block_delta\ndata: {"type":"content_block_delta",' +
      `"index":${this.#index},"delta":{"type":${delta}`;
    return (
      before +
      sseEvent("content_block_start", {
        type: "content_block_start",
        index: this.#index,
        content_block: block,
      })
    );
  }

  #delta(text: string): string {
    return `${this.#deltaHead}${JSON.stringify(text)}}}\n\n`;
  }

  #signature(signature: string): string {
    return sseEvent("content_block_delta", {
      type: "content_block_delta",
      index: this.#index,
      delta: { type: "signature_delta", signature },
    });
  }

  /** `finish` is known only at the end of the reply. */
  #close(finish?: FinishReason): string {
    if (this.#open === undefined) return "";
    const isBare =
      typeof this.#open === "object" && this.#open.arguments.trim() === "" && finish !== "length";
    const before = isBare ? this.#delta("{}") : "";
    this.#open = undefined;
    return before + sseEvent("content_block_stop", { type: "content_block_stop", index: this.#index });
  }
}

/**
 * The error for arguments that arrive after their block was closed. Incomplete arguments are worse than an
 * error.
 */
function lateArguments(call: Call): ProxyError {
  return new ProxyError(
    "upstream-invalid",
    `The model continued its call of the tool "${call.name}" after it had started another part; try again`,
  );
}

/** The reply to a request that does not stream, as JSON text. */
export function encodeReply(reply: ChatReply, context: ReplyContext): string {
  const calls = wholeCalls(reply.toolCalls, reply.finish);
  const signature = reply.signature === "" ? {} : { signature: reply.signature };
  const thinking = { type: "thinking", thinking: reply.reasoning, ...signature };
  const blocks = [
    ...(reply.reasoning === "" && reply.signature === "" ? [] : [JSON.stringify(thinking)]),
    ...(reply.text === "" ? [] : [JSON.stringify({ type: "text", text: reply.text })]),
    ...calls.map(toolUse),
  ];
  const head = JSON.stringify(messageHead(context)).slice(0, -1);
  const tail = JSON.stringify({
    stop_reason: stopReason(reply.finish, calls.length),
    stop_sequence: null,
    usage: encodeUsage(reply, context),
  }).slice(1);
  return `${head},"content":[${blocks.join(",")}],${tail}`;
}

/** The input exactly as the model wrote it, because parsing it would round its numbers. */
function toolUse({ id, name, arguments: text }: ChatReply["toolCalls"][number]): string {
  const head = `"type":"tool_use","id":${JSON.stringify(id)},"name":${JSON.stringify(name)}`;
  return `{${head},"input":${toolArguments(text, name)}}`;
}

function messageHead({ id, model }: ReplyContext): object {
  return { id: `msg_${id}`, type: "message", role: "assistant", model };
}

/** Only Anthropic's API does not count cached tokens as input tokens. */
function encodeUsage({ usage, deltas }: ReplyTotals, context: ReplyContext): object {
  const input = usage.inputTokens ?? context.inputTokensEstimate;
  const output_tokens = usage.outputTokens ?? deltas;
  const { cachedTokens, cacheWriteTokens } = usage;
  return {
    input_tokens: Math.max(0, input - (cachedTokens ?? 0) - (cacheWriteTokens ?? 0)),
    ...(cacheWriteTokens === undefined ? {} : { cache_creation_input_tokens: cacheWriteTokens }),
    ...(cachedTokens === undefined ? {} : { cache_read_input_tokens: cachedTokens }),
    output_tokens,
  };
}

const STOP_REASONS = {
  stop: "end_turn",
  length: "max_tokens",
  "tool-calls": "tool_use",
  "content-filter": "refusal",
  other: "end_turn",
} as const satisfies Record<FinishReason, string>;

/** Many providers end a reply that calls tools with `stop`. Clients run the tools only after `tool_use`. */
function stopReason(reason: FinishReason, calls: number): string {
  const word = STOP_REASONS[reason];
  return word === "end_turn" && calls > 0 ? "tool_use" : word;
}
