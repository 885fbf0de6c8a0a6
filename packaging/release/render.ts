/**
 * Fills the version and the checksums of a release into the files of the AUR and Scoop, which name them in several places each.
 *
 *   bun packaging/release/render.ts SHA256SUMS
 */
import { join } from "node:path";
import pkg from "../../package.json" with { type: "json" };
import { ROOT } from "../compile.ts";

type Sums = ReadonlyMap<string, string>;

/** Which file of the release a checksum is of, by what stands before it. */
const FILES = {
  sha256sums: ".tar.gz",
  sha256sums_x86_64: "-linux-x64.tar.gz",
  sha256sums_aarch64: "-linux-arm64.tar.gz",
} as const;

/** `text` is a PKGBUILD or a .SRCINFO. */
export function renderAur(text: string, sums: Sums): string {
  const [, previous = ""] = /^\s*pkgver ?= ?(\S+)$/m.exec(text) ?? [];
  const version = pacmanVersion(pkg.version);
  return Object.entries(FILES).reduce(
    (rendered, [field, ending]) =>
      rendered.replace(
        new RegExp(`^(\\s*${field} ?= ?\\(?'?)[0-9a-f]{64}`, "m"),
        (_, before: string) => before + find(sums, `${pkg.name}-${pkg.version}${ending}`),
      ),
    text.replaceAll(previous, version),
  );
}

/** Pacman knows no hyphens, and takes 33.0.0rc1 for older than 33.0.0, as it should. */
function pacmanVersion(version: string): string {
  return version.replace(/-rc\.?/, "rc");
}
