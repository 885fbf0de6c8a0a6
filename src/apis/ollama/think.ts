/** The values of `think`. */
import type { Reasoning } from "../../chat/request.ts";

export const THINK = {
  on: true,
  off: false,
  low: "low",
  medium: "medium",
  high: "high",
  max: "max",
} as const satisfies Record<Reasoning, boolean | string>;
