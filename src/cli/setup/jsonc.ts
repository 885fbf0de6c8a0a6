/**
 * Reads and edits settings files in JSON with comments and trailing commas, as editors use them. An edit keeps every other byte.
 */

interface Member {
  readonly key: string;
  readonly value: Node;
}

type Node =
  | {
      readonly type: "object";
      readonly start: number;
      readonly end: number;
      readonly members: readonly Member[];
    }
  | { readonly type: "array"; readonly start: number; readonly end: number; readonly items: readonly Node[] }
  | { readonly type: "scalar"; readonly start: number; readonly end: number };

/** A key of an object, or the item of an array that has these members. */
export type Step = string | { readonly [member: string]: string };

/** The text is not JSON, or has another form than the edit needs. */
export class JsoncError extends Error {
  override readonly name = "JsoncError";
}

/** The value at a place; undefined when there is none. Throws `JsoncError`. */
export function readValue(text: string, steps: readonly Step[]): unknown {
  const found = find(parse(text), text, steps);
  return found.rest.length === 0 ? valueOf(found.node, text) : undefined;
}

/** Sets a value. What does not exist yet is added. Throws `JsoncError`. */
export function setValue(text: string, steps: readonly Step[], value: unknown): string {
  const { node, rest } = find(parse(text), text, steps);
  const [first, ...others] = rest;
  if (first === undefined) return replace(text, node, format(value, indentAt(text, node.start)));
  const added = others.toReversed().reduce<unknown>(wrap, value);
  if (typeof first === "string") {
    if (node.type !== "object") throw new JsoncError(`Expected an object around "${first}"`);
    const key = JSON.stringify(first);
    return insert(text, node, node.members.at(-1)?.value, (indent) => `${key}: ${format(added, indent)}`);
  }
  if (node.type !== "array") throw new JsoncError("Expected a list");
  const item = typeof added === "object" && added !== null ? { ...first, ...added } : first;
  return insert(text, node, node.items.at(-1), (indent) => format(item, indent));
}

function wrap(inner: unknown, step: Step): unknown {
  if (typeof step === "string") return { [step]: inner };
  return [{ ...step, ...(typeof inner === "object" ? inner : {}) }];
}

interface Found {
  /** The innermost node that exists. */
  readonly node: Node;
  /** The steps below it. */
  readonly rest: readonly Step[];
}

function find(root: Node, text: string, steps: readonly Step[]): Found {
  let node = root;
  for (const [depth, step] of steps.entries()) {
    const next = childOf(node, text, step);
    if (next === undefined) return { node, rest: steps.slice(depth) };
    node = next;
  }
  return { node, rest: [] };
}

function childOf(node: Node, text: string, step: Step): Node | undefined {
  if (typeof step === "string")
    return node.type === "object" ? node.members.findLast(({ key }) => key === step)?.value : undefined;
  if (node.type !== "array") return undefined;
  return node.items.find((item) =>
    Object.entries(step).every(([key, value]) => {
      const member = childOf(item, text, key);
      return member !== undefined && valueOf(member, text) === value;
    }),
  );
}

/** Objects and lists are not read. */
function valueOf(node: Node, text: string): unknown {
  if (node.type !== "scalar") return undefined;
  return parsePart(text, node.start, node.end);
}

/** A part of the text that has no comments. Throws `JsoncError`. */
function parsePart(text: string, start: number, end: number): unknown {
  try {
    return JSON.parse(text.slice(start, end));
  } catch (cause) {
    throw notJson(text, start, { cause });
  }
}

function notJson(text: string, at: number, options?: ErrorOptions): JsoncError {
  return new JsoncError(`it is not JSON: see line ${text.slice(0, at).split("\n").length}`, options);
}

function replace(text: string, { start, end }: Node, replacement: string): string {
  return text.slice(0, start) + replacement + text.slice(end);
}

