/** Tells who else on this machine gets at a file with a secret. */
import { type Stats, statSync } from "node:fs";

const GROUP = 0o060;
const OTHERS = 0o006;

/** A warning with the command that helps; undefined when the file is safe, or nobody can tell. */
export function findExposure(path: string): string | undefined {
  // Windows has access lists instead, and its files in the home directory are private.
  if (process.platform === "win32") return undefined;
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || !isExposed(stats)) return undefined;
  const command = isOwn(stats) ? `chmod 600 "${path}"` : `sudo chmod o= "${path}"`;
  return `Other users of this machine can read or change "${path}", which contains a secret; to prevent this, run: ${command}`;
}

/** A service often reads a file of root by way of its group, so the group counts in files of our own only. */
function isExposed(stats: Stats): boolean {
  return (stats.mode & (isOwn(stats) ? GROUP | OTHERS : OTHERS)) !== 0;
}

function isOwn(stats: Stats): boolean {
  return stats.uid === process.getuid?.();
}
