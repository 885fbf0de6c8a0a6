/** Sizes in messages: `256 MiB`, `1500 bytes`. */

const UNITS = [
  ["TiB", 1024 ** 4],
  ["MiB", 1024 ** 2],
  ["KiB", 1024],
] as const;

/** In the largest unit that gives a whole number of units. */
export function sizeInWords(bytes: number): string {
  const [unit, size] = UNITS.find(([, least]) => bytes >= least && bytes % least === 0) ?? ["bytes", 1];
  return `${bytes / size} ${unit}`;
}
