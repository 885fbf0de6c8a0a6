/**
 * OpenAI chat completions as providers send them, streamed or whole.
 *
 *     {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}
 *     {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}
 *     {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1}}
 *     [DONE]
 *
 * Seen in the wild, and all read here: `message` instead of `delta` (a whole reply where a stream was asked
 * for); `text` (legacy completions); thinking under five names, in two of them at once, as typed content
 * parts (Mistral) or between tags in the content (MiniMax, bare vLLM); chunks without `choices`, `delta` or
 * `finish_reason`; usage on every chunk, inside the choice (Moonshot) or beside it (Groq, Cerebras,
 * llama.cpp); errors inside a 200 in every shape that `error.ts` knows.
 */
import { ProxyError } from "../../../chat/error.ts";
import type {
  Emit,
  FinishReason,
  Phase,
  ReplyContext,
  StreamDecoder,
  TokenLogprob,
} from "../../../chat/event.ts";
import { arrayAt, isObject, numberAt, objectAt, stringAt } from "../../../wire/json.ts";
import { DONE } from "../../../wire/sse.ts";
import type { ProviderOptions } from "../../../options/options.ts";
import { errorInFrame } from "../../shared/upstream-errors.ts";
import { ReasoningReader } from "./reasoning.ts";
import { ThinkTagSplitter } from "./think-tags.ts";
import { ToolCallAssembler } from "./tool-calls.ts";
import { UsageReader } from "./usage.ts";

export class OpenAiDecoder implements StreamDecoder {
  readonly #toolCalls: ToolCallAssembler;
  readonly #thinkTags: ThinkTagSplitter;
  // Held until the end: usage follows the finish reason on the wire, and some hosts repeat it on every chunk.
  readonly #usage = new UsageReader();
  readonly #reasoning = new ReasoningReader();
  readonly #isCumulative: boolean;
  /** All text so far, kept for hosts that repeat it. */
  #seen = "";
  #finish: { readonly reason: FinishReason; readonly raw: string } | undefined;
  /** The choice that holds the tool calls, when it is not the first. */
  #callChoice: number | undefined;
  #done = false;
  #hasText = false;
  #hasMessage = false;

  constructor(context: ReplyContext, options: ProviderOptions) {
    this.#toolCalls = new ToolCallAssembler(context.id);
    this.#thinkTags = new ThinkTagSplitter(options.thinkTags);
    this.#isCumulative = options.cumulativeDeltas;
  }

