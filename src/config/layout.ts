/**
 * Names the mistake in the layout of a YAML text that the parser rejects: indentation, brackets, quotes, and missing spaces.
 *
 * The parser reports where it stopped, which is often a line after the mistake. This reads the lines as a person does. It is
 * called only for a text that has other problems, and returns nothing when it is not sure.
 */
import type { Problem } from "./error.ts";
import { findFlowFault, findQuoteFault, type Span } from "./layout-values.ts";

/** Keys of a configuration. A line that begins with one of them is meant as `key: value`. */
const KEYS = new Set(
  (
    "port host api_keys allow_anonymous allowed_hosts tls cert_file key_file attempts providers auto name url secret secret_file secret_command " +
    "models api_type headers query extra_body drop_params options timeouts ca_file allow_http " +
    "use order system think context_length price capabilities max_requests max_wait usage keep_days max_megabytes metrics limits usd tokens per"
  ).split(" "),
);

const DASHES = /^(?:- +)*/;
const KEY = /^(?:"[^"\n]*"|'[^'\n]*'|[^\s:#[\]{},"'-][^\s:]*(?: [^\s:]+)*) *:(?= |$)/;

/** A block list or a block mapping that the next line may continue. */
interface Collection {
  readonly type: "list" | "mapping";
  readonly column: number;
  /** Of the first entry. Rows are counted from 1. */
  readonly row: number;
  readonly offset: number;
  /** The first key, if it is known; other text may be a secret. */
  readonly key: string | undefined;
}

/** The first mistake; undefined when the layout looks right. */
export function findLayoutFault(text: string): Problem | undefined {
  const layout = new Layout(text);
  let offset = 0;
  while (offset < text.length) {
    const next = layout.readLine(offset);
    if (typeof next !== "number") return next;
    offset = next;
  }
  return undefined;
}

