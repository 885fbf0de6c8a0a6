/** The table of the results, and the bounds that the project promises. */
/** The names of the rows, their titles, and the digits after the point. */
const ROWS = [
  ["bulk", "µs CPU per event, one event per chunk", 2],
  ["batched", "µs CPU per event, 50 events per chunk", 2],
  ["paced", "µs CPU per event, 100 streams, an event every 5 ms", 1],
  ["rate", "requests per second, 32 parallel", 0],
  ["cpu", "µs CPU per request", 0],
  ["coldCpu", "µs CPU per request, first 1,500", 0],
  ["json", "ms per reply that is not streamed", 2],
  ["firstByte", "ms to the first byte of a stream", 2],
  ["idleMb", "MB resident, idle", 0],
  ["busyMb", "MB resident, after the run", 0],
  ["streamKb", "KB per open stream, first 1,000", 0],
  ["furtherKb", "KB per further open stream, up to 5,000", 0],
  ["start", "ms from start to first response, 10 models", 0],
  ["startMany", "ms from start to first response, 10,000 models", 0],
  ["tags", "ms per `/api/tags`, 10,000 models", 1],
  ["shows", "ms for 300 `/api/show`", 0],
  ["diskMb", "MB on disk", 0],
] as const;

type RowName = (typeof ROWS)[number][0];

export type Values = { readonly [row in RowName]?: number };

/** The values of each target, by its name. */
export type Results = ReadonlyMap<string, Values>;

/** A table in Markdown. Rows without a value are left out. */
export function renderTable(results: Results): string {
  const columns = [...results.values()];
  const rows = ROWS.filter(([row]) => columns.some((values) => values[row] !== undefined)).map(
    ([row, title, digits]) => [title, ...columns.map((values) => format(values[row], digits))],
  );
  const lines = [["", ...results.keys()], ["---", ...columns.map(() => "---")], ...rows];
  return lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function format(value: number | undefined, digits: number): string {
  return value === undefined || Number.isNaN(value) ? "–" : value.toFixed(digits);
}

interface Bound {
  readonly row: RowName;
  /** What the value may be, given the floor and the direct request. */
  readonly limit: (floor: number, direct: number) => number;
  readonly words: string;
  /** The value must not be lower. */
  readonly isLeast?: boolean;
}

const BOUNDS: readonly Bound[] = [
  { row: "bulk", limit: (floor) => 1.3 * floor, words: "1.3 × floor" },
  { row: "batched", limit: (floor) => 1.3 * floor, words: "1.3 × floor" },
  { row: "paced", limit: (floor) => 1.15 * floor, words: "1.15 × floor" },
  { row: "rate", limit: (floor) => 0.7 * floor, words: "0.7 × floor", isLeast: true },
  { row: "cpu", limit: (floor) => 1.5 * floor, words: "1.5 × floor" },
  { row: "coldCpu", limit: (floor) => 2 * floor, words: "2 × floor" },
  {
    row: "json",
    limit: (floor, direct) => direct + 1.5 * (floor - direct),
    words: "adds 1.5 × what floor adds",
  },
  {
    row: "firstByte",
    limit: (floor, direct) => direct + 1.5 * (floor - direct),
    words: "adds 1.5 × what floor adds",
  },
  { row: "idleMb", limit: () => 45, words: "45 MB" },
  { row: "busyMb", limit: () => 90, words: "90 MB" },
  { row: "furtherKb", limit: () => 30, words: "30 KB" },
  { row: "start", limit: () => 40, words: "40 ms" },
  { row: "startMany", limit: () => 40, words: "40 ms" },
];

/** A relay may cost no more than a translation. The factor is for noise. */
const RELAY_FACTOR = 1.05;
const RELAY_ROWS = ["bulk", "batched", "paced", "rate", "cpu", "coldCpu", "json", "firstByte"] as const;

interface Checked {
  readonly text: string;
  readonly isMet: boolean;
}

export function checkBounds(results: Results): readonly Checked[] {
  const ours = results.get("ours") ?? {};
  const floor = results.get("floor") ?? {};
  const direct = results.get("direct") ?? {};
  const own = BOUNDS.map(({ row, limit, words, isLeast = false }) => {
    const bound = limit(floor[row] ?? Number.NaN, direct[row] ?? 0);
    return compare(row, ours[row], { bound, isLeast, words });
  });
  const relayed = [...results].flatMap(([name, values]) =>
    name.includes("relay")
      ? RELAY_ROWS.map((row) => {
          const isLeast = row === "rate";
          const bound = (ours[row] ?? Number.NaN) * (isLeast ? 1 / RELAY_FACTOR : RELAY_FACTOR);
          return compare(row, values[row], { bound, isLeast, words: `${name}: no dearer than translating` });
        })
      : [],
  );
  return [...own, ...relayed].flat();
}

/** Nothing for a value that was not measured. */
function compare(
  row: RowName,
  value: number | undefined,
  { bound, isLeast, words }: { readonly bound: number; readonly isLeast: boolean; readonly words: string },
): readonly Checked[] {
  if (value === undefined) return [];
  const [, title, digits] = ROWS.find(([name]) => name === row) ?? [row, row, 0];
  const isMet = isLeast ? value >= bound : value <= bound;
  const numbers = `${format(value, digits)}, ${isLeast ? "at least" : "at most"} ${format(bound, digits)}`;
  return [{ text: `${isMet ? "holds   " : "EXCEEDED"}  ${title}: ${numbers} (${words})`, isMet }];
}
