/** Errors of a configuration, with their position in the file. */

/** The message is the complete text for the user: several lines, the position of each problem, no secrets. */
export class ConfigError extends Error {
  override readonly name = "ConfigError";
}

export interface Problem {
  /** Position in the text, counted from 0. */
  readonly offset: number;
  readonly message: string;
}

/** A text and its file. `shown` has the length of the text, and its secrets are masked. */
export interface Source {
  readonly file: string;
  readonly shown: string;
}

export function createConfigError(source: Source, problems: readonly Problem[]): ConfigError {
  const ordered = problems.toSorted((a, b) => a.offset - b.offset);
  const count = ordered.length === 1 ? "1 problem" : `${ordered.length} problems`;
  const texts = ordered
    .slice(0, MAX_SHOWN)
    .map((problem) => `${describe(source, problem)}\n${drawLine(source, problem.offset)}`);
  if (ordered.length > MAX_SHOWN) texts.push(`and ${ordered.length - MAX_SHOWN} more`);
  return new ConfigError(`Cannot use the configuration: ${count}\n\n${texts.join("\n\n")}`);
}

/** Nobody reads more. The limit bounds the work, because each problem searches the text for its line. */
const MAX_SHOWN = 100;

/** `file:line:column: message`, a format that editors and terminals can open. */
export function describe(source: Source, problem: Problem): string {
  const { row, column } = place(source.shown, problem.offset);
  return `${source.file}:${row}:${column + 1}: ${problem.message}`;
}

const MAX_COLUMNS = 120;

function drawLine(source: Source, offset: number): string {
  const { row, column } = place(source.shown, offset);
  const line = source.shown.split("\n")[row - 1]?.trimEnd() ?? "";
  // A caret far to the right would be out of sight, so a long line is shown from shortly before the caret.
  const start = column < MAX_COLUMNS ? 0 : column - 20;
  const before = line.slice(start, column);
  // The caret must stand below its target, so tabs stay tabs and wide letters take two columns.
  const indent = before.replace(/[^\t]+/g, (letters) => " ".repeat(Bun.stringWidth(letters)));
  const number = String(row).padStart(4);
  return `${number} | ${line.slice(start, start + MAX_COLUMNS)}\n     | ${indent}^`;
}

/** Rows count from 1, columns from 0. */
function place(text: string, offset: number): { readonly row: number; readonly column: number } {
  const before = text.slice(0, offset);
  return { row: before.split("\n").length, column: offset - (before.lastIndexOf("\n") + 1) };
}
