/**
 * Decodes chat completions of providers, streamed or whole.
 *
 *     {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":null}]}
 *     {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}
 *     {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":1}}
 *     [DONE]
 *
 * Providers differ in many ways. The decoder reads all of these:
 *
 * - `message` instead of `delta`: a whole reply although a stream was requested
 * - `text`: legacy completions
 * - thinking in fields of five names, or in two of them at once
 * - thinking in typed content parts (Mistral), or between tags in the content (MiniMax, bare vLLM)
 * - chunks without `choices`, `delta` or `finish_reason`
 * - usage on every chunk, inside the choice (Moonshot) or beside it (Groq, Cerebras, llama.cpp)
 * - one reply in several choices (Copilot)
 * - a finish reason on every chunk (Gemini relays), or none at all (Poe)
 * - the end marker after an interrupted reply, whose chunks have `"finish_reason":null` (one-api, llama-cpp-python)
 * - a last chunk that repeats the whole message
 * - data that is not JSON
 * - errors with status 200, in every format that `frame-errors.ts` reads
 */
import { ProxyError } from "../../../chat/error.ts";
import type { Emit, FinishReason, Phase, ReplyContext, StreamDecoder } from "../../../chat/event.ts";
import { type JsonObject, arrayAt, isObject, objectAt, stringAt } from "../../../wire/json.ts";
import { DONE } from "../../../wire/sse.ts";
import type { ProviderOptions } from "../../../options/options.ts";
import { errorInFrame, errorInList } from "../../shared/frame-errors.ts";
import { PlainData } from "../../shared/plain-data.ts";
import { ChoiceJoiner } from "./choices.ts";
import { FINISH_REASONS } from "./finish-reason.ts";
import { logprobsIn } from "./logprobs.ts";
import { ReasoningReader } from "./reasoning.ts";
import { textOfChunk } from "./text-chunk.ts";
import { ThinkTagSplitter } from "./think-tags.ts";
import { ThinkingMerger } from "./thinking-merger.ts";
import { ToolCallAssembler } from "./tool-calls.ts";
import { UsageReader } from "./usage.ts";

export class OpenAiDecoder implements StreamDecoder {
  readonly #toolCalls: ToolCallAssembler;
  readonly #thinkTags: ThinkTagSplitter;
  // Held until the end: usage comes after the finish reason, and some providers repeat it on every chunk.
  readonly #usage = new UsageReader();
  readonly #thinking = new ThinkingMerger();
  readonly #reasoning = new ReasoningReader(this.#thinking);
  readonly #choices = new ChoiceJoiner();
  readonly #plain = new PlainData();
  readonly #isCumulative: boolean;
  /** All text so far, kept for providers that repeat it. */
  #seen = "";
  #finish: Finish | undefined;
  #done = false;
  #hasContent = false;
  #hasText = false;
  /** Content came as deltas. A later message repeats all of it. */
  #hasDeltas = false;
  /** The reply came as one whole message. It is complete without a finish reason. */
  #isWhole = false;
  /** The provider sends finish reasons before the end. A finish reason then does not mark the end. */
  #finishesEarly = false;
  /** The provider knows the field `finish_reason`, so a reply without a reason was interrupted. */
  #hasFinishField = false;
  /** The token counts came in a frame of their own, which ends a reply. */
  #hasTotals = false;
  #newText: string | undefined;

  constructor(context: ReplyContext, options: ProviderOptions) {
    this.#toolCalls = new ToolCallAssembler(context.id);
    this.#thinkTags = new ThinkTagSplitter(options.thinkTags, this.#thinking);
    this.#isCumulative = options.cumulativeDeltas;
  }

