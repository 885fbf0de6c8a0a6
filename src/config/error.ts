/** What is wrong with a configuration, told with the place in the file. */

/** Its message is the whole text for the user: several lines, each fault with its place, no secrets. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

export interface Problem {
  /** Where in the text, counted from 0. */
  readonly offset: number;
  readonly message: string;
}

/** A text and where it came from. `shown` is the same text, letter for letter, with its secrets masked. */
export interface Source {
  readonly file: string;
  readonly shown: string;
}

export function createConfigError(source: Source, problems: readonly Problem[]): ConfigError {
  const ordered = problems.toSorted((a, b) => a.offset - b.offset);
  const count = ordered.length === 1 ? "1 problem" : `${ordered.length} problems`;
  const texts = ordered
    .slice(0, MOST_SHOWN)
    .map((problem) => `${describe(source, problem)}\n${drawLine(source, problem.offset)}`);
  if (ordered.length > MOST_SHOWN) texts.push(`and ${ordered.length - MOST_SHOWN} more`);
  return new ConfigError(`Cannot use the configuration: ${count}\n\n${texts.join("\n\n")}`);
}

/** More than anybody reads, and each is looked up in the text anew. */
const MOST_SHOWN = 100;

/** `file:line:column: message`, as editors and terminals know to open. */
export function describe(source: Source, problem: Problem): string {
  const { row, column } = place(source.shown, problem.offset);
  return `${source.file}:${row}:${column + 1}: ${problem.message}`;
}

const WIDEST_LINE = 120;

function drawLine(source: Source, offset: number): string {
  const { row, column } = place(source.shown, offset);
  const line = source.shown.split("\n")[row - 1]?.trimEnd() ?? "";
  // A caret far to the right is out of sight, so a long line is shown from shortly before it.
  const start = column < WIDEST_LINE ? 0 : column - 20;
  const before = line.slice(start, column);
  // Tabs stay tabs, and wide letters take two columns: the caret must stand below its target.
  const indent = before.replace(/[^\t]+/g, (letters) => " ".repeat(Bun.stringWidth(letters)));
  const number = String(row).padStart(4);
  return `${number} | ${line.slice(start, start + WIDEST_LINE)}\n     | ${indent}^`;
}

/** Rows count from 1, columns from 0. */
function place(text: string, offset: number): { readonly row: number; readonly column: number } {
  const before = text.slice(0, offset);
  return { row: before.split("\n").length, column: offset - (before.lastIndexOf("\n") + 1) };
}
