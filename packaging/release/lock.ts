/** Reads the lock file. */
import { join } from "node:path";
import { isObject } from "../../src/wire/json.ts";
import { ROOT } from "../compile.ts";

export interface Locked {
  readonly version: string;
  /** `sha512-` and base64. */
  readonly integrity: string;
}

const text = await Bun.file(join(ROOT, "bun.lock")).text();
const lock: unknown = Bun.JSONC.parse(text);

/** The first lines of a lock file, which give its format. */
export const LOCK_FORMAT = isObject(lock)
  ? { lockfileVersion: lock["lockfileVersion"], configVersion: lock["configVersion"] }
  : {};

/** An entry is `[name@version, registry, manifest, integrity]`. Throws when the package is not locked. */
export function findLocked(name: string): Locked {
  const packages = isObject(lock) ? lock["packages"] : undefined;
  const entry = isObject(packages) ? packages[name] : undefined;
  const [id, , , integrity]: readonly unknown[] = Array.isArray(entry) ? entry : [];
  if (typeof id !== "string" || typeof integrity !== "string")
    throw new Error(`bun.lock has no package "${name}"`);
  return { version: id.slice(name.length + 1), integrity };
}
