/** Reads and makes the files of the page. Runs as a macro: when the executable is compiled, or when the program is loaded from source. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = join(import.meta.dir, "page");

/** The bundled script. Throws when the bundler fails. */
export function script(): string {
  // A macro cannot call Bun's bundler in its own process.
  const result = Bun.spawnSync(
    [process.execPath, "build", join(FOLDER, "main.ts"), "--target=browser", "--minify"],
    { env: { ...process.env, BUN_BE_BUN: "1" } },
  );
  if (!result.success) throw new Error(`Cannot bundle the page: ${result.stderr.toString()}`);
  return result.stdout.toString();
}

/** The text of a file of the page. */
export function textOf(name: string): string {
  return readFileSync(join(FOLDER, name), "utf8");
}

/** The styles of the page and of its plots. */
export function style(): string {
  return readFileSync(Bun.resolveSync("uplot/dist/uPlot.min.css", FOLDER), "utf8") + textOf("style.css");
}
