/** Checks whether other users of this machine can read or change a file with a secret. */
import { type Stats, statSync } from "node:fs";

const GROUP = 0o060;
const OTHERS = 0o006;

/** A warning with the command that fixes it; undefined when the file is safe or its state is unknown. */
export function findExposure(path: string): string | undefined {
  // Windows has access lists instead, and files in the home directory are private there.
  if (process.platform === "win32") return undefined;
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats === undefined || !isExposed(stats)) return undefined;
  const command = isOwn(stats) ? `chmod 600 "${path}"` : `sudo chmod o= "${path}"`;
  return `Other users of this machine can read or change "${path}", which contains a secret; to prevent this, run: ${command}`;
}

/** The group counts only for a file of the own user: a service often reads a file of root through its group. */
function isExposed(stats: Stats): boolean {
  return (stats.mode & (isOwn(stats) ? GROUP | OTHERS : OTHERS)) !== 0;
}

function isOwn(stats: Stats): boolean {
  return stats.uid === process.getuid?.();
}
