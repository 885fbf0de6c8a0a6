/** Lines at the bottom of the terminal that are drawn again when they change. */
import type { Terminal } from "./terminal.ts";

export class Frame {
  readonly #terminal: Terminal;
  #lines: readonly string[] = [];

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  /** Lines that are too long for the terminal are cut. */
  draw(lines: readonly string[]): void {
    const width = this.#terminal.columns() - 1;
    const cut = lines.map((line) => truncate(line, width));
    this.#terminal.write(this.#clear() + cut.join("\r\n"));
    this.#lines = cut;
  }

  /** Replaces the lines by ones that stay. They are not cut, because the user may copy them. */
  finish(...lines: readonly string[]): void {
    this.#terminal.write(this.#clear() + lines.map((line) => `${line}\r\n`).join(""));
    this.#lines = [];
  }

  #clear(): string {
    const columns = Math.max(1, this.#terminal.columns());
    // The terminal wraps lines when it becomes narrower.
    const rows = this.#lines.reduce(
      (sum, line) => sum + Math.max(1, Math.ceil(Bun.stringWidth(line) / columns)),
      0,
    );
    return `\r${rows > 1 ? `\u001b[${rows - 1}A` : ""}\u001b[J`;
  }
}

/** Cuts a line to a number of columns. */
function truncate(line: string, width: number): string {
  if (Bun.stringWidth(line) <= width) return line;
  let kept = "";
  let used = 0;
  for (const character of line) {
    used += Bun.stringWidth(character);
    if (used >= width) break;
    kept += character;
  }
  return `${kept}…`;
}