  get phase(): Phase {
    if (this.#done) return "done";
    return this.#finish === undefined ? "open" : "finishing";
  }

  push(frame: unknown, emit: Emit, name?: string): void {
    if (this.#done) return;
    if (frame === DONE) {
      this.#done = true;
      return;
    }
    const error = errorInFrame(frame, name);
    if (error !== undefined) throw error;
    const choices = arrayAt(frame, "choices");
    const choice = firstChoice(choices);
    if (choice !== undefined) this.#pushChoice(choice, emit);
    if (choices.length > 1 || choice === undefined) this.#pushOthers(choices, choice, emit);
    this.#usage.push(frame, choice);
  }

  end(emit: Emit, isDocument = false): void {
    this.#thinkTags.end(this.#tagEmitter(emit));
    this.#toolCalls.end(emit);
    const wrote = this.#hasText || this.#reasoning.wrote || this.#toolCalls.hasCalls;
    const isComplete = this.#done || (isDocument && this.#hasMessage);
    const finish = this.#finish ?? (isComplete && wrote ? this.#unnamedFinish(isDocument) : undefined);
    if (finish === undefined) return;
    const usage = this.#usage.read();
    if (usage !== undefined) emit(usage);
    emit({ type: "finish", reason: finish.reason, raw: finish.raw, attached: this.#reasoning.attached });
  }

  /** Of a complete reply whose provider gives no reason. */
  #unnamedFinish(isDocument: boolean): { readonly reason: FinishReason; readonly raw: string } {
    return { reason: isDocument && this.#toolCalls.hasCalls ? "tool-calls" : "stop", raw: "" };
  }

  #pushChoice(choice: unknown, emit: Emit): void {
    if (objectAt(choice, "message") !== undefined) this.#hasMessage = true;
    const delta = deltaOf(choice);
    this.#reasoning.push(delta, emit);
    const text = this.#isCumulative ? this.#freshIn(textIn(delta)) : textIn(delta);
    if (text !== "") {
      this.#hasText = true;
      this.#thinkTags.push(text, logprobsIn(choice), this.#reasoning.wrote ? this.#tagEmitter(emit) : emit);
    }
    const isNumbered = numberAt(choice, "index") !== undefined;
    if (this.#callChoice === undefined || !isNumbered) this.#toolCalls.push(delta, emit);
    this.#pushFinish(choice);
  }

  /** Copilot splits Claude's reply: the text is in one choice, the tool calls are in another. */
  #pushOthers(choices: readonly unknown[], first: unknown, emit: Emit): void {
    for (const [position, choice] of choices.entries()) {
      const delta = deltaOf(choice);
      if (choice === first || arrayAt(delta, "tool_calls").length === 0) continue;
      const index = numberAt(choice, "index") ?? position;
      if (this.#callChoice === undefined && !this.#toolCalls.isEmpty) return;
      this.#callChoice ??= index;
      if (this.#callChoice === index) this.#toolCalls.push(delta, emit);
    }
  }

  /** Emits what stands between tags unless a field has said it. */
  #tagEmitter(emit: Emit): Emit {
    if (this.#thinkTags.isPlain) return emit;
    return (event) => {
      if (event.type !== "reasoning-delta" || !this.#reasoning.isRepeated(event.text)) emit(event);
    };
  }

  #freshIn(text: string): string {
    // The length first: it is known without putting the pieces of what was seen together.
    if (text.length < this.#seen.length || !text.startsWith(this.#seen)) {
      this.#seen += text;
      return text;
    }
    const fresh = text.slice(this.#seen.length);
    this.#seen = text;
    return fresh;
  }

  #pushFinish(choice: unknown): void {
    const raw = stringAt(choice, "finish_reason");
    if (raw === undefined || raw === "" || this.#finish !== undefined) return;
    const reason = FINISH_REASONS.get(raw.toLowerCase()) ?? "other";
    if (reason === "error") {
      throw new ProxyError("upstream-invalid", `The provider aborted the reply: "${raw}"`);
    }
    this.#finish = { reason, raw };
  }
}

function deltaOf(choice: unknown): unknown {
  return objectAt(choice, "delta") ?? objectAt(choice, "message") ?? choice;
}

/** Replies other than the first are never asked for; hosts that send them anyway mean the first. */
function firstChoice(choices: readonly unknown[]): unknown {
  const first = choices[0];
  if ((numberAt(first, "index") ?? 0) === 0) return first;
  return choices.find((choice) => numberAt(choice, "index") === 0);
}

function textIn(delta: unknown): string {
  const content = stringAt(delta, "content") ?? stringAt(delta, "text");
  if (content !== undefined && content !== "") return content;
  let text = "";
  for (const part of arrayAt(delta, "content")) {
    if (typeof part === "string") text += part;
    else if (!/^(?:thinking|reasoning)$/.test(stringAt(part, "type") ?? ""))
      text += stringAt(part, "text") ?? "";
  }
  return text !== "" ? text : (stringAt(delta, "refusal") ?? "");
}

function logprobsIn(choice: unknown): readonly TokenLogprob[] | undefined {
  const logprobs = objectAt(choice, "logprobs");
  if (logprobs === undefined) return undefined;
  const content = arrayAt(logprobs, "content");
  if (content.length > 0) return content.map(tokenLogprob);
  // Together sends parallel arrays, as the legacy completions do.
  const values = arrayAt(logprobs, "token_logprobs");
  return arrayAt(logprobs, "tokens").map((token, index) => tokenLogprob({ token, logprob: values[index] }));
}

/** A token may be half of a character. */
function tokenIn(entry: unknown): string {
  return (stringAt(entry, "token") ?? "").toWellFormed();
}

function tokenLogprob(entry: unknown): TokenLogprob {
  return {
    token: tokenIn(entry),
    logprob: numberAt(entry, "logprob") ?? 0,
    top: arrayAt(entry, "top_logprobs")
      .filter(isObject)
      .map((top) => ({ token: tokenIn(top), logprob: numberAt(top, "logprob") ?? 0 })),
  };
}

const FINISH_REASONS: ReadonlyMap<string, FinishReason | "error"> = new Map<string, FinishReason | "error">([
  ...words(
    "stop",
    "stop stop_sequence end eos eos_token end_turn complete completed finished pause_turn recitation other",
  ),
  ...words(
    "length",
    "length max_tokens max_output_tokens model_length model_context_window_exceeded length_capped",
  ),
  ...words("tool-calls", "tool_calls tool_call tool_use function_call"),
  ...words(
    "content-filter",
    "content_filter content_filtered safety blocklist prohibited_content spii language image_safety sensitive guardrail_intervened refusal",
  ),
  ...words("error", "error network_error insufficient_system_resource timeout malformed_function_call abort"),
]);

function words<T extends string>(meaning: T, list: string): [string, T][] {
  return list.split(" ").map((word) => [word, meaning]);
}
