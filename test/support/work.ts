/**
 * Counts the work of a piece of code in this process: the characters that JSON, text and pattern functions go through, and the elements
 * that list functions go through. The count does not depend on the machine, so a test can compare it between inputs of different size.
 */

/** `this` of a counted method. */
interface Sized {
  readonly length: number;
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

let work = 0;

function sizeOf(value: unknown): number {
  return typeof value === "string" || Array.isArray(value) ? value.length : 1;
}

/** Functions that go through all of `this`, which is a text or a list. */
const OF_THIS: readonly (readonly [owner: object, names: readonly string[]])[] = [
  [
    String.prototype,
    [
      "includes",
      "match",
      "matchAll",
      "normalize",
      "replace",
      "replaceAll",
      "split",
      "toLowerCase",
      "trim",
      "trimEnd",
      "trimStart",
    ],
  ],
  [
    Array.prototype,
    [
      "concat",
      "every",
      "filter",
      "find",
      "findIndex",
      "flatMap",
      "forEach",
      "includes",
      "indexOf",
      "join",
      "map",
      "reduce",
      "some",
      "toSorted",
    ],
  ],
];

/** Functions that go through their first argument. */
const OF_ARGUMENT: readonly (readonly [owner: object, names: readonly string[]])[] = [
  [String.prototype, ["startsWith", "endsWith"]],
  [JSON, ["parse"]],
];

/** Functions whose result has the size of their work. */
const OF_RESULT: readonly (readonly [owner: object, names: readonly string[]])[] = [
  [String.prototype, ["slice", "toWellFormed"]],
  [JSON, ["stringify"]],
  [Object, ["entries", "keys", "values"]],
];

/** Searches that begin at their second argument, and go on to their result. */
function searchedLength(text: Sized, args: readonly unknown[], found: unknown): number {
  const from = typeof args[1] === "number" ? args[1] : 0;
  return (typeof found === "number" && found >= 0 ? found : text.length) - from;
}

/** A global expression continues where it stopped, and functions such as `replaceAll` call it for each match. */
function searchedByPattern(self: unknown, [text]: readonly unknown[]): number {
  return self instanceof RegExp && self.global ? 1 : sizeOf(text);
}

/** The work of `run`, which may be asynchronous. What else runs at the same time is counted too. */
export async function countWork(run: () => unknown): Promise<number> {
  const restore = [
    ...replaceAll(OF_THIS, (self) => sizeOf(self)),
    ...replaceAll(OF_ARGUMENT, (_, [first]) => sizeOf(first)),
    ...replaceAll([[RegExp.prototype, ["exec", "test"]]], searchedByPattern),
    ...replaceAll(OF_RESULT, (_self, _args, result) => sizeOf(result)),
    replace(String.prototype, "indexOf", (self, args, result) =>
      searchedLength({ length: sizeOf(self) }, args, result),
    ),
  ];
  work = 0;
  try {
    await run();
  } finally {
    for (const undo of restore) undo();
  }
  return work;
}

type Measure = (self: unknown, args: readonly unknown[], result: unknown) => number;

function replaceAll(
  groups: readonly (readonly [owner: object, names: readonly string[]])[],
  measure: Measure,
): readonly (() => void)[] {
  return groups.flatMap(([owner, names]) => names.map((name) => replace(owner, name, measure)));
}

function replace(owner: object, name: string, measure: Measure): () => void {
  const descriptor = Object.getOwnPropertyDescriptor(owner, name);
  const original: Method = descriptor?.value;
  const counted: Method = function counted(...args) {
    const result = Reflect.apply(original, this, args);
    work += measure(this, args, result);
    return result;
  };
  Object.defineProperty(owner, name, { ...descriptor, value: counted });
  return () => void Object.defineProperty(owner, name, descriptor ?? {});
}
