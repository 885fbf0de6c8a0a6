/**
 * Finds regular expressions whose work grows faster than their input.
 *
 * `recheck` uses automata theory if it can, and otherwise searches for bad inputs. Two rewrites make it fast without changing the growth:
 * - The alternatives of the whole pattern are judged one by one, because their work adds up.
 * - A bounded number of repeats of one character is lowered, because it multiplies the work by a constant.
 */
import { type AST, RegExpParser } from "@eslint-community/regexpp";
import { checkSync } from "recheck";
import type { Regex } from "./regexes.ts";

// The other backends are faster, but they need Java or a program for the system. The variable is read at the first check.
process.env["RECHECK_SYNC_BACKEND"] = "pure";

/** Only steps are limited, so that the result does not depend on the speed of the machine. */
const LIMITS = { timeout: null, incubationTimeout: null, attackTimeout: null };

/** Describes the growth of the expression's work; undefined when it is linear. */
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

const MAX_BOUND = 3;
const CHARACTERS: ReadonlySet<string> = new Set(["Character", "CharacterClass", "CharacterSet"]);

/** The source of a node, with large bounds of one character lowered. */
function print(node: AST.Node): string {
  if (node.type === "Quantifier" && CHARACTERS.has(node.element.type)) {
    if (node.max <= MAX_BOUND) return node.raw;
    const least = Math.min(node.min, MAX_BOUND - 1);
    const most = node.max === Infinity ? "" : String(MAX_BOUND);
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
