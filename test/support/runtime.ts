/** A runtime with a fixed time, fixed ids and pauses that take no time, so that replies have the same bytes in every run. */
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
