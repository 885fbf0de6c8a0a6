/**
 * Writes `THIRD-PARTY-NOTICES`, which is in every archive and package, from the licence files of the packages. A test checks that it is
 * up to date. It contains no versions, so that it changes only with licences. The bill of materials has the versions.
 *
 *     bun run notices
 */
import { join } from "node:path";
import sources from "../known-models.json" with { type: "json" };
import { ROOT } from "../compile.ts";
import { LIBRARIES, licenseOf, readLicense } from "./packages.ts";

/** The package of Bun has no licence file. The package of its types has a page with the licences of the runtime's parts. */
const BUN_LICENSE = join(ROOT, "node_modules/bun-types/docs/project/license.mdx");

const PACKAGE_LINK = /\[(`[^`]+`)\]\(https:\/\/[^/)]+\/package\/[^)]*\)/g;

const RULE = "=".repeat(80);

export async function createNotices(): Promise<string> {
  const libraries = await Promise.all(
    LIBRARIES.map(async (name) => section(name, await licenseOf(name), await readLicense(name))),
  );
  const bun = await Bun.file(BUN_LICENSE).text();
  const tables = sources.map(({ name, homepage, license, notice }) =>
    section(`${name}, ${homepage}: data in the table of known models`, license, notice),
  );
  return [
    "ollama-proxy contains the following works of others. Its own licence is in LICENSE.\n",
    ...libraries,
    // The page without its front matter, and without links to package pages: name and licence are the notice.
    section(
      "Bun, https://bun.com: the runtime",
      await licenseOf("bun"),
      bun.replace(/^---\n[\s\S]*?\n---\n/, "").replaceAll(PACKAGE_LINK, "$1"),
    ),
    ...tables,
  ].join("\n");
}

function section(title: string, license: string, text: string): string {
  return `${RULE}\n${title} (${license})\n${RULE}\n\n${text.replaceAll("\r\n", "\n").trim()}\n`;
}

if (import.meta.main)
  await Bun.write(join(ROOT, "packaging/release/THIRD-PARTY-NOTICES"), await createNotices());
