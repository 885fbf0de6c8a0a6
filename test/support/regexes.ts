/** Finds the regular expressions of TypeScript files, and reads the file of those that do linear work. */
import { join } from "node:path";
import { Visitor, parseSync } from "oxc-parser";
import recheck from "recheck/package.json" with { type: "json" };

export const SRC = new URL("../../src/", import.meta.url).pathname;
const FILE = Bun.file(join(import.meta.dir, "../regexes.json"));

const JUDGE = `recheck ${recheck.version}`;

export interface Regex {
  readonly pattern: string;
  readonly flags: string;
  /** Counted from 1. */
  readonly line: number;
}

export interface Found {
  readonly path: string;
  readonly literals: readonly Regex[];
  /** Lines that make an expression from text. It cannot be judged before it runs. */
  readonly constructed: readonly number[];
}

export function findRegexes(path: string, text: string): Found {
  const literals: Regex[] = [];
  const constructed: number[] = [];
  const lineOf = (start: number): number => text.slice(0, start).split("\n").length;
  const { program, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path} does not parse`);
  new Visitor({
    Literal(node) {
      if ("regex" in node) literals.push({ ...node.regex, line: lineOf(node.start) });
    },
    NewExpression({ callee }) {
      if (callee.type === "Identifier" && callee.name === "RegExp") constructed.push(lineOf(callee.start));
    },
    CallExpression({ callee }) {
      if (callee.type === "Identifier" && callee.name === "RegExp") constructed.push(lineOf(callee.start));
    },
  }).visit(program);
  return { path, literals, constructed };
}

/** The expressions of every file in a folder, in the order of the paths. */
export function regexesOf(folder: string): Promise<readonly Found[]> {
  const paths = [...new Bun.Glob("**/*.ts").scanSync(folder)].toSorted();
  return Promise.all(paths.map(async (path) => findRegexes(path, await Bun.file(folder + path).text())));
}

export function keyOf({ pattern, flags }: Regex): string {
  return `/${pattern}/${flags}`;
}

/** The expressions that are known to do linear work; none if another version of `recheck` judged them. */
export async function readLinear(): Promise<ReadonlySet<string>> {
  const { judge, linear }: { readonly judge: string; readonly linear: readonly string[] } = await FILE.json();
  return new Set(judge === JUDGE ? linear : []);
}

export async function writeLinear(expressions: ReadonlySet<string>): Promise<void> {
  await FILE.write(`${JSON.stringify({ judge: JUDGE, linear: [...expressions].toSorted() }, null, 2)}\n`);
}
