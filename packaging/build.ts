/** Builds the executable for this machine: `dist/ollama-proxy`, with `.exe` on Windows. */
import { join } from "node:path";
import pkg from "../package.json" with { type: "json" };
import { compile, ROOT } from "./compile.ts";

/** Returns the path of the executable after checking that it runs and prints the right version. */
export async function build(folder: string): Promise<string> {
  const outfile = join(folder, process.platform === "win32" ? "ollama-proxy.exe" : "ollama-proxy");
  await compile(outfile);
  const version = Bun.spawnSync([outfile, "--version"]).stdout.toString().trim();
  if (version !== pkg.version)
    throw new Error(`${outfile} has version "${version}", expected "${pkg.version}"`);
  return outfile;
}

if (import.meta.main) {
  const outfile = await build(join(ROOT, "dist"));
  console.log(`${outfile} ${pkg.version}, ${(Bun.file(outfile).size / 1e6).toFixed(1)} MB`);
}
