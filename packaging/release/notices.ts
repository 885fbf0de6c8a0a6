/**
 * Writes `THIRD-PARTY-NOTICES`, which goes into every archive and package, from the licences in the packages themselves. A test compares
 * the file with them. It names no versions, which the bill of materials does, so that it changes with licences alone.
 *
 *     bun run notices
 */
import { join } from "node:path";
import sources from "../known-models.json" with { type: "json" };
import { ROOT } from "../compile.ts";
import { LIBRARIES, licenseOf, readLicense } from "./packages.ts";

/** Bun's package has no licence file, but the package of its types has the page that lists the parts of the runtime. */
const BUN_LICENSE = join(ROOT, "node_modules/bun-types/docs/project/license.mdx");

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
    // Without its front matter.
    section(
      "Bun, https://bun.com: the runtime",
      await licenseOf("bun"),
      bun.replace(/^---\n[\s\S]*?\n---\n/, ""),
    ),
    ...tables,
  ].join("\n");
}

function section(title: string, license: string, text: string): string {
  return `${RULE}\n${title} (${license})\n${RULE}\n\n${text.replaceAll("\r\n", "\n").trim()}\n`;
}

if (import.meta.main)
  await Bun.write(join(ROOT, "packaging/release/THIRD-PARTY-NOTICES"), await createNotices());
