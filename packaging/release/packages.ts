/** The packages in an executable, and their licences. */
import { join } from "node:path";
import pkg from "../../package.json" with { type: "json" };
import { isObject, stringAt } from "../../src/wire/json.ts";
import { ROOT } from "../compile.ts";

/** npm packages whose code is bundled. */
export const LIBRARIES = Object.keys(pkg.dependencies);

/** The SPDX identifier in the manifest of an installed package. Throws when it does not exist. */
export async function licenseOf(name: string): Promise<string> {
  const manifest: unknown = await Bun.file(join(ROOT, "node_modules", name, "package.json")).json();
  const license = isObject(manifest) ? stringAt(manifest, "license") : undefined;
  if (license === undefined) throw new Error(`The manifest of "${name}" has no licence`);
  return license;
}

/** The licence file of an installed package. Throws when it does not exist. */
export async function readLicense(name: string): Promise<string> {
  const folder = join(ROOT, "node_modules", name);
  const [file] = [...new Bun.Glob("LICEN[CS]E{,.md,.txt}").scanSync(folder)].toSorted();
  if (file === undefined) throw new Error(`The package "${name}" has no licence file`);
  return Bun.file(join(folder, file)).text();
}
