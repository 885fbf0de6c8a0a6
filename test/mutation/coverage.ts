/** Records which test files run which lines, so that the tests most likely to detect a mutant run first. */
import { join } from "node:path";
import type { Mutant } from "./mutants.ts";
import type { Sandbox } from "./sandbox.ts";

/** Longer than any test file takes on a busy machine. */
const FILE_LIMIT_MS = 180_000;

interface Measured {
  readonly test: string;
  readonly ms: number;
  /** By source file: how often each line was run. Lines without code are absent. */
  readonly lines: ReadonlyMap<string, ReadonlyMap<number, number>>;
}

export class Coverage {
  readonly #measured: readonly Measured[];
  /** Detected mutants by source file and test file. */
  readonly #noticed = new Map<string, number>();

  private constructor(measured: readonly Measured[]) {
    this.#measured = measured;
  }

  /** Runs every test file alone. Throws `Error` when one fails, because it would detect every mutant. */
  static async measure(sandbox: Sandbox, tests: readonly string[]): Promise<Coverage> {
    const measured: Measured[] = [];
    for (const test of tests) measured.push(await measure(sandbox, test));
    return new Coverage(measured);
  }

  /** The time of all tests, one after the other. */
  get totalMs(): number {
    return this.#measured.reduce((sum, { ms }) => sum + ms, 0);
  }

  /** All test files. Those that run the mutant's line are first, beginning with those that detected mutants of the file before. */
  order({ file, line }: Mutant): readonly string[] {
    const rank = (entry: Measured): number => {
      if (!isRun(entry.lines.get(file), line)) return 0;
      return 1 + (this.#noticed.get(`${file} ${entry.test}`) ?? 0);
    };
    return this.#measured
      .map((entry) => ({ test: entry.test, rank: rank(entry), ms: entry.ms }))
      .toSorted((a, b) => b.rank - a.rank || a.ms - b.ms)
      .map(({ test }) => test);
  }

  noticed({ file }: Mutant, test: string): void {
    const key = `${file} ${test}`;
    this.#noticed.set(key, (this.#noticed.get(key) ?? 0) + 1);
  }
}

async function measure(sandbox: Sandbox, test: string): Promise<Measured> {
  const options = ["--coverage", "--coverage-reporter=lcov", "--coverage-dir=coverage"];
  const { result, output, ms } = await sandbox.run(
    [process.execPath, "test", `./${test}`, ...options],
    FILE_LIMIT_MS,
  );
  if (result !== "pass") throw new Error(`${test} fails without any mutant:\n${output.slice(-3000)}`);
  const report = Bun.file(join(sandbox.root, "coverage/lcov.info"));
  const lines = (await report.exists()) ? parseLcov(await report.text()) : new Map();
  if (await report.exists()) await report.delete();
  return { test, ms, lines };
}

function parseLcov(text: string): ReadonlyMap<string, ReadonlyMap<number, number>> {
  const files = new Map<string, Map<number, number>>();
  let current = new Map<number, number>();
  for (const line of text.split("\n")) {
    const [, key, value = ""] = /^(SF|DA):(.*)$/.exec(line) ?? [];
    if (key === "SF") {
      current = new Map();
      files.set(value, current);
    } else if (key === "DA") {
      const [number, count] = value.split(",").map(Number);
      current.set(number ?? 0, count ?? 0);
    }
  }
  return files;
}

/** A line without its own entry has the count of the line above. */
function isRun(counts: ReadonlyMap<number, number> | undefined, line: number): boolean {
  if (counts === undefined) return false;
  for (let at = line; at > 0; at -= 1) {
    const count = counts.get(at);
    if (count !== undefined) return count > 0;
  }
  return true;
}
