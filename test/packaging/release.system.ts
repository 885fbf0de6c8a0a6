/** The files of a release, and its reproducible build. */
import { beforeAll, expect, test } from "bun:test";
import { cpSync, mkdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import pkg from "../../package.json" with { type: "json" };
import { isSigned } from "../../packaging/release/macho.ts";
import { describeMaterials } from "../../packaging/release/sbom.ts";
import { tryRun, createFolder, mustSkip, ROOT, run } from "./commands.ts";

const isSkipped = mustSkip("the files of a release", "git", "bsdtar", "sha256sum");
const ofRelease = test.skipIf(isSkipped);
const folder = createFolder("release");
const dist = join(folder, "built/files");
const TARGETS = ["windows-x64", "macos-x64", "macos-arm64"];
/** The sources, the bill of materials and the JSON schema. */
const EXTRA_FILES = 3;

beforeAll(async () => {
  if (!isSkipped) await run(join(ROOT, "packaging/ci/build.sh"), join(folder, "built"), ...TARGETS);
}, 120_000);

function extract(archive: string): string {
  const target = join(folder, archive);
  mkdirSync(target);
  Bun.spawnSync(["bsdtar", "-xf", join(dist, `ollama-proxy-${pkg.version}-${archive}`), "-C", target]);
  return target;
}

ofRelease("another copy of the sources, elsewhere, makes the same bytes", async () => {
  const copy = join(folder, "a copy");
  const files = await run("git", "-C", ROOT, "ls-files");
  for (const file of files.split("\n")) {
    mkdirSync(dirname(join(copy, file)), { recursive: true });
    cpSync(join(ROOT, file), join(copy, file));
  }
  await run("git", "-C", copy, "init", "--quiet");
  await run("git", "-C", copy, "add", "--all");
  await run(process.execPath, "install", "--cwd", copy, "--frozen-lockfile", "--ignore-scripts", "--silent");
  const second = join(folder, "second");
  const time = await run("git", "-C", ROOT, "log", "-1", "--format=%ct");
  const build = [process.execPath, join(copy, "packaging/build-all.ts"), "--out", second, ...TARGETS];
  await run("env", `SOURCE_DATE_EPOCH=${time}`, ...build);
  const sums = readFileSync(join(dist, "SHA256SUMS"), "utf8");
  expect(readFileSync(join(second, "SHA256SUMS"), "utf8")).toBe(sums);
  expect(sums.trimEnd().split("\n")).toHaveLength(TARGETS.length + EXTRA_FILES);
});

ofRelease("the checksums are in the form that sha256sum checks", async () => {
  expect(
    await tryRun(["env", "-C", dist, "sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]),
  ).toEqual({
    exitCode: 0,
    stdout: "",
    stderr: "",
  });
});

ofRelease("the notes are the changelog's, and the packages have the checksums", () => {
  expect(readFileSync(join(folder, "built/notes.md"), "utf8")).toStartWith("This version is a new program");
  const manifest = readFileSync(join(folder, "built/packages/scoop/ollama-proxy.json"), "utf8");
  const [sum = ""] = readFileSync(join(dist, "SHA256SUMS"), "utf8").split(" ");
  expect(manifest).toContain(`"hash": "${sum}"`);
});

ofRelease.each(["macos-x64", "macos-arm64"])(
  "the signature of %s is valid for every page",
  async (target) => {
    const program = join(
      extract(`${target}.tar.gz`),
      `ollama-proxy-${pkg.version}-${target}`,
      "ollama-proxy",
    );
    const bytes = readFileSync(program);
    expect(isSigned(bytes)).toBe(true);
    const byte = Math.floor(bytes.length / 2);
    bytes[byte] = (bytes[byte] ?? 0) ^ 1;
    expect(isSigned(bytes)).toBe(false);
  },
);

ofRelease("the Windows executable bears our name and version, not Bun's", () => {
  const bytes = readFileSync(join(extract("windows-x64.zip"), "ollama-proxy.exe"));
  const holds = (text: string): boolean => bytes.includes(Buffer.from(text, "utf16le"));
  expect(holds("ollama-proxy.exe\0")).toBe(true);
  expect(holds(`ProductVersion\0${pkg.version}.0`)).toBe(true);
  expect(holds("Oven")).toBe(false);
});

ofRelease("files in an archive belong to root, and only programs are executable", async () => {
  const archive = join(dist, `ollama-proxy-${pkg.version}-macos-arm64.tar.gz`);
  const listing = (await run("tar", "-tvzf", archive)).split("\n").map((line) => line.split(/\s+/));
  expect(listing.map(([mode, owner, , , , path]) => [mode, owner, path?.split("/")[1]])).toEqual([
    ["-rw-r--r--", "root/root", "CHANGELOG.md"],
    ["-rw-r--r--", "root/root", "LICENSE"],
    ["-rw-r--r--", "root/root", "README.md"],
    ["-rw-r--r--", "root/root", "THIRD-PARTY-NOTICES"],
    ["-rwxr-xr-x", "root/root", "ollama-proxy"],
    ["-rwxr-xr-x", "root/root", "ollama-proxy.command"],
    ["-rw-r--r--", "root/root", "ollama-proxy.example.yaml"],
    ["-rw-r--r--", "root/root", "ollama-proxy.schema.json"],
  ]);
});

ofRelease("every archive has the notices, and the bill of materials lies beside them", async () => {
  const notices = readFileSync(join(ROOT, "packaging/release/THIRD-PARTY-NOTICES"), "utf8");
  for (const target of TARGETS) {
    const isZip = target.startsWith("windows");
    const archive = `ollama-proxy-${pkg.version}-${target}.${isZip ? "zip" : "tar.gz"}`;
    const path = isZip ? "THIRD-PARTY-NOTICES" : `ollama-proxy-${pkg.version}-${target}/THIRD-PARTY-NOTICES`;
    const { stdout } = await tryRun(["bsdtar", "-xOf", join(dist, archive), path]);
    expect([archive, stdout]).toEqual([archive, notices.trimEnd()]);
  }
  const time = await run("git", "-C", ROOT, "log", "-1", "--format=%ct");
  expect(readFileSync(join(dist, `ollama-proxy-${pkg.version}.cdx.json`), "utf8")).toBe(
    await describeMaterials(Number(time)),
  );
});
