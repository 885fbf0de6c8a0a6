/**
 * Gives a Windows runtime our name, version and icon, before it becomes the executable.
 *
 * Bun 1.4.5 writes them only when it runs on Windows itself, and once compiled the file can no longer be edited.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import pkg from "../../package.json" with { type: "json" };
import { ROOT } from "../compile.ts";
import { drawIco } from "./icon.ts";

/** Version resources have four numbers; a pre-release shares them with its release. */
const VERSION = `${pkg.version.replace(/-.*/, "")}.0`;

export async function brand(runtime: string, branded: string): Promise<void> {
  const icon = `${branded}.ico`;
  await Bun.write(icon, drawIco([16, 32, 48, 256]));
  const fields = {
    icon: `1,${icon}`,
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
  await rm(icon);
  if (exitCode !== 0) throw new Error(`Cannot brand ${runtime}: ${stderr.toString()}`);
}
