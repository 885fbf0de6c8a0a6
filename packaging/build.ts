/** Builds this machine's executable: `dist/ollama-proxy`, with `.exe` on Windows. */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import pkg from "../package.json" with { type: "json" };

const ROOT = join(import.meta.dir, "..");

/** Returns the path of the executable, once it runs and tells the right version. */
export async function build(folder: string): Promise<string> {
  const outfile = join(folder, process.platform === "win32" ? "ollama-proxy.exe" : "ollama-proxy");
  await Bun.build({
    entrypoints: [join(ROOT, "src/main.ts")],
    compile: {
      outfile,
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
  const version = Bun.spawnSync([outfile, "--version"]).stdout.toString().trim();
  if (version !== pkg.version)
    throw new Error(`${outfile} says version "${version}", expected "${pkg.version}"`);
  return outfile;
}

if (import.meta.main) {
  const outfile = await build(join(ROOT, "dist"));
  console.log(`${outfile} ${pkg.version}, ${(Bun.file(outfile).size / 1e6).toFixed(1)} MB`);
}
