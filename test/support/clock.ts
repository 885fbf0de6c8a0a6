/** A runtime whose clock moves only when a test advances it, and by each pause. */
import type { Log, LogFields, LogLevel, Runtime } from "../../src/runtime.ts";
import { NOW_MS, fixedRuntime } from "./runtime.ts";

/** A line of the log. */
export interface LoggedLine {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
}

export class Clock {
  readonly runtime: Runtime;
  readonly lines: LoggedLine[] = [];
  /** In milliseconds. */
  readonly pauses: number[] = [];
  #nowMs = NOW_MS;

  constructor(log: Log = () => undefined) {
    this.runtime = {
      ...fixedRuntime((level, message, fields = {}) => {
        this.lines.push({ level, message, fields });
        log(level, message, fields);
      }),
      now: () => this.#nowMs,
      sleep: (ms) => {
        this.pauses.push(ms);
        this.#nowMs += ms;
        return Promise.resolve();
      },
    };
  }

  advance(ms: number): void {
    this.#nowMs += ms;
  }

  /** The fields of the lines whose message has this beginning. */
  logged(beginning: string): readonly LogFields[] {
    return this.lines.filter(({ message }) => message.startsWith(beginning)).map(({ fields }) => fields);
  }
}
