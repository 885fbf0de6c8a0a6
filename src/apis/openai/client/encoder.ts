/**
 * Replies of `/v1/chat/completions` for clients: server-sent events, or one JSON object.
 *
 *     data: {"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m","system_fingerprint":"fp_ollama",
 *            "choices":[{"index":0,"delta":{"role":"assistant","content":"Hi"},"finish_reason":null}]}
 *     data: {…,"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}
 *     data: {…,"choices":[],"usage":{…}}                 only with `stream_options.include_usage`
 *     data: [DONE]
 *
 * As in Ollama, thinking is `reasoning`, the role is sent once, and every chunk has the same `created`. Tool
 * calls differ from Ollama, which sends them whole: they are sent in pieces, as OpenAI does. An error is a
 * chunk with an `error`, and no `[DONE]` follows it. The real Ollama sends an empty chunk instead, which
 * hides the error.
 */
import type { ChatReply } from "../../../chat/collect.ts";
import type { ProxyError } from "../../../chat/error.ts";
import {
  type ContentEvent,
  type FinishReason,
  type ReplyContext,
  type ReplyTotals,
  type StreamEncoder,
  unreachable,
} from "../../../chat/event.ts";
import { wholeCalls } from "../../../chat/tool-arguments.ts";
import { sseData } from "../../../wire/sse.ts";
import { encodeUsage, logprobsMember } from "../../shared/openai-usage.ts";
import { encodeError } from "../../shared/openai-errors.ts";

const ROLE = '"role":"assistant",';

export class OpenAiEncoder implements StreamEncoder {
  readonly #context: ReplyContext;
  readonly #includesUsage: boolean;
  /** The text of a chunk before its `choices`. */
  readonly #head: string;
  readonly #deltaHead: string;
  /** Only the first chunk has a role. */
  #role = ROLE;
  /** For each call, whether it had arguments. */
  readonly #calls: boolean[] = [];

  constructor(context: ReplyContext, includesUsage: boolean) {
    this.#context = context;
    this.#includesUsage = includesUsage;
    this.#head = `data: {${headMembers(context, "chat.completion.chunk")},"choices":[`;
    this.#deltaHead = `${this.#head}{"index":0,"delta":{`;
  }

  push(event: ContentEvent): string {
    switch (event.type) {
      case "text-delta":
        return this.#chunk(`"content":${JSON.stringify(event.text)}`, logprobsMember(event.logprobs));
      case "reasoning-delta":
        return this.#chunk(`"content":"","reasoning":${JSON.stringify(event.text)}`);
      case "tool-call-start":
        this.#calls[event.index] = false;
        return this.#chunk(
          `"content":"","tool_calls":[{"id":${JSON.stringify(event.id)},"index":${event.index},"type":"function",` +
            `"function":{"name":${JSON.stringify(event.name)},"arguments":""}}]`,
        );
      case "tool-call-delta":
        if (event.arguments === "") return "";
        this.#calls[event.index] = true;
        return this.#argumentsChunk(event.index, event.arguments);
      case "reasoning-signature":
        return "";
      default:
        return unreachable(event);
    }
  }

  flush(): string {
    return "";
  }

  end(totals: ReplyTotals): string {
    const opening = this.#role === "" ? "" : this.#chunk('"content":""');
    const usage = this.#includesUsage ? this.#usageChunk(totals) : "";
    return `${opening}${this.#missingArguments(totals)}${this.#finishChunk(totals)}${usage}data: [DONE]\n\n`;
  }

  fail(error: ProxyError): string {
    return sseData(encodeError(error));
  }

  /** `delta` and `rest` are members; `rest` begins with a comma. */
  #chunk(delta: string, rest = ""): string {
    const role = this.#role;
    this.#role = "";
    return `${this.#deltaHead}${role}${delta}},"finish_reason":null${rest}}]}\n\n`;
  }

  #argumentsChunk(index: number, text: string): string {
    return this.#chunk(`"tool_calls":[{"index":${index},"function":{"arguments":${JSON.stringify(text)}}}]`);
  }

  /** `{}` for calls without arguments. Clients parse the arguments, and empty text is not valid JSON. */
  #missingArguments({ finish }: ReplyTotals): string {
    if (finish === "length") return "";
    return this.#calls.map((came, index) => (came ? "" : this.#argumentsChunk(index, "{}"))).join("");
  }

  #finishChunk({ finish }: ReplyTotals): string {
    return `${this.#deltaHead}},"finish_reason":"${finishReason(finish, this.#calls.length)}"}]}\n\n`;
  }

  #usageChunk(totals: ReplyTotals): string {
    const usage = encodeUsage(totals, this.#context);
    return `${this.#head}],"usage":${JSON.stringify(usage)}}\n\n`;
  }
}

/** The reply to a request that does not stream, as JSON text. */
export function encodeReply(reply: ChatReply, context: ReplyContext): string {
  const calls = wholeCalls(reply.toolCalls, reply.finish);
  const message = {
    role: "assistant",
    content: reply.text,
    ...(reply.reasoning === "" ? {} : { reasoning: reply.reasoning }),
    ...(calls.length === 0
      ? {}
      : {
          tool_calls: calls.map((call, index) => ({
            id: call.id,
            index,
            type: "function",
            function: { name: call.name, arguments: call.arguments === "" ? "{}" : call.arguments },
          })),
        }),
  };
  return (
    `{${headMembers(context, "chat.completion")},"choices":[{"index":0,"message":${JSON.stringify(message)},` +
    `"finish_reason":"${finishReason(reply.finish, calls.length)}"${logprobsMember(reply.logprobs)}}],` +
    `"usage":${JSON.stringify(encodeUsage(reply, context))}}`
  );
}

function headMembers(context: ReplyContext, object: string): string {
  const created = Math.floor(context.now() / 1000);
  return (
    `"id":"chatcmpl-${context.id}","object":"${object}","created":${created},` +
    `"model":${JSON.stringify(context.model)},"system_fingerprint":"fp_ollama"`
  );
}

const FINISH_REASONS = {
  stop: "stop",
  length: "length",
  "tool-calls": "tool_calls",
  "content-filter": "content_filter",
  other: "stop",
} as const satisfies Record<FinishReason, string>;

/** Many providers end a reply with tool calls with `stop`. Clients run the tools only on `tool_calls`. */
function finishReason(reason: FinishReason, calls: number): string {
  const word = FINISH_REASONS[reason];
  return word === "stop" && calls > 0 ? "tool_calls" : word;
}
