/** Fetches an npm package that the table of known models is made from, and describes it for the notices and the bill of materials. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { isObject, stringAt } from "../../src/wire/json.ts";
import { ROOT } from "../compile.ts";

export interface Source {
  readonly name: string;
  readonly version: string;
  /** SPDX identifier, as in the package's manifest. */
  readonly license: string;
  /** Day of publication. */
  readonly published: string;
  readonly homepage: string;
  /** `sha512-` and base64. */
  readonly integrity: string;
  readonly notice: string;
}

/** Licences that permit redistribution with a notice. */
const ACCEPTED_LICENSES = ["MIT"];

export interface Fetched {
  readonly source: Source;
  /** Contains the files of the package. */
  readonly folder: string;
}

/** Unpacks the newest version into a folder inside `parent`. Throws when the licence is not an accepted one. */
export async function fetchSource(name: string, parent: string): Promise<Fetched> {
  const packed: unknown = JSON.parse(npm(parent, "pack", "--json", `${name}@latest`));
  const [entry]: readonly unknown[] = Array.isArray(packed) ? packed : [];
  const version = text(entry, "version");
  const folder = join(parent, name.replace("/", "-"));
  mkdirSync(folder);
  const archive = join(parent, text(entry, "filename"));
  const untarred = Bun.spawnSync(["tar", "xzf", archive, "--strip-components=1", "-C", folder]);
  if (untarred.exitCode !== 0) throw new Error(`Cannot unpack ${archive}`);
  const manifest: unknown = await Bun.file(join(folder, "package.json")).json();
  const license = text(manifest, "license");
  if (!ACCEPTED_LICENSES.includes(license))
    throw new Error(
      `Cannot use ${name} ${version}: its licence is "${license}", expected ${ACCEPTED_LICENSES.join(", ")}`,
    );
  const times: unknown = JSON.parse(npm(parent, "view", "--json", name, "time"));
  const repository = isObject(manifest) ? manifest["repository"] : undefined;
  const source = {
    name,
    version,
    license,
    published: text(times, version).slice(0, 10),
    homepage: (typeof repository === "string" ? repository : text(repository, "url")).replace(
      /^git\+|\.git$/g,
      "",
    ),
    integrity: text(entry, "integrity"),
    notice: await readNotice(folder, manifest),
  };
  return { source, folder };
}

function npm(cwd: string, ...words: readonly string[]): string {
  const { exitCode, stdout } = Bun.spawnSync(["npm", ...words], { cwd, stderr: "inherit" });
  if (exitCode !== 0) throw new Error(`npm ${words.join(" ")} failed`);
  return stdout.toString();
}

/** The licence file of the package. For a package without one, the MIT licence with the author in its manifest. */
async function readNotice(folder: string, manifest: unknown): Promise<string> {
  const file = Bun.file(join(folder, "LICENSE"));
  if (await file.exists()) return (await file.text()).trim();
  const author = isObject(manifest) ? manifest["author"] : undefined;
  const owner = typeof author === "string" ? author : text(author, "name");
  const own = await Bun.file(join(ROOT, "LICENSE")).text();
  return own.replace(/^Copyright .*$/m, `Copyright (c) ${owner}`).trim();
}

function text(value: unknown, key: string): string {
  const found = isObject(value) ? stringAt(value, key) : undefined;
  if (found === undefined) throw new Error(`The answer of npm has no "${key}"`);
  return found;
}
