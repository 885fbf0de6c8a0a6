/**
 * Limits the nesting, keys and aliases of a configuration before it is parsed. The work of the YAML library grows with the square of each:
 * 10 KB of brackets took 20 seconds. One pass over the tokens is enough for the check.
 */
import { CST, Lexer } from "yaml";
import type { Problem } from "./error.ts";

const MAX_NESTING = 100;
const MAX_KEYS = 250;
const MAX_ALIASES = 100;

/** The first limit that the text exceeds; undefined when it exceeds none. */
export function findExcess(text: string): Problem | undefined {
  const extent = new Extent();
  let offset = 0;
  for (const token of new Lexer().lex(text)) {
    const message = extent.add(token);
    if (message !== undefined) return { offset, message };
    if (!isMark(token)) offset += token.length;
  }
  return undefined;
}

/** Whether the lexer added the token; it is then not part of the text. */
function isMark(token: string): boolean {
  const type = CST.tokenType(token);
  return type === "doc-mode" || type === "flow-error-end" || type === "scalar";
}

/** A collection that the next token may belong to. */
interface Level {
  /** The column of its entries; infinite in brackets, where entries may have any column. */
  readonly column: number;
  readonly isMapping: boolean;
  keys: number;
}

class Extent {
  readonly #levels: Level[] = [];
  /** The number of levels in brackets. */
  #flows = 0;
  #aliases = 0;
  #column = 0;
  /** The column of the text that becomes a key if a colon follows. */
  #start = 0;
  #isFresh = true;
  /** The next token is text, even if it looks like another token. */
  #isText = false;

  /** Returns an error message when the token exceeds a limit. */
  add(token: string): string | undefined {
    const type = this.#isText ? "text" : (CST.tokenType(token) ?? "text");
    this.#isText = type === "scalar";
    if (isMark(token) && type !== "text") return undefined;
    this.#read(type);
    const lineEnd = token.lastIndexOf("\n");
    this.#column = lineEnd === -1 ? this.#column + token.length : token.length - lineEnd - 1;
    if (token.endsWith("\n")) this.#isFresh = true;
    return this.#excess();
  }

  #read(type: string): void {
    switch (type) {
      case "newline":
      case "space":
      case "comment":
        return;
      case "flow-map-start":
      case "flow-seq-start":
        this.#begin();
        this.#flows += 1;
        this.#levels.push({ column: Infinity, isMapping: type === "flow-map-start", keys: 0 });
        return;
      case "flow-map-end":
      case "flow-seq-end":
        if (this.#flows === 0) return;
        this.#flows -= 1;
        this.#levels.pop();
        return;
      case "seq-item-ind":
      case "explicit-key-ind":
        this.#enter(this.#column, type === "explicit-key-ind");
        return;
      case "map-value-ind":
        this.#enter(this.#isFresh ? this.#column : this.#start, true);
        if (this.#flows === 0) this.#countKey();
        return;
      case "comma":
        this.#countKey();
        return;
      default:
        if (type === "alias") this.#aliases += 1;
        this.#begin();
    }
  }

  #begin(): void {
    if (!this.#isFresh) return;
    this.#start = this.#column;
    this.#isFresh = false;
  }

  /** Continues or begins a block collection at this column. Collections further to the right have ended. */
  #enter(column: number, isMapping: boolean): void {
    this.#isFresh = true;
    if (this.#flows > 0) return;
    while ((this.#levels.at(-1)?.column ?? -1) > column) this.#levels.pop();
    // A list may be in the same column as its key.
    if (isMapping && this.#levels.at(-1)?.isMapping === false && this.#levels.at(-2)?.column === column)
      this.#levels.pop();
    const level = this.#levels.at(-1);
    if (level?.column !== column || level.isMapping !== isMapping)
      this.#levels.push({ column, isMapping, keys: 0 });
  }

  #countKey(): void {
    const level = this.#levels.at(-1);
    if (level?.isMapping === true) level.keys += 1;
  }

  #excess(): string | undefined {
    if (this.#levels.length > MAX_NESTING) return `Expected at most ${MAX_NESTING} levels of nesting`;
    if (this.#aliases > MAX_ALIASES) return `Expected at most ${MAX_ALIASES} uses of aliases`;
    const keys = this.#levels.at(-1)?.keys ?? 0;
    return keys > MAX_KEYS ? `Expected at most ${MAX_KEYS} keys in one mapping` : undefined;
  }
}
