/** Builds this machine's executable: `dist/ollama-proxy`, with `.exe` on Windows. */
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import pkg from "../package.json" with { type: "json" };

const ROOT = new URL("..", import.meta.url).pathname;

/** Where the executable is, once it runs and tells the right version. */
async function build(): Promise<string> {
  const name = process.platform === "win32" ? "ollama-proxy.exe" : "ollama-proxy";
  const outfile = join(ROOT, "dist", name);
  await mkdir(join(ROOT, "dist"), { recursive: true });
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
  const { stdout } = Bun.spawnSync([outfile, "--version"]);
  const version = stdout.toString().trim();
  if (version !== pkg.version)
    throw new Error(`${outfile} says version "${version}", expected "${pkg.version}"`);
  return outfile;
}

const outfile = await build();
console.log(`${outfile} ${pkg.version}, ${(Bun.file(outfile).size / 1e6).toFixed(1)} MB`);
