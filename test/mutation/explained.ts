/** Reads the surviving mutants that README.md explains. They are identified by their change, because line numbers move. */
import { basename, join } from "node:path";
import type { Mutant } from "./mutants.ts";

/** A mutant in the format of the output and of README.md. */
export function describe({ file, before, after }: Mutant): string {
  return `# ${basename(file)}\n${marked("-", before)}\n${marked("+", after)}`;
}

function marked(mark: string, lines: string): string {
  return lines.replace(/^/gm, `${mark} `).trimEnd();
}

/** The `diff` blocks of the README. */
export async function readExplained(): Promise<ReadonlySet<string>> {
  const text = await Bun.file(join(import.meta.dir, "README.md")).text();
  return new Set([...text.matchAll(/^```diff\n([\s\S]*?)\n```$/gm)].map(([, block = ""]) => block));
}
