/**
 * Finds faults of the source that no test detects:
 *
 *     bun run test:mutants [--count 200] [--seed 1] [--jobs 1] [--only src/file.ts[:line]]
 *
 * Exits with 1 when a mutant survives that README.md does not explain.
 */
import { parseArgs } from "node:util";
import { Coverage } from "./coverage.ts";
import { describe, readExplained } from "./explained.ts";
import { type Mutant, mutantsOf } from "./mutants.ts";
import { Sandbox } from "./sandbox.ts";
import { DEFAULT_COUNT, DEFAULT_SEED, MUTATED, TESTS } from "./settings.ts";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: String(DEFAULT_COUNT) },
    seed: { type: "string", default: String(DEFAULT_SEED) },
    jobs: { type: "string", default: String(navigator.hardwareConcurrency) },
    only: { type: "string" },
  },
});

type Verdict = "killed" | "timeout" | "type error" | "explained" | "survived";

const TYPECHECK_LIMIT_MS = 120_000;

async function allMutants(root: string): Promise<readonly Mutant[]> {
  const mutants: Mutant[] = [];
  for (const place of MUTATED) {
    const files = place.endsWith(".ts") ? [place] : [...new Bun.Glob(`${place}/**/*.ts`).scanSync(root)];
    if (files.length === 0) throw new Error(`settings.ts names ${place}, where no source is`);
    for (const file of files.toSorted())
      mutants.push(...mutantsOf(file, await Bun.file(`${root}/${file}`).text()));
  }
  return mutants;
}

/** A seed always gives the same mutants, even if lines move. A change of the source changes only its own mutants. */
function choose(mutants: readonly Mutant[]): readonly Mutant[] {
  if (values.only !== undefined) {
    const [file = "", line] = values.only.split(":");
    return mutants.filter(
      (mutant) => mutant.file.endsWith(file) && (line === undefined || mutant.line === Number(line)),
    );
  }
  return mutants
    .map((mutant) => ({ mutant, order: Bun.hash.wyhash(`${values.seed} ${describe(mutant)}`) }))
    .toSorted((a, b) => (a.order < b.order ? -1 : 1))
    .slice(0, Number(values.count))
    .map(({ mutant }) => mutant);
}

async function judge(mutant: Mutant, sandbox: Sandbox, coverage: Coverage): Promise<Verdict> {
  const original = await sandbox.read(mutant.file);
  await sandbox.write(mutant.file, mutant.source);
  try {
    const tests = coverage.order(mutant).map((test) => `./${test}`);
    const limitMs = 30_000 + 4 * coverage.totalMs;
    const { result, output } = await sandbox.run([process.execPath, "test", "--bail", ...tests], limitMs);
    if (result === "timeout") return "timeout";
    if (result === "fail") {
      // The failed file is the last one in the output.
      const failed = [...output.matchAll(/^(\S+\.test\.ts):$/gm)].at(-1)?.[1];
      if (failed !== undefined) coverage.noticed(mutant, failed);
      return "killed";
    }
    const typecheck = await sandbox.run([process.execPath, "x", "tsc"], TYPECHECK_LIMIT_MS);
    if (typecheck.result !== "pass") return "type error";
    return explained.has(describe(mutant)) ? "explained" : "survived";
  } finally {
    await sandbox.write(mutant.file, original);
  }
}

async function work(sandbox: Sandbox, queue: Mutant[], coverage: Coverage): Promise<void> {
  for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
    const verdict = await judge(mutant, sandbox, coverage);
    counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
    const place = `${mutant.file}:${mutant.line}`;
    console.log(`${verdict.padEnd(10)} ${place}`);
    if (verdict === "survived" || verdict === "explained") console.log(`${describe(mutant)}\n`);
  }
}

const explained = await readExplained();
const counts = new Map<Verdict, number>();
const sandboxes = await Promise.all(Array.from({ length: Number(values.jobs) }, () => Sandbox.create()));
try {
  const [first] = sandboxes;
  if (first === undefined) throw new Error("--jobs must be 1 or more");
  const tests = [...new Bun.Glob(TESTS).scanSync(first.root)].toSorted();
  const all = await allMutants(first.root);
  const chosen = choose(all);
  if (chosen.length === 0) throw new Error("The options choose no mutant");
  console.log(`${chosen.length} of ${all.length} mutants; measuring ${tests.length} test files`);
  const coverage = await Coverage.measure(first, tests);
  const queue = [...chosen];
  await Promise.all(sandboxes.map((sandbox) => work(sandbox, queue, coverage)));
  console.log([...counts].map(([verdict, count]) => `${count} ${verdict}`).join(", "));
} finally {
  await Promise.all(sandboxes.map((sandbox) => sandbox[Symbol.asyncDispose]()));
}
if (counts.has("survived")) process.exitCode = 1;
