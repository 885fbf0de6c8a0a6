/** Makes mutants of a source file: copies with one small fault each, which a test should detect. */
import { type Expression, Visitor, type VisitorObject, parseSync } from "oxc-parser";

export interface Mutant {
  /** Path from the root of the repository. */
  readonly file: string;
  /** The line of the first changed character, counted from 1. */
  readonly line: number;
  /** The whole changed lines, without their indentation. */
  readonly before: string;
  readonly after: string;
  /** The whole mutated file. */
  readonly source: string;
}

interface Span {
  readonly start: number;
  readonly end: number;
}

interface Edit extends Span {
  readonly text: string;
}

const EQUALITIES: ReadonlySet<string> = new Set(["===", "!=="]);

const OPERATORS: ReadonlyMap<string, string> = new Map([
  ["<", "<="],
  ["<=", "<"],
  [">", ">="],
  [">=", ">"],
  ["===", "!=="],
  ["!==", "==="],
  ["-", "+"],
  ["*", "/"],
  ["/", "*"],
  ["%", "*"],
]);

/** Every mutant of the file, from top to bottom. Throws `Error` when the source does not parse. */
export function mutantsOf(file: string, source: string): readonly Mutant[] {
  const { program, errors } = parseSync(file, source);
  if (errors.length > 0) throw new Error(`${file} does not parse: ${errors[0]?.message}`);
  const edits: Edit[] = [];
  const skipped: Span[] = [];
  new Visitor({
    ...conditionChanges(source, edits),
    ...statementRemovals(edits),
    ...constantChanges(edits),
    ...skips(skipped),
  }).visit(program);
  return edits
    .filter(({ start, end }) => !skipped.some((span) => span.start <= start && end <= span.end))
    .toSorted((a, b) => a.start - b.start)
    .map((chosen) => apply(chosen, file, source));
}

function conditionChanges(source: string, edits: Edit[]): VisitorObject {
  const textOf = ({ start, end }: Span): string => source.slice(start, end);
  const negate = (test: Expression): void => {
    // Other conditions are negated by the change of their operator.
    const isNegatedAnyway =
      test.type === "UnaryExpression" || (test.type === "BinaryExpression" && EQUALITIES.has(test.operator));
    if (!isNegatedAnyway) edits.push(edit(test, `!(${textOf(test)})`));
  };
  return {
    IfStatement: ({ test }) => negate(test),
    ConditionalExpression: ({ test }) => negate(test),
    // Not negated, because a negated loop rarely ends.
    WhileStatement: ({ test }) => void edits.push(edit(test, "false")),
    ForStatement: ({ test }) => {
      if (test !== null) edits.push(edit(test, "false"));
    },
    BinaryExpression: ({ left, right, operator }) => {
      const other = OPERATORS.get(operator);
      if (other !== undefined) edits.push(edit(between(left, right), ` ${other} `));
    },
    LogicalExpression: (node) => {
      const { operator, left, right } = node;
      if (operator === "??") edits.push(edit(node, textOf(left)));
      else edits.push(edit(between(left, right), operator === "&&" ? " || " : " && "));
    },
    MemberExpression: ({ object, optional, property, computed }) => {
      if (optional) edits.push(edit(between(object, property), computed ? "[" : "."));
    },
    UnaryExpression: ({ start, operator }) => {
      if (operator === "!") edits.push(edit({ start, end: start + 1 }, ""));
    },
  };
}

function statementRemovals(edits: Edit[]): VisitorObject {
  const remove = (node: Span): void => void edits.push(edit(node, ";"));
  return {
    ExpressionStatement: remove,
    BreakStatement: remove,
    ContinueStatement: remove,
    ThrowStatement: remove,
    ReturnStatement: (node) => {
      if (node.argument === null) remove(node);
    },
  };
}

function constantChanges(edits: Edit[]): VisitorObject {
  return {
    Literal: (node) => {
      const { value } = node;
      if (typeof value === "boolean") edits.push(edit(node, String(!value)));
      else if (typeof value === "number") edits.push(edit(node, String(changed(value))));
      else if (typeof value === "string" && value !== "") edits.push(edit(node, '""'));
    },
    TemplateLiteral: (node) => void edits.push(edit(node, '""')),
  };
}

/** Skips module names and types, because the type checker detects faults in them. */
function skips(skipped: Span[]): VisitorObject {
  const skip = ({ start, end }: Span): void => void skipped.push({ start, end });
  return {
    ImportDeclaration: skip,
    ImportExpression: skip,
    ExportNamedDeclaration: ({ source }) => {
      if (source !== null) skip(source);
    },
    TSInterfaceDeclaration: skip,
    TSTypeAliasDeclaration: skip,
    TSTypeAnnotation: skip,
    TSTypeParameterInstantiation: skip,
    TSSatisfiesExpression: ({ typeAnnotation }) => skip(typeAnnotation),
  };
}

function edit({ start, end }: Span, text: string): Edit {
  return { start, end, text };
}

function between(left: Span, right: Span): Span {
  return { start: left.end, end: right.start };
}

/** A small number is a count. A large one is a limit, and no test needs its exact value. */
function changed(number: number): number {
  return number <= 16 ? number + 1 : number * 10;
}

function apply({ start, end, text }: Edit, file: string, source: string): Mutant {
  const lineStart = source.lastIndexOf("\n", start - 1) + 1;
  const after = source.indexOf("\n", end);
  const lineEnd = after === -1 ? source.length : after;
  return {
    file,
    line: source.slice(0, start).split("\n").length,
    before: tidy(source.slice(lineStart, lineEnd)),
    after: tidy(source.slice(lineStart, start) + text + source.slice(end, lineEnd)),
    source: source.slice(0, start) + text + source.slice(end),
  };
}

function tidy(lines: string): string {
  return lines
    .split("\n")
    .map((line) => line.trim())
    .join("\n");
}
