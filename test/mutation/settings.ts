/** The mutated files, and the tests that must detect the mutants. */

/** Folders and files below the root of the repository. */
export const MUTATED: readonly string[] = [
  "src/wire",
  "src/chat",
  "src/apis",
  "src/pipeline",
  "src/providers",
  "src/server",
];

export const TESTS = "test/**/*.test.ts";

export const DEFAULT_COUNT = 200;
export const DEFAULT_SEED = 1;