  get phase(): Phase {
    if (this.#done) return "done";
    if (this.#finish === undefined) return this.#plain.hasWords ? "finishing" : "open";
    return this.#finishesEarly ? "open" : "finishing";
  }

  /** The new part of the last frame's text; undefined: all of it was new. */
  get newText(): string | undefined {
    return this.#newText;
  }

  /**
   * Joins the choices of the next frame, for `push`. Call once per frame, because the joiner counts the
   * pieces.
   */
  join(frame: JsonObject): JsonObject {
    return this.#choices.join(frame, this.#hasText);
  }

  push(frame: unknown, emit: Emit, name?: string): void {
    if (this.#done) return;
    if (isObject(frame)) this.#pushObject(frame, emit, name);
    else if (frame === DONE) this.#done = true;
    else if (Array.isArray(frame) && isObject(frame[0])) throw errorInList(frame, name);
    else this.#plain.push(frame, name);
  }

  end(emit: Emit, isDocument = false): void {
    this.#thinkTags.end(emit);
    this.#toolCalls.end(emit);
    const isWhole = this.#isWhole || (isDocument && !this.#hasDeltas);
    const finish = this.#finish ?? this.#impliedFinish(isWhole);
    if (finish === undefined) return;
    const usage = this.#usage.read();
    if (usage !== undefined) emit(usage);
    emit({ type: "finish", reason: finish.reason, raw: finish.raw, attached: this.#reasoning.attached });
  }

  #pushObject(frame: JsonObject, emit: Emit, name: string | undefined): void {
    if (this.#isInText && name === undefined) {
      const text = textOfChunk(frame);
      if (text !== undefined) {
        this.#plain.forget();
        this.#newText = undefined;
        this.#thinkTags.push(text, undefined, emit);
        return;
      }
    }
    const error = errorInFrame(frame, name);
    if (error !== undefined) throw error;
    const joined = this.join(frame);
    const [choice] = arrayAt(joined, "choices");
    if (choice !== undefined) this.#pushChoice(choice, joined, emit);
    else if (objectAt(joined, "usage") !== undefined) this.#hasTotals = true;
    this.#usage.push(joined, choice);
  }

  /** More text changes nothing in this state. */
  get #isInText(): boolean {
    return (
      this.#hasText &&
      this.#hasDeltas &&
      this.#hasFinishField &&
      !this.#isCumulative &&
      this.#finish === undefined
    );
  }

  #pushChoice(choice: unknown, frame: JsonObject, emit: Emit): void {
    const delta = objectAt(choice, "delta");
    const message = delta ?? objectAt(choice, "message") ?? choice;
    const raw = stringAt(choice, "finish_reason") ?? "";
    const isRepetition = delta === undefined && this.#hasDeltas;
    const place = isRepetition ? "whole" : raw === "" ? "middle" : "last";
    const hasReasoning = this.#reasoning.push(message, place, emit);
    const sent = textIn(message);
    const text = this.#isCumulative ? this.#freshIn(sent) : this.#thinkTags.fresh(sent, place);
    this.#newText = text === sent || this.#isCumulative ? undefined : text;
    if (text !== "") {
      this.#hasText = true;
      this.#thinkTags.push(text, logprobsIn(choice), emit);
    }
    const hasCalls = hasToolCalls(message) && !(isRepetition && this.#toolCalls.hasCalls);
    if (hasCalls) {
      this.#choices.reserve(arrayAt(message, "tool_calls"));
      this.#toolCalls.push(message, emit);
    }
    if (text !== "" || hasReasoning || hasCalls) this.#noteContent(delta !== undefined, frame);
    if (raw !== "") this.#pushFinish(raw);
    else if (isObject(choice) && "finish_reason" in choice) this.#hasFinishField = true;
  }

  #noteContent(isDelta: boolean, frame: JsonObject): void {
    this.#plain.forget();
    this.#isWhole = !this.#hasContent && !isDelta && isWholeReply(frame);
    this.#hasContent = true;
    this.#hasDeltas ||= isDelta;
    if (this.#finish === undefined) return;
    this.#finish = undefined;
    this.#finishesEarly = true;
  }

  /** The finish of a reply without a finish reason. Throws `ProxyError` when the provider sent an error. */
  #impliedFinish(isWhole: boolean): Finish | undefined {
    const wrote = this.#hasText || this.#thinking.wrote || this.#toolCalls.hasCalls;
    const failure = this.#plain.failure(wrote);
    if (failure !== undefined) throw failure;
    const isInterrupted = this.#hasFinishField && !this.#hasTotals;
    if (!wrote || !(isWhole || (this.#done && !isInterrupted))) return undefined;
    return { reason: isWhole && this.#toolCalls.hasCalls ? "tool-calls" : "stop", raw: "" };
  }

  #freshIn(text: string): string {
    // The length is compared first, because it does not require joining the pieces of the earlier text.
    if (text.length < this.#seen.length || !text.startsWith(this.#seen)) {
      this.#seen += text;
      return text;
    }
    const fresh = text.slice(this.#seen.length);
    this.#seen = text;
    return fresh;
  }

  #pushFinish(raw: string): void {
    // KoboldCpp writes the text `null`.
    if (raw === "null") this.#hasFinishField = true;
    if (this.#finish !== undefined || raw === "null") return;
    const reason = FINISH_REASONS.get(raw.toLowerCase()) ?? "other";
    if (reason === "error") {
      throw new ProxyError("upstream-invalid", `The provider aborted the reply: "${raw}"`);
    }
    this.#finish = { reason, raw };
  }
}

interface Finish {
  readonly reason: FinishReason;
  readonly raw: string;
}

/** Whether the frame is a whole reply and not a chunk. A whole reply has that type, or token counts. */
function isWholeReply(frame: JsonObject): boolean {
  return frame["object"] === "chat.completion" || isObject(frame["usage"]);
}

function hasToolCalls(message: unknown): boolean {
  return arrayAt(message, "tool_calls").length > 0 || objectAt(message, "function_call") !== undefined;
}

/** A message that is only text, in a choice that is complete. */
function textMessageIn(choice: unknown): string | undefined {
  return stringAt(choice, "finish_reason") === undefined ? undefined : stringAt(choice, "message");
}

function textIn(delta: unknown): string {
  const content = stringAt(delta, "content") ?? stringAt(delta, "text") ?? textMessageIn(delta);
  if (content !== undefined && content !== "") return content;
  const single = objectAt(delta, "content");
  let text = "";
  for (const part of single === undefined ? arrayAt(delta, "content") : [single]) {
    if (typeof part === "string") text += part;
    else if (!/^(?:thinking|reasoning)$/.test(stringAt(part, "type") ?? ""))
      text += stringAt(part, "text") ?? "";
  }
  return text !== "" ? text : (stringAt(delta, "refusal") ?? "");
}
