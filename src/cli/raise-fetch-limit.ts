/**
 * Raises the limit of 256 concurrent requests to providers.
 *
 * Bun 1.4.5 reads its limit only from the environment at the start of the process, so the program starts itself again with the
 * variable set. Remove this when Bun has an option for it.
 */
import { spawn } from "node:child_process";

const VARIABLE = "BUN_CONFIG_MAX_HTTP_REQUESTS";
const LIMIT = "65535";

/**
 * Returns undefined when this process shall run the command, and the exit code when a child process has run it.
 * Does not return when the process can replace itself.
 */
export function raiseFetchLimit(): Promise<number | undefined> {
  if (process.env[VARIABLE] !== undefined) return Promise.resolve(undefined);
  // The path of the program is an argument only when it runs from source, not in the executable.
  const own = process.argv.slice(Bun.isStandaloneExecutable ? 2 : 1);
  const environment = { ...process.env, [VARIABLE]: LIMIT };
  if (typeof process.execve !== "function" || process.platform === "win32") {
    return spawnSelf([...process.execArgv, ...own], environment);
  }
  try {
    process.execve(process.execPath, [process.argv0, ...process.execArgv, ...own], environment);
  } catch {
    // Some sandboxes forbid it. The program then runs with the limit of 256.
  }
  return Promise.resolve(undefined);
}

function spawnSelf(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number | undefined> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { env: environment, stdio: "inherit" });
    // Windows sends Ctrl-C to every process of the console. `kill` would end the child immediately there.
    const forward = (signal: NodeJS.Signals): void => {
      if (process.platform !== "win32") child.kill(signal);
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, forward);
    child.on("error", () => resolve(undefined));
    child.on("exit", (code) => resolve(code ?? 1));
  });
}
