/** The values that encoders need at the end of a reply. */
import type { ChatEvent, ContentEvent, FinishReason, ReplyTotals, Usage } from "./event.ts";

/** Collects the totals of one reply. */
export class TotalsCollector implements ReplyTotals {
  usage: Usage = { type: "usage" };
  finish: FinishReason = "other";
  deltas = 0;

  /** Keeps `usage` and `finish`, and counts deltas. Returns whether the event is content. */
  push(event: ChatEvent): event is ContentEvent {
    if (event.type === "usage") {
      this.usage = event;
      return false;
    }
    if (event.type === "finish") {
      this.finish = event.reason;
      return false;
    }
    if (event.type === "text-delta" || event.type === "reasoning-delta") this.deltas += 1;
    return true;
  }
}
