/** What the tests of this folder share: they need tools and rights that not every machine has. */
import { afterAll } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const ROOT = join(import.meta.dir, "../..");
const LAB = join(ROOT, "packaging/test-env");

/** `needs` are commands, and "root". True when one is missing; then says which, and in CI, where all are to be had, throws. */
export function lacks(what: string, ...needs: readonly string[]): boolean {
  const missing = needs.filter((need) =>
    need === "root" ? process.getuid?.() !== 0 : Bun.which(need) === null,
  );
  if (process.platform !== "linux" || process.arch !== "x64") missing.push("Linux on x64");
  if (missing.length === 0) return false;
  const message = `Left out, because ${missing.join(", ")} is missing: ${what}`;
  if (process.env["CI"] === "true") throw new Error(message);
  console.log(message);
  return true;
}

/** Goes with the tests of the file that asks for it, after `before`, which ends what uses it. */
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
  /** Without the end of the last line. */
  readonly stdout: string;
  readonly stderr: string;
}

export async function attempt(
  command: readonly string[],
  env: { readonly [name: string]: string | undefined } = process.env,
): Promise<Outcome> {
  const child = Bun.spawn([...command], { env, stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [stdout, stderr] = await Promise.all([child.stdout.text(), child.stderr.text()]);
  return { exitCode: await child.exited, stdout: stdout.trimEnd(), stderr };
}

/** What it prints. Throws with what it complains of when it fails. */
export async function run(...command: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await attempt(command);
  if (exitCode !== 0) throw new Error(`${command.join(" ")} ended with ${exitCode}:\n${stdout}\n${stderr}`);
  return stdout;
}

export function runScript(name: string, ...words: readonly string[]): Promise<string> {
  return run(join(LAB, name), ...words);
}

export function buildAll(folder: string, ...targets: readonly string[]): Promise<string> {
  return run(process.execPath, join(ROOT, "packaging/build-all.ts"), "--out", folder, ...targets);
}

const PATIENCE_MS = 20_000;

/** For what happens in another process, which has no way to tell. */
export async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (performance.now() > end) throw new Error(`Waited in vain until ${what}`);
    await Bun.sleep(50);
  }
}
