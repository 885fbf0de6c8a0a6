/**
 * Fetches the Bun runtimes of all targets, as pinned by the lock file of this project.
 *
 * `bun build --compile --target=…` would download them without checking a pinned hash. Bun's installer uses a lock file made from this
 * project's, so it rejects a runtime with another sha512. It caches the runtimes, so a second build needs no network.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { ROOT } from "../compile.ts";
import { findLocked, LOCK_FORMAT } from "./lock.ts";
import { TARGETS } from "./targets.ts";

const FOLDER = join(ROOT, "node_modules/.cache/runtimes");

/** Returns the folder whose `node_modules` contains all runtimes. */
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
