/** How every executable is made, this machine's and those of a release. */
import { rm } from "node:fs/promises";
import { join } from "node:path";

export const ROOT = join(import.meta.dir, "..");

export interface Foreign {
  readonly target: Bun.Build.CompileTarget;
  /** The Bun runtime that becomes the executable. */
  readonly runtime: string;
}

/** `outfile` is absolute. Its name is inside the executable, so equal bytes need equal names. */
export async function compile(outfile: string, foreign?: Foreign): Promise<void> {
  // The source map names files as seen from here.
  process.chdir(ROOT);
  await Bun.build({
    entrypoints: [join(ROOT, "src/main.ts")],
    compile: {
      outfile,
      ...(foreign === undefined ? {} : { target: foreign.target, executablePath: foreign.runtime }),
      // Otherwise a `.env` or a `bunfig.toml` in the folder where a user starts us is obeyed, code and all.
      autoloadDotenv: false,
      autoloadBunfig: false,
    },
    minify: true,
    sourcemap: "linked",
    bytecode: true,
    format: "esm",
  });
  // The map is inside the executable too; the copy beside it has no reader.
  await rm(`${outfile}.map`, { force: true });
}
