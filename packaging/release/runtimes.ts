/**
 * Fetches the Bun runtimes of all targets, pinned by this project's own lock file.
 *
 * `bun build --compile --target=…` would download them itself, checked by nothing we keep. Here Bun's installer does it, from a
 * lock file that is a part of ours, so that a runtime with another sha512 is refused; what is fetched once needs no network again.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../compile.ts";
import { findLocked, LOCK_FORMAT } from "./lock.ts";
import { TARGETS } from "./targets.ts";

const FOLDER = join(ROOT, "node_modules/.cache/runtimes");

/** Returns the folder with a `node_modules` that holds them all. */
export async function fetchRuntimes(): Promise<string> {
  const names = TARGETS.map((target) => target.runtime);
  const dependencies = Object.fromEntries(names.map((name) => [name, findLocked(name).version]));
  const packages = Object.fromEntries(
    names.map((name) => {
      const { version, integrity } = findLocked(name);
      return [name, [`${name}@${version}`, "", {}, integrity]];
    }),
  );
  await mkdir(FOLDER, { recursive: true });
  await Bun.write(join(FOLDER, "package.json"), JSON.stringify({ name: "runtimes", dependencies }));
  const workspaces = { "": { name: "runtimes", dependencies } };
  await Bun.write(join(FOLDER, "bun.lock"), JSON.stringify({ ...LOCK_FORMAT, workspaces, packages }));
  const install = ["install", "--frozen-lockfile", "--ignore-scripts", "--silent", "--os=*", "--cpu=*"];
  const { exitCode } = Bun.spawnSync([process.execPath, ...install], { cwd: FOLDER, stderr: "inherit" });
  if (exitCode !== 0) throw new Error("Cannot fetch the Bun runtimes that bun.lock pins");
  return FOLDER;
}

export function runtimeIn(folder: string, name: string): string {
  return join(folder, "node_modules", name, "bin", name.includes("windows") ? "bun.exe" : "bun");
}
