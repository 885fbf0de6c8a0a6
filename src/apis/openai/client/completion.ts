/**
 * The legacy `/v1/completions`, for providers of other APIs. The prompt becomes a message of the user, as in Ollama.
 *
 *     {"model":"m","prompt":"Once upon","suffix":"the end","max_tokens":16,"stream":true,"stream_options":{"include_usage":true}}
 *     data: {"id":"cmpl-1","object":"text_completion","created":1,"model":"m","system_fingerprint":"fp_ollama",
 *            "choices":[{"text":" a","index":0,"finish_reason":null}]}
 *     data: {…,"choices":[],"usage":{…}}                 only with `stream_options.include_usage`
 *     data: [DONE]
 */
import * as v from "valibot";
import type { ChatReply } from "../../../chat/collect.ts";
import type { ProxyError } from "../../../chat/error.ts";
import type {
  ContentEvent,
  FinishReason,
  ReplyContext,
  ReplyTotals,
  StreamEncoder,
} from "../../../chat/event.ts";
import type { ChatRequest } from "../../../chat/request.ts";
import { sseData } from "../../../wire/sse.ts";
import type { Translatable } from "../../endpoint.ts";
import { optional, parseBody } from "../../shared/body.ts";
import { encodeError } from "../../shared/openai-errors.ts";
import { decodeSampling, refuse, requireModel, samplingFields } from "../../shared/openai-sampling.ts";
import { encodeUsage } from "../../shared/openai-usage.ts";

const requestSchema = v.object({
  ...samplingFields,
  prompt: optional(v.unknown()),
  suffix: optional(v.string()),
  echo: optional(v.boolean()),
  best_of: optional(v.number()),
  logprobs: optional(v.number()),
});

/** Throws `bad-request` or `unsupported`. */
export function translatedCompletion(body: unknown): Translatable {
  const fields = parseBody(requestSchema, body);
  if (fields.echo === true) refuse("echo", "replies without the prompt");
  if ((fields.best_of ?? 1) > 1) refuse("best_of", "one reply per request");
  const prompt = promptOf(fields.prompt);
  const suffix = fields.suffix ?? "";
  const chat: ChatRequest = {
    model: requireModel(fields.model),
    messages: suffix === "" ? [{ role: "user", parts: [{ type: "text", text: prompt }] }] : [],
    stream: fields.stream ?? false,
    tools: [],
    sampling: decodeSampling(fields),
    completion: suffix === "" ? undefined : { prompt, suffix },
    // The reply has no place for thinking.
    reasoning: "off",
  };
  const includesUsage = fields.stream_options?.include_usage ?? false;
  return {
    type: "chat",
    chat,
    droppedParams: fields.logprobs === undefined ? [] : ["logprobs"],
    createEncoder: (context) => new CompletionEncoder(context, includesUsage),
    encodeReply,
  };
}

function promptOf(prompt: unknown): string {
  if (typeof prompt === "string") return prompt;
  const [text, ...others]: readonly unknown[] = Array.isArray(prompt) ? prompt : [];
  if (typeof text === "string" && others.length === 0) return text;
  return refuse("prompt", "one prompt as text");
}

class CompletionEncoder implements StreamEncoder {
  readonly #context: ReplyContext;
  readonly #includesUsage: boolean;

  constructor(context: ReplyContext, includesUsage: boolean) {
    this.#context = context;
    this.#includesUsage = includesUsage;
  }

  push(event: ContentEvent): string {
    return event.type === "text-delta" ? this.#chunk(event.text, null) : "";
  }

  flush(): string {
    return "";
  }

  end(totals: ReplyTotals): string {
    const usage = this.#includesUsage
      ? sseData({ ...head(this.#context), choices: [], usage: encodeUsage(totals, this.#context) })
      : "";
    return `${this.#chunk("", FINISH_REASONS[totals.finish])}${usage}data: [DONE]\n\n`;
  }

  fail(error: ProxyError): string {
    return sseData(encodeError(error));
  }

  #chunk(text: string, finish_reason: string | null): string {
    return sseData({ ...head(this.#context), choices: [{ text, index: 0, finish_reason }] });
  }
}

function encodeReply(reply: ChatReply, context: ReplyContext): string {
  const choice = { text: reply.text, index: 0, finish_reason: FINISH_REASONS[reply.finish] };
  return JSON.stringify({ ...head(context), choices: [choice], usage: encodeUsage(reply, context) });
}

function head({ id, model, now }: ReplyContext): object {
  return {
    id: `cmpl-${id}`,
    object: "text_completion",
    created: Math.floor(now() / 1000),
    model,
    system_fingerprint: "fp_ollama",
  };
}

const FINISH_REASONS = {
  stop: "stop",
  length: "length",
  "tool-calls": "stop",
  "content-filter": "content_filter",
  other: "stop",
} as const satisfies Record<FinishReason, string>;
