/** Survivors that README.md explains, by what they change: line numbers move, so they do not count. */
import { basename, join } from "node:path";
import type { Mutant } from "./mutants.ts";

/** One mutant as it is shown, and as README.md repeats it. */
export function describe({ file, before, after }: Mutant): string {
  return `# ${basename(file)}\n${marked("-", before)}\n${marked("+", after)}`;
}

function marked(mark: string, lines: string): string {
  return lines.replace(/^/gm, `${mark} `).trimEnd();
}

/** What stands in the README's blocks of `diff`. */
export async function readExplained(): Promise<ReadonlySet<string>> {
  const text = await Bun.file(join(import.meta.dir, "README.md")).text();
  return new Set([...text.matchAll(/^```diff\n([\s\S]*?)\n```$/gm)].map(([, block = ""]) => block));
}
