/** Reads the descriptions of configuration keys from the README. */
import { join } from "node:path";
import { ROOT } from "../compile.ts";

/** Descriptions by key, in plain text, from the table under a heading. */
export async function meaningsUnder(heading: string): Promise<ReadonlyMap<string, string>> {
  const readme = await Bun.file(join(ROOT, "README.md")).text();
  const [, section = ""] = readme.split(new RegExp(`^#+ ${heading}$`, "m"));
  const rows = /(?:^\|.*\n)+/m.exec(section)?.[0].trimEnd().split("\n").slice(2) ?? [];
  return new Map(
    rows.flatMap((row) => {
      const [keys = "", , meaning = ""] = row.slice(1, -1).split("|");
      return [...keys.matchAll(/`(\w+)`/g)].map(([, key = ""]) => [key, plainText(meaning)] as const);
    }),
  );
}

function plainText(markdown: string): string {
  return markdown.trim().replaceAll(/\[([^\]]+)\]\([^)]+\)/g, "$1");
}