/** Adds an entry after the last one, in the style of the file. */
function insert(
  text: string,
  container: Node,
  last: Node | undefined,
  describe: (indent: string) => string,
): string {
  const outer = indentAt(text, container.start);
  if (last === undefined) {
    const indent = `${outer}  `;
    return replace(
      text,
      { ...container, start: container.start + 1, end: container.start + 1 },
      `\n${indent}${describe(indent)}${/^\s*\n/.test(text.slice(container.start + 1)) ? "" : `\n${outer}`}`,
    );
  }
  const isOnOneLine = !text.slice(container.start, last.end).includes("\n");
  const indent = isOnOneLine ? outer : indentAt(text, last.start);
  const separator = isOnOneLine ? ", " : `,\n${indent}`;
  return `${text.slice(0, last.end)}${separator}${describe(indent)}${text.slice(last.end)}`;
}

/** The white space at the beginning of the line of an offset. */
function indentAt(text: string, offset: number): string {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  return /^[ \t]*/.exec(text.slice(start, offset))?.[0] ?? "";
}

/** The first line has no indent, because it stands after a key. */
function format(value: unknown, indent: string): string {
  return JSON.stringify(value, undefined, 2).replaceAll("\n", `\n${indent}`);
}

function parse(text: string): Node {
  const parser = new Parser(text);
  const node = parser.readValue();
  parser.expectEnd();
  return node;
}

const MAX_DEPTH = 100;

class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  readValue(): Node {
    this.#skip();
    const start = this.#at;
    const letter = this.#text[start];
    if (letter === "{") return this.#readObject(start);
    if (letter === "[") return this.#readArray(start);
    this.#at += this.#scalarLength();
    return { type: "scalar", start, end: this.#at };
  }

  expectEnd(): void {
    this.#skip();
    if (this.#at < this.#text.length) throw this.#error();
  }

  #readObject(start: number): Node {
    const members: Member[] = [];
    this.#readEntries("}", () => {
      const { start: from, end } = this.readValue();
      const key = parsePart(this.#text, from, end);
      this.#skip();
      if (typeof key !== "string" || this.#text[this.#at] !== ":") throw this.#error();
      this.#at += 1;
      members.push({ key, value: this.readValue() });
    });
    return { type: "object", start, end: this.#at, members };
  }

  #readArray(start: number): Node {
    const items: Node[] = [];
    this.#readEntries("]", () => void items.push(this.readValue()));
    return { type: "array", start, end: this.#at, items };
  }

  /** From the opening bracket to the closing one. */
  #readEntries(closing: string, read: () => void): void {
    this.#depth += 1;
    if (this.#depth > MAX_DEPTH) throw this.#error();
    this.#at += 1;
    for (;;) {
      this.#skip();
      if (this.#text[this.#at] === closing) break;
      read();
      this.#skip();
      if (this.#text[this.#at] === ",") this.#at += 1;
      else if (this.#text[this.#at] !== closing) throw this.#error();
    }
    this.#at += 1;
    this.#depth -= 1;
  }

  #scalarLength(): number {
    const rest = this.#text.slice(this.#at);
    const token = /^(?:"(?:[^"\\\n]|\\.)*"|-?\d[\d.eE+-]*|true|false|null)/.exec(rest)?.[0];
    if (token === undefined) throw this.#error();
    return token.length;
  }

  /** White space and comments. */
  #skip(): void {
    for (;;) {
      const rest = this.#text.slice(this.#at, this.#at + 2);
      if (/^\s/.test(rest)) this.#at += 1;
      else if (rest === "//") this.#at = this.#after("\n");
      else if (rest === "/*") this.#at = this.#after("*/");
      else return;
    }
  }

  #after(mark: string): number {
    const found = this.#text.indexOf(mark, this.#at + 2);
    return found === -1 ? this.#text.length : found + mark.length;
  }

  #error(): JsoncError {
    return notJson(this.#text, this.#at);
  }
}
