/** The parts of the README that tests run, load or follow. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dir, "../..");
export const README = readFileSync(join(ROOT, "README.md"), "utf8");

interface Block {
  readonly language: string;
  readonly text: string;
}

const FENCED = /^( *)```(\S*)\n(.*?)^\1```$/gms;

/** Every fenced block, without the indentation of a list around it. */
export const BLOCKS: readonly Block[] = [...README.matchAll(FENCED)].map(
  ([, indent = "", language = "", text = ""]) => ({
    language,
    text: text.replaceAll(new RegExp(`^${indent}`, "gm"), ""),
  }),
);

export function blocksOf(language: string): readonly string[] {
  return BLOCKS.filter((block) => block.language === language).map(({ text }) => text);
}

/** The README without its blocks, because those may contain text that looks like Markdown. */
const PROSE = README.replaceAll(FENCED, "");

/** Code spans. */
export const SPANS: readonly string[] = spansOf(PROSE);

export const HEADINGS: readonly string[] = [...PROSE.matchAll(/^#+ (.+)$/gm)].map(([, text = ""]) => text);

/** The targets of all links. */
export const LINKS: readonly string[] = [...PROSE.matchAll(/\]\(([^)]+)\)/g)].map(
  ([, target = ""]) => target,
);

/** The cells of the rows of the one table under a heading. Throws when there is none. */
export function tableUnder(heading: string): readonly (readonly string[])[] {
  const [, section = ""] = PROSE.split(new RegExp(`^#+ ${heading}$`, "m"));
  const lines = /(?:^\|.*\n)+/m.exec(section)?.[0].trimEnd().split("\n") ?? [];
  // No row has a bar between backticks, which would not separate cells.
  const rows = lines.slice(2).map((line) => line.slice(1, -1).split("|"));
  if (rows.length === 0) throw new Error(`No table under "${heading}"`);
  return rows.map((cells) => cells.map((cell) => cell.trim()));
}

export function spansOf(text: string): readonly string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, span = ""]) => span);
}
