/**
 * The compiled executable, for tests that run it as a process. It is compiled again when the source has changed. `bun run test` runs this
 * file first, so that only one process compiles.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { build } from "../../packaging/build.ts";

const ROOT = join(import.meta.dir, "../..");
const FOLDER = join(ROOT, "node_modules/.cache/executable");
const STAMP = join(FOLDER, "source.sha256");

/**
 * Environment for runs of the executable. It compiles no functions while it runs: it ends before they are worth their cost, and needs a
 * third less CPU time.
 */
export const BRIEF_RUN = {
  BUN_JSC_thresholdForJITAfterWarmUp: "100000",
  BUN_JSC_thresholdForJITSoon: "100000",
} as const;

/** A hash of all files that the executable is made from. */
function hashSource(): string {
  const hash = new Bun.CryptoHasher("sha256").update(Bun.version_with_sha + process.platform + process.arch);
  for (const path of [...new Bun.Glob("{src,packaging}/**").scanSync(ROOT)].toSorted()) {
    hash.update(`\n${path}\n`).update(readFileSync(join(ROOT, path)));
  }
  for (const path of ["package.json", "bun.lock"]) hash.update(readFileSync(join(ROOT, path)));
  return hash.digest("hex");
}

async function provide(): Promise<string> {
  const file = join(FOLDER, process.platform === "win32" ? "ollama-proxy.exe" : "ollama-proxy");
  const hash = hashSource();
  if ((await isFile(file)) && (await isFile(STAMP)) && readFileSync(STAMP, "utf8") === hash) return file;
  // A running executable cannot be overwritten, but it can be replaced.
  const folder = join(FOLDER, String(process.pid));
  mkdirSync(folder, { recursive: true });
  renameSync(await build(folder), join(FOLDER, basename(file)));
  rmSync(folder, { recursive: true });
  writeFileSync(STAMP, hash);
  return file;
}

function isFile(path: string): Promise<boolean> {
  return Bun.file(path).exists();
}

export const EXECUTABLE = await provide();
