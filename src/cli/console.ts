/**
 * Prints to the terminal. Secrets are masked.
 *
 * Uses `console`, because any use of `process.stdout` or `process.stderr` costs seven megabytes of memory.
 */
import { dlopen, FFIType, ptr } from "bun:ffi";
import { SecretRegistry } from "../masker.ts";
import { LogOutput } from "./log-output.ts";

/** The known secrets. Code that reads a configuration adds them. */
export const secrets = new SecretRegistry();

export function print(text: string): void {
  console.log(secrets.mask(text));
}

/** Prints to standard error. Not `console.error`: Bun 1.4.5 prints it in red, and the log goes here too. */
export function printError(text: string): void {
  console.warn(secrets.mask(text));
}

/** Where the log goes: standard error, like `printError`, which writes at once. Flush it before that. */
export const logOutput = new LogOutput(() => Bun.stderr.writer());

/** The message of an error, without its stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const CLOSE_AFTER_MS = 60_000;

/** Gives the user time to read an error: a window that was opened by a double click closes with the program. */
export function pauseBeforeExit(): Promise<void> {
  if (!ownsConsole()) return Promise.resolve();
  printError("\nPress Enter to close this window");
  return new Promise((resolve) => {
    setTimeout(resolve, CLOSE_AFTER_MS);
    process.stdin.once("data", () => resolve());
  });
}

/** Whether the program was started by a double click on Windows. It is then the only one on its console. */
function ownsConsole(): boolean {
  if (process.platform !== "win32") return false;
  try {
    const { symbols } = dlopen("kernel32.dll", {
      GetConsoleProcessList: { args: [FFIType.ptr, FFIType.u32], returns: FFIType.u32 },
    });
    // The copy with the raised request limit shares its console with its parent process, and must not read its input.
    return symbols.GetConsoleProcessList(ptr(new Uint32Array(8)), 8) === 1 && process.stdin.isTTY;
  } catch {
    return false;
  }
}
