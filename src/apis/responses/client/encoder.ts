/**
 * Replies of `/v1/responses` for clients: server-sent events, or one response object.
 *
 *     response.created, response.in_progress
 *       response.output_item.added, …, response.output_item.done      for each item
 *         reasoning: response.reasoning_summary_part.added, response.reasoning_summary_text.delta … .done, …part.done
 *         message:   response.content_part.added, response.output_text.delta … .done, response.content_part.done
 *         call:      response.function_call_arguments.delta … .done, or response.custom_tool_call_input.delta … .done
 *     response.completed, response.incomplete or response.failed      with the whole response
 *
 * Every event has a sequence number. Calls stay open until the reply ends, because a provider may send pieces
 * of two calls alternately. Text and thinking are closed when another item begins. There is no `[DONE]`.
 */
import type { ChatReply } from "../../../chat/collect.ts";
import type { ProxyError } from "../../../chat/error.ts";
import { wellFormedJson } from "../../../chat/surrogates.ts";
import {
  type ContentEvent,
  type FinishReason,
  type ReplyContext,
  type ReplyTotals,
  type StreamEncoder,
  type TokenLogprob,
  unreachable,
} from "../../../chat/event.ts";
import { EventWriter, OpenCall, type OpenItem, OpenReasoning, OpenText, type Place } from "./item.ts";
import { type ResponsesRequest } from "./request.ts";
import {
  type Progress,
  callItem,
  callStatus,
  encodeFailure,
  encodeResponse,
  encodeUsage,
  messageItem,
  reasoningItem,
  statusOf,
  textPart,
} from "./response.ts";

export class ResponsesEncoder implements StreamEncoder {
  readonly #request: ResponsesRequest;
  readonly #context: ReplyContext;
  readonly #events = new EventWriter();
  readonly #items: OpenItem[] = [];
  readonly #calls: OpenCall[] = [];
  #text: OpenText | undefined;
  #reasoning: OpenReasoning | undefined;
  #started = false;

  constructor(request: ResponsesRequest, context: ReplyContext) {
    this.#request = request;
    this.#context = context;
  }

  push(event: ContentEvent): string {
    switch (event.type) {
      case "text-delta":
        return this.#pushText(event.text, event.logprobs);
      case "reasoning-delta":
        return this.#pushReasoning(event.text);
      case "reasoning-signature":
        return this.#signReasoning(event.signature);
      case "tool-call-start":
        return this.#startCall(event.index, event.id, event.name);
      case "tool-call-delta":
        return this.#calls[event.index]?.push(event.arguments) ?? "";
      default:
        return unreachable(event);
    }
  }

  flush(): string {
    return "";
  }

  end(totals: ReplyTotals): string {
    const { finish } = totals;
    let text = this.#start() + this.#close(finish);
    for (const call of this.#calls) text += call.close(finish);
    const status = statusOf(finish);
    return (
      text +
      this.#lifecycle(`response.${status}`, {
        status,
        output: this.#items.map(({ item }) => item),
        usage: encodeUsage(totals, this.#context),
        finish,
      })
    );
  }

  fail(error: ProxyError): string {
    const output = this.#items.filter(({ isClosed }) => isClosed).map(({ item }) => item);
    return (
      this.#start() +
      this.#lifecycle("response.failed", { status: "failed", output, error: encodeFailure(error) })
    );
  }

  #start(): string {
    if (this.#started) return "";
    this.#started = true;
    const progress: Progress = { status: "in_progress", output: [] };
    return this.#lifecycle("response.created", progress) + this.#lifecycle("response.in_progress", progress);
  }

  #lifecycle(type: string, progress: Progress): string {
    const response = encodeResponse(this.#request, this.#context, progress);
    return this.#events.write(type, `"response":${wellFormedJson(JSON.stringify(response))}`);
  }

  #pushText(text: string, logprobs: readonly TokenLogprob[] | undefined): string {
    if (this.#text !== undefined) return this.#text.push(text, logprobs);
    const before = this.#start() + this.#close(undefined);
    this.#text = new OpenText(this.#events, this.#place("msg"));
    return before + this.#open(this.#text) + this.#text.push(text, logprobs);
  }

  #pushReasoning(text: string): string {
    if (this.#reasoning !== undefined) return this.#reasoning.push(text);
    const [opening, reasoning] = this.#openReasoning();
    return opening + reasoning.push(text);
  }

  #signReasoning(signature: string): string {
    const [opening, reasoning] =
      this.#reasoning === undefined ? this.#openReasoning() : ["", this.#reasoning];
    reasoning.sign(signature);
    return opening;
  }

  #openReasoning(): readonly [events: string, reasoning: OpenReasoning] {
    const before = this.#start() + this.#close(undefined);
    const reasoning = new OpenReasoning(this.#events, this.#place("rs"));
    this.#reasoning = reasoning;
    return [before + this.#open(reasoning), reasoning];
  }

  #startCall(index: number, callId: string, name: string): string {
    const before = this.#start() + this.#close(undefined);
    const place = this.#place("fc");
    const call = new OpenCall(this.#events, place, this.#request.toolbox, {
      id: place.id,
      callId,
      name,
    });
    this.#calls[index] = call;
    return before + this.#open(call);
  }

  #open(item: OpenItem): string {
    this.#items.push(item);
    return item.open();
  }

  /** Closes the open text or thinking. */
  #close(finish: FinishReason | undefined): string {
    const text = (this.#text?.close(finish) ?? "") + (this.#reasoning?.close() ?? "");
    this.#text = undefined;
    this.#reasoning = undefined;
    return text;
  }

  #place(kind: ItemKind): Place {
    const index = this.#items.length;
    return { id: itemId(kind, this.#context, index), index };
  }
}

type ItemKind = "msg" | "rs" | "fc";

function itemId(kind: ItemKind, context: ReplyContext, index: number): string {
  return `${kind}_${context.id}_${index}`;
}

/** The reply to a request that does not stream, as JSON text. */
export function encodeReply(reply: ChatReply, request: ResponsesRequest, context: ReplyContext): string {
  const status = statusOf(reply.finish);
  const output: object[] = [];
  const id = (kind: ItemKind): string => itemId(kind, context, output.length);
  if (reply.reasoning !== "" || reply.signature !== "") {
    output.push(reasoningItem(id("rs"), reply.reasoning, reply.signature));
  }
  // Clients look for a message, as the real server always sends one without a call.
  if (reply.text !== "" || reply.toolCalls.length === 0) {
    output.push(messageItem(id("msg"), status, [textPart(reply.text, reply.logprobs)]));
  }
  for (const call of reply.toolCalls) {
    const isBare = call.arguments.trim() === "" && reply.finish !== "length";
    const text = isBare ? "{}" : call.arguments;
    const called = { id: id("fc"), callId: call.id, name: call.name };
    output.push(callItem(called, text, callStatus(text, reply.finish), request.toolbox));
  }
  const usage = encodeUsage(reply, context);
  const progress: Progress = { status, output, usage, finish: reply.finish };
  // The response repeats text of the client, which may have unpaired surrogates.
  return wellFormedJson(JSON.stringify(encodeResponse(request, context, progress)));
}
