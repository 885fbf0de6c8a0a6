/** Finds brackets and quotes that are not closed. A value in brackets or quotes may continue on the following lines. */
import type { Problem } from "./error.ts";

export interface Span {
  readonly text: string;
  /** The offset of the opening bracket or quote. */
  readonly start: number;
  /** The column of the key of the value. A key there, or further to the left, is no longer a part of the value. */
  readonly column: number;
}

/** A line that begins a key or an item of a list. */
const ENTRY = /^( *)(?:- |["']?\w[\w-]*["']? *:(?: |\r?$))/;
const CLOSING: { readonly [opening: string]: string } = { "[": "]", "{": "}" };

/** Returns the offset after the value, or the mistake. */
export function findQuoteFault(span: Span): number | Problem {
  const { text, start } = span;
  const quote = text[start] ?? "";
  const end = endOfQuote(span);
  if (end === undefined)
    return { offset: start, message: `Expected a closing \`${quote}\`: this quote is not closed` };
  const rest = restOfLine(text, end);
  if (isEnd(rest)) return end;
  const message = `Expected nothing after the closing \`${quote}\`; put the whole value in quotes`;
  return { offset: end + rest.length - rest.trimStart().length, message };
}

/** Undefined when the quote is not closed. */
function endOfQuote({ text, start, column }: Span): number | undefined {
  const quote = text[start];
  for (let at = start + 1; at < text.length; at++) {
    const letter = text[at];
    if (letter === "\n" && endsBefore(text, at + 1, column)) return undefined;
    if (letter === "\\" && quote === '"') at += 1;
    else if (letter === quote) {
      // Two single quotes stand for one.
      if (quote === "'" && text[at + 1] === "'") at += 1;
      else return at + 1;
    }
  }
  return undefined;
}

/** Returns the offset after the value, or the mistake. */
export function findFlowFault({ text, start, column }: Span): number | Problem {
  const open: number[] = [];
  /** Whether a quote here begins a value. Within a word it is a letter. */
  let isFresh = true;
  for (let at = start; at < text.length; at++) {
    const letter = text[at] ?? "";
    if (letter === "\n" && endsBefore(text, at + 1, column)) break;
    if (/\s/.test(letter)) continue;
    if (letter === "#" && /\s/.test(text[at - 1] ?? "")) {
      at += restOfLine(text, at).length - 1;
      continue;
    }
    if (isFresh && (letter === '"' || letter === "'")) {
      const end = endOfQuote({ text, start: at, column });
      if (end === undefined)
        return { offset: at, message: `Expected a closing \`${letter}\`: this quote is not closed` };
      at = end - 1;
      isFresh = false;
      continue;
    }
    if (letter in CLOSING) open.push(at);
    if (letter === "]" || letter === "}") {
      const last = open.pop() ?? start;
      if (CLOSING[text[last] ?? ""] !== letter) return notClosed(text, last);
      if (open.length === 0) return afterFlow(text, at + 1);
    }
    isFresh = /[[{,:]/.test(letter);
  }
  return notClosed(text, open.at(-1) ?? start);
}

function notClosed(text: string, opening: number): Problem {
  const bracket = text[opening] ?? "";
  return {
    offset: opening,
    message: `Expected a closing \`${CLOSING[bracket] ?? ""}\`: this bracket is not closed`,
  };
}

function afterFlow(text: string, end: number): number | Problem {
  const rest = restOfLine(text, end);
  if (isEnd(rest)) return end;
  const offset = end + rest.length - rest.trimStart().length;
  const bracket = text[offset] ?? "";
  const message = /[\]}]/.test(bracket)
    ? `Expected no \`${bracket}\` here: it closes no bracket`
    : "Expected nothing after the closing bracket; put a value that contains brackets in quotes";
  return { offset, message };
}

/** Whether the line at `offset` is an entry outside of a value whose key is in `column`. */
function endsBefore(text: string, offset: number, column: number): boolean {
  const indent = ENTRY.exec(restOfLine(text, offset))?.[1];
  return indent !== undefined && indent.length <= column;
}

function restOfLine(text: string, offset: number): string {
  const end = text.indexOf("\n", offset);
  return text.slice(offset, end === -1 ? text.length : end);
}

/** Whether nothing of the value follows: a comment, white space, or the colon after a quoted key. */
function isEnd(rest: string): boolean {
  return /^\s*(?:$|#|:(?:\s|$))/.test(rest);
}