class Layout {
  readonly #text: string;
  #open: Collection[] = [];
  /** Whether the last line ended with a key or a dash without a value. */
  #mayNest = true;
  /** Lines with more spaces belong to a block of text; undefined outside of one. */
  #textColumn: number | undefined;
  #row = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Returns the offset of the next line to read, or the mistake. */
  readLine(offset: number): number | Problem {
    const end = lineEnd(this.#text, offset);
    const line = this.#text.slice(offset, end).replace(/\r$/, "");
    this.#row += 1;
    const column = line.length - line.replace(/^ +/, "").length;
    const content = line.slice(column);
    if (content.trim() === "" || /^(?:#|---|\.\.\.|%)/.test(content)) return end + 1;
    if (this.#textColumn !== undefined && column > this.#textColumn) return end + 1;
    this.#textColumn = undefined;
    return findSpelling(content, offset + column) ?? this.#readContent(content, column, offset);
  }

  #readContent(content: string, column: number, offset: number): number | Problem {
    const [dashes = ""] = DASHES.exec(content) ?? [];
    const rest = content.slice(dashes.length);
    const isLoneDash = rest === "-";
    const key = isLoneDash ? undefined : KEY.exec(rest)?.[0];
    const isItem = dashes !== "" || isLoneDash;
    const hasEntry = isItem || key !== undefined;
    if (!hasEntry && !/^["'[{]/.test(rest)) {
      // The next line of a text, or the only line of a value.
      this.#mayNest = false;
      return this.#nextLine(offset);
    }
    if (hasEntry) {
      const fault = this.#place(this.#entry(isItem ? "list" : "mapping", column, { offset, key }));
      if (fault !== undefined) return fault;
    }
    for (let at = dashes.indexOf("-", 1); at !== -1; at = dashes.indexOf("-", at + 1))
      this.#open.push(this.#entry("list", column + at, { offset, key }));
    const keyColumn = column + dashes.length;
    if (key !== undefined && dashes !== "")
      this.#open.push(this.#entry("mapping", keyColumn, { offset, key }));
    return this.#readValue(rest.slice(key?.length ?? 0), offset + keyColumn + (key?.length ?? 0), {
      isAfterKey: key !== undefined,
      column: keyColumn,
      line: offset,
    });
  }

  #readValue(
    written: string,
    offset: number,
    place: { readonly isAfterKey: boolean; readonly column: number; readonly line: number },
  ): number | Problem {
    const value = written.trimStart();
    const start = offset + written.length - value.length;
    this.#mayNest = value === "" || value === "-" || /^(?:#|[&!][^\s]*(?:\s+#.*)?$)/.test(value);
    if (place.isAfterKey && /^- \S/.test(value))
      return { offset: start, message: "Expected the list to begin on the next line, after this key" };
    if (/^[|>][+\d-]*(?:\s|$)/.test(value)) this.#textColumn = place.column;
    if (!/^["'[{]/.test(value)) return this.#nextLine(offset);
    const column = place.isAfterKey ? place.column : Math.max(0, (this.#open.at(-1)?.column ?? 0) - 1);
    const span: Span = { text: this.#text, start, column };
    const end = /^["']/.test(value) ? findQuoteFault(span) : findFlowFault(span);
    if (typeof end !== "number") return end;
    this.#row += this.#text.slice(place.line, end).split("\n").length - 1;
    return lineEnd(this.#text, end) + 1;
  }

  /** `offset` is that of the line. */
  #entry(
    type: Collection["type"],
    column: number,
    { offset, key }: { readonly offset: number; readonly key: string | undefined },
  ): Collection {
    const known = KEYS.has(key?.slice(0, -1).trimEnd() ?? "") ? key : undefined;
    return { type, column, row: this.#row, offset: offset + column, key: known };
  }

  /** Finds the collection that an entry continues or begins. */
  #place(entry: Collection): Problem | undefined {
    const { type, column } = entry;
    const closed: Collection[] = [];
    for (let last = this.#open.at(-1); last !== undefined; last = this.#open.at(-1)) {
      const isEndedList = type === "mapping" && last.type === "list" && last.column === column;
      if (last.column < column || (last.column === column && !isEndedList)) break;
      // A list may be in the column of its key. In another column the entry is a part of the item above.
      if (isEndedList && this.#open.at(-2)?.column !== column) break;
      closed.push(last);
      this.#open.pop();
    }
    const last = this.#open.at(-1);
    if (last?.column === column && last.type === type) return undefined;
    const isFirst = last === undefined && closed.length === 0;
    const mayBegin = last !== undefined && (column > last.column || type === "list") && closed.length === 0;
    if (isFirst || (this.#mayNest && mayBegin)) {
      this.#open.push(entry);
      return undefined;
    }
    const candidates = last === undefined ? closed : [...closed, ...this.#open.toReversed()];
    const wanted = candidates.find((candidate) => candidate.type === type);
    if (wanted === undefined) return undefined;
    // Nothing encloses the first entry, so it is the one in the wrong place.
    return last === undefined ? misplaced(wanted, entry) : misplaced(entry, wanted);
  }

  #nextLine(offset: number): number {
    return lineEnd(this.#text, offset) + 1;
  }
}

function misplaced(entry: Collection, model: Collection): Problem {
  const subject = entry.type === "list" ? "this `-`" : "this key";
  const before = model.type === "list" ? "before the `-` " : `before \`${model.key}\` `;
  const place = `${model.type === "mapping" && model.key === undefined ? "" : before}in line ${model.row}`;
  const message = `Expected ${spaces(model.column)} before ${subject}, as ${place}; got ${spaces(entry.column)}`;
  return { offset: entry.offset, message };
}

function spaces(count: number): string {
  if (count === 0) return "no space";
  return count === 1 ? "1 space" : `${count} spaces`;
}

/** A colon or a space that is missing or another character. */
function findSpelling(content: string, offset: number): Problem | undefined {
  if (content.startsWith("-") && beginsWithKey(content.slice(1)) && content.includes(":"))
    return { offset: offset + 1, message: "Expected a space between `-` and the key" };
  const dashes = DASHES.exec(content)?.[0].length ?? 0;
  const [word = "", blanks = ""] = /^([a-z_]+)( *)/.exec(content.slice(dashes))?.slice(1) ?? [];
  if (!KEYS.has(word)) return undefined;
  const at = dashes + word.length + blanks.length;
  const letter = content[at] ?? "";
  if (letter === ":" && /[^\s]/.test(content[at + 1] ?? ""))
    return { offset: offset + at + 1, message: "Expected a space after the colon" };
  if (letter === "=") return { offset: offset + at, message: "Expected a colon and a space instead of `=`" };
  if (!OTHER_COLONS.has(letter)) return undefined;
  const code = letter.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  return {
    offset: offset + at,
    message: `Expected a colon and a space; this character only looks like a colon (U+${code})`,
  };
}

/** The full-width and the small colon, the letter, and the ratio sign. */
const OTHER_COLONS = new Set(["\uff1a", "\ufe55", "\ua789", "\u2236"]);

function beginsWithKey(text: string): boolean {
  return KEYS.has(/^[a-z_]+/.exec(text)?.[0] ?? "");
}

function lineEnd(text: string, offset: number): number {
  const end = text.indexOf("\n", offset);
  return end === -1 ? text.length : end;
}
