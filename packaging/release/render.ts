/**
 * Writes the version and the checksums of a release into the files of the AUR and Scoop.
 *
 *   bun packaging/release/render.ts                                            only the version, in place
 *   bun packaging/release/render.ts --sums dist/SHA256SUMS --out DIRECTORY     the files for the AUR and Scoop
 */
import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import pkg from "../../package.json" with { type: "json" };
import { ROOT } from "../compile.ts";

const PACKAGING = join(ROOT, "packaging");
const FILES = [
  "aur/ollama-proxy/PKGBUILD",
  "aur/ollama-proxy/.SRCINFO",
  "aur/ollama-proxy-bin/PKGBUILD",
  "aur/ollama-proxy-bin/.SRCINFO",
  "scoop/ollama-proxy.json",
];

/** The text before each checksum, and the end of the name of its file. */
const FIELDS = [
  [/sha256sums ?= ?\(?'?/, ".tar.gz"],
  [/sha256sums_x86_64 ?= ?\(?'?/, "-linux-x64.tar.gz"],
  [/sha256sums_aarch64 ?= ?\(?'?/, "-linux-arm64.tar.gz"],
  [/windows-x64\.zip",\s+"hash": "/, "-windows-x64.zip"],
  [/windows-arm64\.zip",\s+"hash": "/, "-windows-arm64.zip"],
] as const;

/** `checksums` are the lines of SHA256SUMS. Checksums of files that are not listed stay unchanged. */
function render(text: string, checksums: string): string {
  const [, previous = ""] = /^\s*"?(?:pkgver|version)"?(?: ?= ?|: ")([\d.]+)/m.exec(text) ?? [];
  let rendered = text.replaceAll(previous, pkg.version);
  for (const [before, ending] of FIELDS) {
    const line = checksums
      .split("\n")
      .find((entry) => entry.endsWith(`  ${pkg.name}-${pkg.version}${ending}`));
    if (line === undefined) continue;
    const field = new RegExp(`(${before.source})[0-9a-f]{64}`);
    rendered = rendered.replace(field, (_, kept: string) => kept + line.slice(0, 64));
  }
  return rendered;
}

const { values } = parseArgs({
  options: {
    sums: { type: "string" },
    out: { type: "string", default: PACKAGING },
  },
});
const checksums = values.sums === undefined ? "" : await Bun.file(values.sums).text();
for (const file of FILES) {
  const text = await Bun.file(join(PACKAGING, file)).text();
  await mkdir(dirname(join(values.out, file)), { recursive: true });
  await Bun.write(join(values.out, file), render(text, checksums));
}
