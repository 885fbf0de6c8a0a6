/** Parses the YAML of a configuration, and finds the position of a value in it. */
import {
  type Alias,
  type Document,
  type ErrorCode,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  parseDocument,
  visit,
  type YAMLMap,
} from "yaml";
import type { Problem } from "./error.ts";

/** Prevents a small file from using much memory. */
const MAX_ALIASES = 100;

export function readDocument(text: string): Document {
  // The library's pretty errors quote the line, including secrets in it.
  return parseDocument(text, { prettyErrors: false, stringKeys: true, merge: true, logLevel: "error" });
}

/** Replaces the library's messages, because those may quote the text. */
const EXPLANATIONS: { readonly [code in ErrorCode]?: string } = {
  BAD_ALIAS: "Expected a name after `*`; put a value that begins with `*` in quotes",
  BAD_DQ_ESCAPE:
    "Expected a valid escape sequence after the backslash; put text with backslashes in single quotes",
  BAD_INDENT: "Expected equal indentation of all keys of a mapping, and of all items of a list",
  BAD_SCALAR_START: "Expected quotes around a value that begins with this character",
  BLOCK_AS_IMPLICIT_KEY: "Expected one `key: value` on this line; put a value that contains `: ` in quotes",
  DUPLICATE_KEY: "Expected a unique key; this key is already set above",
  MISSING_CHAR: "Expected a closing quote or bracket, or `- ` and equal indentation for every list item",
  MULTILINE_IMPLICIT_KEY: "Expected `key: value` on one line, with a space after the colon",
  MULTIPLE_DOCS: "Expected one YAML document; remove the line `---` and everything before or after it",
  NON_STRING_KEY: "Expected a plain word as key",
  TAB_AS_INDENT: "Expected spaces; YAML does not allow tabs as indentation",
};

/** The problems that prevent reading the text. Only the first syntax error is reported: it often causes the ones after it. */
export function findSyntaxProblems(document: Document): readonly Problem[] {
  const duplicates = document.errors.filter((error) => error.code === "DUPLICATE_KEY");
  const others = document.errors.filter((error) => error.code !== "DUPLICATE_KEY");
  const problems = [...duplicates, ...others.slice(0, 1)].map((error) => ({
    offset: error.pos[0],
    message: EXPLANATIONS[error.code] ?? "Expected valid YAML; check indentation, colons and quotes",
  }));
  return [...problems, ...findMergeProblems(document), ...findAliasProblems(document)];
}

function findMergeProblems(document: Document): readonly Problem[] {
  const problems: Problem[] = [];
  visit(document, {
    Pair(_, pair) {
      if (!isScalar(pair.key) || pair.key.value !== "<<") return;
      const value = resolveAlias(document, pair.value);
      const sources = isSeq(value) ? value.items : [pair.value];
      if (sources.every((source) => isMap(resolveAlias(document, source)))) return;
      const offset = startOf(pair.value) ?? startOf(pair.key) ?? 0;
      problems.push({ offset, message: "Expected a mapping to merge, or a list of mappings" });
    },
  });
  return problems;
}

function findAliasProblems(document: Document): readonly Problem[] {
  const aliases: Alias[] = [];
  visit(document, { Alias: (_, alias) => void aliases.push(alias) });
  const problems = aliases.flatMap((alias) => {
    const message = explainAlias(alias, document);
    return message === undefined ? [] : [{ offset: alias.range?.[0] ?? 0, message }];
  });
  const first = aliases[0];
  if (first === undefined || problems.length > 0 || document.errors.length > 0 || expands(document))
    return problems;
  return [{ offset: first.range?.[0] ?? 0, message: `Expected at most ${MAX_ALIASES} uses of aliases` }];
}

function explainAlias(alias: Alias, document: Document): string | undefined {
  const target = alias.resolve(document);
  if (target === undefined)
    return "Expected an anchor for this alias above; put a value that begins with `*` in quotes";
  const [start = 0] = alias.range ?? [];
  const [from = 0, to = 0] = target.range ?? [];
  return from <= start && start < to ? "Expected an alias that does not contain itself" : undefined;
}

function expands(document: Document): boolean {
  try {
    toValue(document);
    return true;
  } catch (error) {
    if (error instanceof ReferenceError) return false;
    throw error;
  }
}

export function toValue(document: Document): unknown {
  const value: unknown = document.toJS({ maxAliasCount: MAX_ALIASES });
  return value;
}

/** The offset of the node at a path. If there is no such node, the offset of the nearest node around it. */
export function locate(document: Document, path: readonly unknown[], part: "key" | "value"): number {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const [depth, segment] of path.entries()) {
    const parent = resolveAlias(document, node);
    if (isSeq(parent)) {
      node = parent.items[Number(segment)];
    } else if (isMap(parent)) {
      const pair = findPair(parent, segment);
      const wantsKey = part === "key" && depth === path.length - 1;
      node = wantsKey ? pair?.key : pair?.value;
      // A key without a value still has a position.
      if (startOf(node) === undefined) node = pair?.key;
    } else {
      return offset;
    }
    offset = startOf(node) ?? offset;
  }
  return offset;
}

export function resolveAlias(document: Document, node: unknown): unknown {
  return isAlias(node) ? node.resolve(document) : node;
}

export function findPair(map: YAMLMap, key: unknown) {
  return map.items.find(
    (pair) => isPair(pair) && isScalar(pair.key) && String(pair.key.value) === String(key),
  );
}

function startOf(node: unknown): number | undefined {
  return isNode(node) ? node.range?.[0] : undefined;
}
