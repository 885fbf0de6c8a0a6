/**
 * For slow tests that depend on few files and on no source of the program: a test that has passed is not run again until one of its files
 * changes. In CI it always runs.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");
const FOLDER = join(ROOT, "node_modules/.cache/passed");

/** `files` are paths or globs from the root. They include the file of the test. */
export async function once(
  name: string,
  files: readonly string[],
  body: () => void | Promise<void>,
): Promise<void> {
  const hash = new Bun.CryptoHasher("sha256").update(name + Bun.version_with_sha);
  const paths = files.flatMap((pattern) => [...new Bun.Glob(pattern).scanSync({ cwd: ROOT, dot: true })]);
  for (const path of paths.toSorted()) hash.update(`\n${path}\n`).update(readFileSync(join(ROOT, path)));
  const passed = join(FOLDER, hash.digest("hex"));
  if (process.env["CI"] === undefined && existsSync(passed)) return;
  await body();
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(passed, "");
}
