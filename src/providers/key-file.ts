/**
 * The key of a provider in a file (`secret_file`), which may change while the program runs: short-lived tokens are renewed that way.
 *
 * The file is checked when a request is sent, at most every two seconds. It is read only when it has changed.
 */
import { statSync } from "node:fs";
import { readKey } from "../config/key-file.ts";
import { FileFault } from "../config/read-file.ts";
import type { Runtime } from "../runtime.ts";

const CHECK_EVERY_MS = 2000;

export interface KeyFileOptions {
  readonly path: string;
  /** The key when the configuration was read. */
  readonly key: string;
  /** The name of the provider, for the log. */
  readonly provider: string;
  readonly runtime: Pick<Runtime, "now" | "log">;
}

export class KeyFile {
  readonly #options: KeyFileOptions;
  #key: string;
  #state: string | undefined;
  #checkedAtMs = -Infinity;

  constructor(options: KeyFileOptions) {
    this.#options = options;
    this.#key = options.key;
  }

  /** Never throws. When the file cannot be used, the last key stays in use, and a warning is logged. */
  current(): string {
    const nowMs = this.#options.runtime.now();
    if (nowMs - this.#checkedAtMs < CHECK_EVERY_MS) return this.#key;
    this.#checkedAtMs = nowMs;
    const state = describeState(this.#options.path);
    if (state !== this.#state) this.#read();
    this.#state = state;
    return this.#key;
  }

  #read(): void {
    const { path, provider, runtime } = this.#options;
    try {
      const key = readKey(path);
      if (key === this.#key) return;
      this.#key = key;
      runtime.log("info", "Using the changed key file", { provider, file: path });
    } catch (error) {
      if (!(error instanceof FileFault)) throw error;
      runtime.log(
        "warn",
        `Cannot use the changed key file: ${error.message}; the previous key stays in use`,
        {
          provider,
          file: path,
        },
      );
    }
  }
}

/** Differs after every change, even if the modification time is the same. */
function describeState(path: string): string {
  try {
    const { ino, size, ctimeMs } = statSync(path);
    return `${ino} ${size} ${ctimeMs}`;
  } catch (error) {
    return String(error);
  }
}
