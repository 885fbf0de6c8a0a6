/** Runs commands and scripts for the tests of this folder. They need tools and rights that not every machine has. */
import { afterAll } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const ROOT = join(import.meta.dir, "../..");
const TEST_ENV = join(ROOT, "packaging/test-env");

/** `needs` are commands, and "root". Returns true and prints a message when one is missing. Throws in CI, which must have all. */
export function mustSkip(what: string, ...needs: readonly string[]): boolean {
  const missing = needs.filter((need) =>
    need === "root" ? process.getuid?.() !== 0 : Bun.which(need) === null,
  );
  if (process.platform !== "linux" || process.arch !== "x64") missing.push("Linux on x64");
  if (missing.length === 0) return false;
  const message = `Skipped, because ${missing.join(", ")} is missing: ${what}`;
  if (process.env["CI"] === "true") throw new Error(message);
  console.log(message);
  return true;
}

/** A temporary folder, removed after the tests of the file. `before` runs before that and ends everything that uses the folder. */
export function createFolder(name: string, before?: () => Promise<unknown>): string {
  const folder = mkdtempSync(join(tmpdir(), `${name}-`));
  afterAll(async () => {
    await before?.();
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

export interface Outcome {
  readonly exitCode: number;
  /** Without the last line end. */
  readonly stdout: string;
  readonly stderr: string;
}

export async function tryRun(
  command: readonly string[],
  env: { readonly [name: string]: string | undefined } = process.env,
): Promise<Outcome> {
  const child = Bun.spawn([...command], { env, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { exitCode: await child.exited, stdout: stdout.trimEnd(), stderr };
}

/** Returns the output. Throws an error with the error output when the command fails. */
export async function run(...command: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await tryRun(command);
  if (exitCode !== 0) throw new Error(`${command.join(" ")} ended with ${exitCode}:\n${stdout}\n${stderr}`);
  return stdout;
}

export function runScript(name: string, ...words: readonly string[]): Promise<string> {
  return run(join(TEST_ENV, name), ...words);
}

export function buildAll(folder: string, ...targets: readonly string[]): Promise<string> {
  return run(process.execPath, join(ROOT, "packaging/build-all.ts"), "--out", folder, ...targets);
}

const TIMEOUT_MS = 20_000;

/** Waits for a condition in another process. */
export async function waitUntil(condition: () => Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + TIMEOUT_MS;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`Timeout before ${what}`);
    await Bun.sleep(50);
  }
}
