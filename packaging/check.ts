/**
 * The gate: runs types, lint, format, unused code and tests at the same time. Prints the output of failed checks and the result of the
 * tests. Exits with 1 when a check fails.
 */
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..");

/** For Go programs. They need a third less CPU time without garbage collection and on one thread, and less than 1 GB of memory. */
const GO = { GOGC: "off", GOMAXPROCS: "1" } as const;
/** For a program of the runtime that ends before compiled code is worth its cost. */
const BRIEF = { BUN_JSC_useDFGJIT: "0" } as const;

/** Scripts of `package.json`, with their environment. */
const CHECKS = [
  ["types", GO],
  ["lint", GO],
  ["format:check", {}],
  ["unused", BRIEF],
  ["test", {}],
] as const;

async function check([script, environment]: (typeof CHECKS)[number]): Promise<boolean> {
  const startedMs = performance.now();
  const child = Bun.spawn([process.execPath, "run", "--silent", script], {
    cwd: ROOT,
    env: { ...process.env, ...environment },
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  const passed = (await child.exited) === 0;
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  if (!passed) console.log(stdout + stderr);
  else if (script === "test") console.log(stderr.slice(stderr.lastIndexOf("\n\n") + 1).trimEnd());
  console.log(`${passed ? "passed" : "FAILED"}: ${script} (${seconds} s)`);
  return passed;
}

const results = await Promise.all(CHECKS.map(check));
if (results.includes(false)) process.exitCode = 1;
