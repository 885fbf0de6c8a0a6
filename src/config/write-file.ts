/** Replaces the content of the configuration. */
import { chmodSync, chownSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";

const OWNER_ONLY = 0o600;

/**
 * Writes the whole file or nothing. Only its owner can read it afterwards. A symbolic link stays one.
 *
 * Windows keeps access lists with the file, so the file is overwritten there instead of replaced.
 */
export function writeConfig(path: string, text: string): void {
  const target = realpathSync(path);
  if (process.platform === "win32") {
    writeFileSync(target, text);
    return;
  }
  const { uid, gid } = statSync(target);
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, text, { mode: OWNER_ONLY, flag: "wx" });
    // The file of another user stays theirs when root changes it.
    if (process.getuid?.() === 0) chownSync(temporary, uid, gid);
    chmodSync(temporary, OWNER_ONLY);
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
