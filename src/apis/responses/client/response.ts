/**
 * The response object of `/v1/responses` and the items of its output.
 *
 *     {"id":"resp_1","object":"response","created_at":1,"completed_at":2,"status":"completed",…,"output":[
 *        {"id":"rs_1_0","type":"reasoning","summary":[{"type":"summary_text","text":"hm"}],"encrypted_content":"…"},
 *        {"id":"msg_1_1","type":"message","status":"completed","role":"assistant","content":[
 *          {"type":"output_text","text":"Hi","annotations":[],"logprobs":[]}]},
 *        {"id":"fc_1_2","type":"function_call","status":"completed","call_id":"call_1","name":"f","arguments":"{}"}],
 *      "usage":{"input_tokens":9,"output_tokens":4,"total_tokens":13,…}}
 *
 * Strict clients require every member, so all are sent. Most members repeat the request. `encrypted_content`
 * is the provider's signature of the thinking, if it sent one. The client sends it back with the next
 * request.
 */
import type { ProxyError } from "../../../chat/error.ts";
import type { FinishReason, ReplyContext, ReplyTotals, TokenLogprob } from "../../../chat/event.ts";
import { isObject, parseJson } from "../../../wire/json.ts";
import { encodeLogprobs } from "../../shared/openai-usage.ts";
import type { ResponsesRequest } from "./request.ts";
import { type Toolbox, customInput } from "./tools.ts";

/** The current state of a response. */
export interface Progress {
  readonly status: "in_progress" | "completed" | "incomplete" | "failed";
  readonly output: readonly object[];
  readonly usage?: object | undefined;
  readonly finish?: FinishReason | undefined;
  readonly error?: object | undefined;
}

export function encodeResponse(
  { fields, chat }: ResponsesRequest,
  context: ReplyContext,
  progress: Progress,
): object {
  const { status, output, usage, finish, error } = progress;
  const completed_at = status === "completed" ? Math.floor(context.now() / 1000) : null;
  return {
    id: `resp_${context.id}`,
    object: "response",
    created_at: Math.floor(context.startedAtMs / 1000),
    completed_at,
    status,
    incomplete_details: status === "incomplete" ? { reason: incompleteReason(finish) } : null,
    model: context.model,
    previous_response_id: null,
    instructions: fields.instructions ?? null,
    output,
    error: error ?? null,
    tools: fields.tools ?? [],
    tool_choice: fields.tool_choice ?? "auto",
    truncation: fields.truncation ?? "disabled",
    parallel_tool_calls: fields.parallel_tool_calls ?? true,
    text: { ...fields.text, format: fields.text?.format ?? { type: "text" } },
    top_p: fields.top_p ?? 1,
    presence_penalty: 0,
    frequency_penalty: 0,
    top_logprobs: chat.topLogprobs ?? 0,
    temperature: fields.temperature ?? 1,
    reasoning:
      fields.reasoning === undefined
        ? null
        : { effort: fields.reasoning.effort ?? null, summary: fields.reasoning.summary ?? null },
    usage: usage ?? null,
    max_output_tokens: fields.max_output_tokens ?? null,
    max_tool_calls: null,
    store: false,
    background: false,
    service_tier: "default",
    metadata: fields.metadata ?? {},
    safety_identifier: null,
    prompt_cache_key: fields.prompt_cache_key ?? null,
  };
}

export function statusOf(finish: FinishReason): "completed" | "incomplete" {
  return finish === "length" || finish === "content-filter" ? "incomplete" : "completed";
}

function incompleteReason(finish: FinishReason | undefined): string {
  return finish === "content-filter" ? "content_filter" : "max_output_tokens";
}

/** `deltas` is the number of text pieces. It is used when the provider sends no token counts. */
export function encodeUsage({ usage, deltas }: ReplyTotals, context: ReplyContext): object {
  const input = usage.inputTokens ?? context.inputTokensEstimate;
  const output = usage.outputTokens ?? deltas;
  return {
    input_tokens: input,
    input_tokens_details: { cached_tokens: usage.cachedTokens ?? 0 },
    output_tokens: output,
    output_tokens_details: { reasoning_tokens: usage.reasoningTokens ?? 0 },
    total_tokens: input + output,
  };
}

export function reasoningItem(id: string, text: string, signature: string): object {
  return {
    id,
    type: "reasoning",
    summary: text === "" ? [] : [summaryPart(text)],
    ...(signature === "" ? {} : { encrypted_content: signature }),
  };
}

export function summaryPart(text: string): object {
  return { type: "summary_text", text };
}

export function messageItem(id: string, status: string, content: readonly object[]): object {
  return { id, type: "message", status, role: "assistant", content };
}

export function textPart(text: string, logprobs: readonly TokenLogprob[]): object {
  return { type: "output_text", text, annotations: [], logprobs: encodeLogprobs(logprobs) };
}

export interface CalledTool {
  /** The item's id, unique in the reply. */
  readonly id: string;
  readonly callId: string;
  /** The provider's name of the tool. The client gets its own name for it. */
  readonly name: string;
}

export function callItem(call: CalledTool, text: string, status: string, toolbox: Toolbox): object {
  const { type, name, namespace } = toolbox.originOf(call.name);
  const head = { id: call.id, type: type === "custom" ? "custom_tool_call" : "function_call", status };
  const place = { call_id: call.callId, name, ...(namespace === undefined ? {} : { namespace }) };
  return { ...head, ...place, ...(type === "custom" ? { input: customInput(text) } : { arguments: text }) };
}

/** A reply that was cut at its limit may end in an incomplete call, which must not be run. */
export function callStatus(text: string, finish: FinishReason): "completed" | "incomplete" {
  return statusOf(finish) === "completed" || isObject(parseJson(text)) ? "completed" : "incomplete";
}

const CODES: ReadonlyMap<ProxyError["kind"], string> = new Map<ProxyError["kind"], string>([
  ["context-overflow", "context_length_exceeded"],
  ["rate-limited", "rate_limit_exceeded"],
  ["overloaded", "server_is_overloaded"],
  ["bad-request", "invalid_prompt"],
  ["unsupported", "invalid_prompt"],
  ["unauthorized", "invalid_prompt"],
  ["no-credit", "invalid_prompt"],
  ["forbidden", "invalid_prompt"],
  ["model-not-found", "invalid_prompt"],
]);

/** Codex uses these codes to decide whether to retry, to shorten the conversation, or to stop. */
export function encodeFailure(error: ProxyError): object {
  return { code: CODES.get(error.kind) ?? "server_error", message: error.message };
}
