/**
 * What a person in front of a terminal gets to see; everything else goes to the log.
 *
 * By way of `console`, because merely touching `process.stdout` or `process.stderr` costs seven megabytes of memory.
 */
import { dlopen, FFIType, ptr } from "bun:ffi";
import { SecretRegistry } from "../masker.ts";

/** The secrets that the program knows: whoever reads a configuration adds them, and nothing that is printed shows them. */
export const secrets = new SecretRegistry();

export function say(text: string): void {
  console.log(secrets.mask(text));
}

/** To standard error. Bun 1.4.5 paints what `console.error` says red in a terminal, and most of the log is no error. */
export function complain(text: string): void {
  console.warn(secrets.mask(text));
}

/** What to tell of an error: its message, never its stack. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const CLOSE_AFTER_MS = 60_000;

/** A window that a double click opened closes with the program, so the error in it must be read first. */
export function holdOwnWindow(): Promise<void> {
  if (!ownsWindow()) return Promise.resolve();
  complain("\nPress Enter to close this window");
  return new Promise((resolve) => {
    setTimeout(resolve, CLOSE_AFTER_MS);
    process.stdin.once("data", () => resolve());
  });
}

/** On Windows a program that is alone on its console was started by a double click. */
function ownsWindow(): boolean {
  if (process.platform !== "win32") return false;
  try {
    const { symbols } = dlopen("kernel32.dll", {
      GetConsoleProcessList: { args: [FFIType.ptr, FFIType.u32], returns: FFIType.u32 },
    });
    // The copy that runs with the raised request limit shares the console with the one that started it, and must not touch its input.
    return symbols.GetConsoleProcessList(ptr(new Uint32Array(8)), 8) === 1 && process.stdin.isTTY;
  } catch {
    return false;
  }
}
