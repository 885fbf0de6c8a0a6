/**
 * Builds a release for all targets on one machine: `dist/ollama-proxy-<version>-<target>.tar.gz` (`.zip` for Windows), the sources, the
 * bill of materials, the JSON schema of a configuration, and SHA256SUMS. The build is reproducible: a commit always gives the same bytes.
 *
 *   bun packaging/build-all.ts [--out DIRECTORY] [TARGET...]
 */
import { chmod, mkdir, rm, stat } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { parseArgs } from "node:util";
import pkg from "../package.json" with { type: "json" };
import { SAMPLE } from "../src/config/sample.ts";
import { compile, ROOT } from "./compile.ts";
import { type Entry, packTar, packZip, ZIP_EPOCH } from "./release/archive.ts";
import { sign } from "./release/macho.ts";
import { fetchRuntimes, runtimeIn } from "./release/runtimes.ts";
import { describeMaterials } from "./release/sbom.ts";
import { type Target, TARGETS } from "./release/targets.ts";
import { brand } from "./release/windows-exe.ts";

const RELEASE = `${pkg.name}-${pkg.version}`;
const SECONDS = Number(process.env["SOURCE_DATE_EPOCH"] ?? ZIP_EPOCH);

/** For editors. The sample configuration links to this file of the latest release. */
const SCHEMA = "ollama-proxy.schema.json";

/** The files in an archive besides the executable: path in the archive, and path in this repository. */
const COMMON = {
  LICENSE: "LICENSE",
  "THIRD-PARTY-NOTICES": "packaging/release/THIRD-PARTY-NOTICES",
  "README.md": "README.md",
  "CHANGELOG.md": "CHANGELOG.md",
  [SCHEMA]: `packaging/schema/${SCHEMA}`,
};
const EXTRA_FILES: { readonly [os in Target["os"]]: { readonly [name: string]: string } } = {
  linux: {
    ...COMMON,
    "ollama-proxy@.service": "packaging/systemd/ollama-proxy@.service",
    "user/ollama-proxy.service": "packaging/systemd/ollama-proxy.service",
    "ollama-proxy.desktop": "packaging/desktop/ollama-proxy.desktop",
  },
  darwin: { ...COMMON, "ollama-proxy.command": "packaging/desktop/ollama-proxy.command" },
  windows: { ...COMMON, "install.ps1": "install.ps1" },
};

async function buildTarget(target: Target, runtimes: string, folder: string): Promise<string> {
  const own = join(folder, target.id);
  await mkdir(own, { recursive: true });
  const outfile = join(own, target.os === "windows" ? `${pkg.name}.exe` : pkg.name);
  let runtime = runtimeIn(runtimes, target.runtime);
  if (target.os === "windows") {
    const branded = join(own, "runtime.exe");
    brand(runtime, branded);
    runtime = branded;
  }
  await compile(outfile, { target: target.bun, runtime });
  if (target.os === "windows") await rm(runtime);
  if (target.os === "darwin") {
    await Bun.write(outfile, sign(await readBytes(outfile), pkg.name));
    await chmod(outfile, 0o755);
  }
  const entries = await collect(target, outfile);
  const [pack, ending] = target.os === "windows" ? [packZip, "zip"] : [packTar, "tar.gz"];
  const archive = join(folder, `${RELEASE}-${target.id}.${ending}`);
  await Bun.write(archive, pack(entries, SECONDS));
  return archive;
}

async function collect(target: Target, executable: string): Promise<readonly Entry[]> {
  const files = await Promise.all(
    Object.entries(EXTRA_FILES[target.os]).map(([name, path]) => readEntry(name, join(ROOT, path))),
  );
  const made = [
    { name: basename(executable), data: await readBytes(executable), isExecutable: true },
    { name: "ollama-proxy.example.yaml", data: Buffer.from(SAMPLE), isExecutable: false },
  ];
  const entries = [...files, ...made];
  // Windows unpacks an archive into a folder of its own.
  if (target.os === "windows") return entries;
  return entries.map((entry) => Object.assign(entry, { name: `${RELEASE}-${target.id}/${entry.name}` }));
}

/** The files that git tracks, with their current content. */
async function packSources(folder: string): Promise<string> {
  const { exitCode, stdout } = Bun.spawnSync(["git", "ls-files", "-z"], { cwd: ROOT });
  if (exitCode !== 0) throw new Error("Cannot pack the sources: git ls-files failed");
  const names = stdout.toString().split("\0").filter(Boolean);
  const entries = await Promise.all(names.map((name) => readEntry(`${RELEASE}/${name}`, join(ROOT, name))));
  const archive = join(folder, `${RELEASE}.tar.gz`);
  await Bun.write(archive, packTar(entries, SECONDS));
  return archive;
}

async function readEntry(name: string, path: string): Promise<Entry> {
  const { mode } = await stat(path);
  return { name, data: await readBytes(path), isExecutable: (mode & 0o100) !== 0 };
}

async function readBytes(path: string): Promise<Buffer<ArrayBuffer>> {
  return Buffer.from(await Bun.file(path).arrayBuffer());
}

async function buildAll(folder: string, ids: readonly string[]): Promise<void> {
  const unknown = ids.find((id) => !TARGETS.some((target) => target.id === id));
  if (unknown !== undefined)
    throw new Error(`No target "${unknown}", expected ${TARGETS.map((target) => target.id).join(", ")}`);
  const targets = ids.length === 0 ? TARGETS : TARGETS.filter((target) => ids.includes(target.id));
  await mkdir(folder, { recursive: true });
  const runtimes = await fetchRuntimes();
  const files: string[] = [];
  for (const target of targets) files.push(await buildTarget(target, runtimes, folder));
  files.push(await packSources(folder));
  const materials = join(folder, `${RELEASE}.cdx.json`);
  await Bun.write(materials, await describeMaterials(SECONDS));
  const schema = join(folder, SCHEMA);
  await Bun.write(schema, Bun.file(join(ROOT, "packaging/schema", SCHEMA)));
  files.push(materials, schema);
  const sums = await Promise.all(
    files.map(async (file) => {
      const digest = new Bun.CryptoHasher("sha256").update(await readBytes(file)).digest("hex");
      return `${digest}  ${basename(file)}\n`;
    }),
  );
  await Bun.write(join(folder, "SHA256SUMS"), sums.join(""));
  console.log(sums.join("").trimEnd());
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { out: { type: "string", default: join(ROOT, "dist") } },
});
await buildAll(resolve(values.out), positionals);
