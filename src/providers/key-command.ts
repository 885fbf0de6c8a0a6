/** Runs the command that prints the key of a provider (`secret_command`), and keeps the key for some time. */
import { ProxyError } from "../chat/error.ts";
import type { SecretCommand } from "../config/secret-command.ts";
import { cleanSecret, isPlainKey } from "../config/values.ts";
import type { Runtime } from "../runtime.ts";

/** A command that has just failed is not run again at once: some ask the user, or a remote service. */
const RETRY_MS = 5000;
const MAX_OUTPUT_BYTES = 64 * 1024;
/** Of the output of a failed command. */
const MAX_SHOWN_CHARACTERS = 200;

interface Result {
  readonly key: Promise<string>;
  readonly startedAtMs: number;
  /** Undefined while the command runs. */
  outcome: "key" | "failure" | undefined;
}

export class KeyCommand {
  readonly #command: SecretCommand;
  readonly #now: Runtime["now"];
  #last: Result | undefined;

  constructor(command: SecretCommand, now: Runtime["now"]) {
    this.#command = command;
    this.#now = now;
  }

  /** Requests at the same time wait for one run. Rejects with `ProxyError`. */
  current(): Promise<string> {
    const last = this.#last;
    if (last !== undefined && (last.outcome === undefined || this.#now() < this.#expiryOf(last)))
      return last.key;
    return this.#start().key;
  }

  /** The next request gets the key of a new run, unless one is in progress. */
  forget(): void {
    if (this.#last?.outcome === "key") this.#last = undefined;
  }

  #expiryOf({ startedAtMs, outcome }: Result): number {
    return startedAtMs + (outcome === "key" ? this.#command.lifetimeMs : RETRY_MS);
  }

  #start(): Result {
    const result: Result = { key: run(this.#command), startedAtMs: this.#now(), outcome: undefined };
    this.#last = result;
    result.key.then(
      () => (result.outcome = "key"),
      () => (result.outcome = "failure"),
    );
    return result;
  }
}

async function run({ command, timeoutMs }: SecretCommand): Promise<string> {
  const isInCmd = typeof command === "string" && process.platform === "win32";
  const argv = typeof command === "string" ? inShell(command) : [...command];
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    const child = Bun.spawn(argv, {
      stdin: "ignore",
      stdout: "pipe",
      stderr: "pipe",
      maxBuffer: MAX_OUTPUT_BYTES,
      killSignal: "SIGKILL",
      // A process group of its own, so that the timeout also ends what the command has started.
      detached: process.platform !== "win32",
      windowsHide: true,
      // `cmd /s` removes one pair of quotes and takes the rest as it is written.
      windowsVerbatimArguments: isInCmd,
    });
    const timeout = new Promise<never>((_, reject) => {
      timer = setTimeout(() => {
        end(child);
        reject(failure(`did not end within ${Math.round(timeoutMs / 100) / 10} s`));
      }, timeoutMs);
    });
    const output = Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
      child.exited,
    ]);
    const [printed, complaint, exitCode] = await Promise.race([output, timeout]);
    if (exitCode !== 0) throw failure(`failed with exit code ${exitCode}${quoted(complaint)}`);
    return keyIn(printed);
  } catch (error) {
    if (error instanceof ProxyError) throw error;
    const code = error instanceof Error && "code" in error ? String(error.code) : "unknown reason";
    throw failure(`cannot be started (${code})`);
  } finally {
    clearTimeout(timer);
  }
}

function end(child: Bun.Subprocess): void {
  try {
    if (process.platform !== "win32") process.kill(-child.pid, "SIGKILL");
  } catch {
    // The group has ended already.
  }
  child.kill();
}

function inShell(command: string): string[] {
  return process.platform === "win32" ? ["cmd", "/d", "/s", "/c", `"${command}"`] : ["sh", "-c", command];
}

function keyIn(printed: string): string {
  const key = cleanSecret(printed);
  if (key === undefined) throw failure("printed nothing");
  if (/[\r\n]/.test(key)) throw failure("printed several lines; expected only the key");
  if (!isPlainKey(key))
    throw failure("printed a key with a space, a control character or a non-ASCII character");
  return key;
}

/** The first line of what the command wrote to standard error. */
function quoted(complaint: string): string {
  const [line = ""] = complaint.trim().split(/[\r\n]/, 1);
  return line === "" ? "" : `: ${line.slice(0, MAX_SHOWN_CHARACTERS)}`;
}

function failure(what: string): ProxyError {
  return new ProxyError(
    "unauthorized",
    `The command in "secret_command" ${what}; run it in a terminal and correct it`,
  );
}
