/** A runtime whose clock stands still, whose pauses take no time and whose ids never change: replies are exact to the byte. */
import { type Log, type Runtime, createRuntime } from "../../src/runtime.ts";

export const NOW_MS = Date.UTC(2026, 0, 1);

export function fixedRuntime(log: Log = () => undefined): Runtime {
  return {
    ...createRuntime(log),
    now: () => NOW_MS,
    sleep: () => Promise.resolve(),
    randomId: () => "abcdefgh01234567",
  };
}
