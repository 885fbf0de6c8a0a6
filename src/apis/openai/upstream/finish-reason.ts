/** The finish reasons that providers send. */
import type { FinishReason } from "../../../chat/event.ts";

/** Keys are in lower case. Any other value is a normal end. */
export const FINISH_REASONS: ReadonlyMap<string, FinishReason | "error"> = new Map<
  string,
  FinishReason | "error"
>([
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
