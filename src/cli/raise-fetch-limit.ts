/**
 * Lets more than 256 requests to providers run at a time.
 *
 * Bun 1.4.5 reads its limit from the environment when the process starts, and from there only,
 * so the program starts itself once more with the variable set. It can go when Bun has an option for it.
 */
import { spawn } from "node:child_process";

const VARIABLE = "BUN_CONFIG_MAX_HTTP_REQUESTS";
const LIMIT = "65535";

/**
 * Undefined: the limit is set, go on. A number: a child did the work, this is its exit code.
 * Where a process can replace itself, this does not return the first time.
 */
export function raiseFetchLimit(): Promise<number | undefined> {
  if (process.env[VARIABLE] !== undefined) return Promise.resolve(undefined);
  // The path of the program is an argument only when it runs from source.
  const own = process.argv.slice(Bun.isStandaloneExecutable ? 2 : 1);
  const environment = { ...process.env, [VARIABLE]: LIMIT };
  if (typeof process.execve !== "function" || process.platform === "win32") {
    return spawnSelf([...process.execArgv, ...own], environment);
  }
  try {
    process.execve(process.execPath, [process.argv0, ...process.execArgv, ...own], environment);
  } catch {
    // Some sandboxes forbid it; 256 at a time is still a proxy.
  }
  return Promise.resolve(undefined);
}

function spawnSelf(args: readonly string[], environment: NodeJS.ProcessEnv): Promise<number | undefined> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { env: environment, stdio: "inherit" });
    // Windows tells everyone at the console by itself, and knows no way to pass a signal on but to end the child on the spot.
    const forward = (signal: NodeJS.Signals): void => {
      if (process.platform !== "win32") child.kill(signal);
    };
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, forward);
    child.on("error", () => resolve(undefined));
    child.on("exit", (code) => resolve(code ?? 1));
  });
}
