/**
 * The gate: runs types, lint, format, unused code and tests at the same time. Prints the output of failed checks and the result of the
 * tests. Exits with 1 when a check fails.
 */
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..");

/** Scripts of `package.json`. */
const CHECKS = ["types", "lint", "format:check", "unused", "test"] as const;

async function check(script: string): Promise<boolean> {
  const startedMs = performance.now();
  const child = Bun.spawn([process.execPath, "run", "--silent", script], {
    cwd: ROOT,
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
