/** Compiles an executable, for this machine or for a release. */
import { rm } from "node:fs/promises";
import { join } from "node:path";

export const ROOT = join(import.meta.dir, "..");

export interface Foreign {
  readonly target: Bun.Build.CompileTarget;
  /** The Bun runtime that becomes the executable. */
  readonly runtime: string;
}

/** `outfile` is absolute. The executable contains its name, so a reproducible build needs the same name. */
export async function compile(outfile: string, foreign?: Foreign): Promise<void> {
  // The source map contains paths relative to the current directory.
  process.chdir(ROOT);
  await Bun.build({
    entrypoints: [join(ROOT, "src/main.ts")],
    compile: {
      outfile,
      ...(foreign === undefined ? {} : { target: foreign.target, executablePath: foreign.runtime }),
      // Otherwise the program would load a `.env` or `bunfig.toml` from the current directory and run code that it names.
      autoloadDotenv: false,
      autoloadBunfig: false,
    },
    minify: true,
    sourcemap: "linked",
    bytecode: true,
    format: "esm",
  });
  // The source map is inside the executable too.
  await rm(`${outfile}.map`, { force: true });
}
