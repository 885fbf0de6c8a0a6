/**
 * Finds regular expressions whose work grows faster than their input.
 *
 * `recheck` decides by automata theory where it can and by a search for bad inputs elsewhere. Two rewrites keep it fast and change
 * nothing about growth: the alternatives of the whole pattern are judged one by one, because their work adds up, and a bounded
 * number of repeats of one character is lowered, because it multiplies the work by a constant.
 */
import { type AST, RegExpParser } from "@eslint-community/regexpp";
import { checkSync } from "recheck";
import type { Regex } from "./regexes.ts";

// Its own program for each system, and Java, are faster and not everywhere; this is read at the first check.
process.env["RECHECK_SYNC_BACKEND"] = "pure";

/** Counted in steps alone, so that the verdict does not depend on the machine. */
const LIMITS = { timeout: null, incubationTimeout: null, attackTimeout: null };

/** What is wrong with the growth of the expression's work; undefined when it is linear. */
export function findGrowth({ pattern, flags }: Regex): string | undefined {
  for (const part of reduced(pattern, flags)) {
    const found = checkSync(part, flags, LIMITS);
    if (found.status === "vulnerable") return found.complexity.summary;
    if (found.status === "unknown") return `unknown (${found.error.kind})`;
  }
  return undefined;
}

/** The alternatives of the pattern, without large bounds. */
function reduced(pattern: string, flags: string): readonly string[] {
  const { alternatives } = new RegExpParser().parsePattern(pattern, 0, pattern.length, {
    unicode: flags.includes("u"),
    unicodeSets: flags.includes("v"),
  });
  return alternatives.map((alternative) => print(alternative));
}

const LARGEST_BOUND = 3;
const CHARACTERS: ReadonlySet<string> = new Set(["Character", "CharacterClass", "CharacterSet"]);

/** The source of a node, large bounds of one character lowered. */
function print(node: AST.Node): string {
  if (node.type === "Quantifier" && CHARACTERS.has(node.element.type)) {
    if (node.max <= LARGEST_BOUND) return node.raw;
    const least = Math.min(node.min, LARGEST_BOUND - 1);
    const most = node.max === Infinity ? "" : String(LARGEST_BOUND);
    const isPlain = node.max === Infinity && node.min <= 1;
    return isPlain ? node.raw : `${node.element.raw}{${least},${most}}${node.greedy ? "" : "?"}`;
  }
  const children = childrenOf(node);
  let text = "";
  let at = node.start;
  for (const child of children) {
    text += node.raw.slice(at - node.start, child.start - node.start) + print(child);
    at = child.end;
  }
  return text + node.raw.slice(at - node.start);
}

function childrenOf(node: AST.Node): readonly AST.Node[] {
  if (node.type === "Alternative") return node.elements;
  if (node.type === "Quantifier") return [node.element];
  return "alternatives" in node ? node.alternatives : [];
}
