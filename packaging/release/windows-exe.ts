/**
 * Sets the name, version and icon of a Windows runtime before it becomes the executable.
 *
 * Bun 1.4.5 sets them only when it runs on Windows. The file cannot be edited after the compilation.
 */
import { join } from "node:path";
import pkg from "../../package.json" with { type: "json" };
import { ROOT } from "../compile.ts";

/** Version resources have four numbers. A pre-release has the same ones as its release. */
const VERSION = `${pkg.version.replace(/-.*/, "")}.0`;
const ICON = join(ROOT, "packaging/release/ollama-proxy.ico");

export function brand(runtime: string, branded: string): void {
  const fields = {
    icon: `1,${ICON}`,
    "company-name": new URL(pkg.homepage).pathname.split("/")[1] ?? "",
    "file-description": "Ollama Proxy",
    "file-version": VERSION,
    "internal-name": pkg.name,
    "original-filename": `${pkg.name}.exe`,
    "product-name": "Ollama Proxy",
    "product-version": VERSION,
  };
  const flags = Object.entries(fields).flatMap(([name, value]) => [`--${name}`, value]);
  const editor = join(ROOT, "node_modules/resedit-cli/dist/cli.js");
  const command = [process.execPath, editor, runtime, branded, "--ignore-signed", ...flags];
  const { exitCode, stderr } = Bun.spawnSync(command);
  if (exitCode !== 0) throw new Error(`Cannot brand ${runtime}: ${stderr.toString()}`);
}
