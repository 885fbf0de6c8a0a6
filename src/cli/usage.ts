/**
 * `ollama-proxy usage`: how many requests and tokens were used, from the history.
 *
 *     ollama-proxy usage                                  four tables
 *     ollama-proxy usage --by app --since 7d --json       {"since":"…","app":[UsageSum…]}
 *     ollama-proxy usage --by model --per day --json      the same for each day
 */
import {
  GROUPINGS,
  type Grouping,
  HistoryReader,
  SPAN_NAMES,
  type Span,
  type UsageSum,
  latestFile,
} from "../usage/report.ts";
import { historyFile, historyFolders } from "../usage/state-folder.ts";
import { type Options, UsageError } from "./args.ts";
import { print } from "./console.ts";
import { EXIT } from "./exit-code.ts";

const DEFAULT_GROUPINGS: readonly Grouping[] = ["model", "provider", "app", "day"];
const DEFAULT_SINCE = "30d";
const UNITS_MS: { readonly [unit: string]: number } = { h: 3_600_000, d: 86_400_000, w: 604_800_000 };

export function usage({ flags }: Options): Promise<number> {
  const since = parseSince(flags["since"] ?? DEFAULT_SINCE, Date.now());
  const groupings = flags["by"] === undefined ? DEFAULT_GROUPINGS : [oneOf("by", flags["by"], GROUPINGS)];
  const span = flags["per"] === undefined ? undefined : oneOf("per", flags["per"], SPAN_NAMES);
  const paths = historyFolders(process.env, process.platform).map(historyFile);
  const path = latestFile(paths);
  using reader = path === undefined ? undefined : new HistoryReader(path);
  const tables = groupings.map((by) => ({ by, sums: read(reader, by, span, since) }));
  if (flags["json"] !== undefined) {
    const sums = Object.fromEntries(tables.map((table) => [table.by, table.sums]));
    print(JSON.stringify({ since: new Date(since).toISOString(), ...sums }));
  } else if (path === undefined) {
    const places = paths.join(" and ") || "no file: the environment names no home directory";
    print(`There is no history yet; it begins with the first request for a model. Looked for ${places}`);
  } else {
    print(tables.map(({ by, sums }) => renderTable(by, span, sums)).join("\n\n"));
  }
  return Promise.resolve(EXIT.ok);
}

function read(
  reader: HistoryReader | undefined,
  by: Grouping,
  span: Span | undefined,
  since: number,
): readonly UsageSum[] {
  if (reader === undefined) return [];
  return span === undefined ? reader.sum(by, since) : reader.series(by, span, since);
}

function oneOf<T extends string>(flag: string, value: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined)
    throw new UsageError(`--${flag} must be one of ${choices.join(", ")}, got "${value}"`);
  return found;
}

/** Milliseconds since the Unix epoch. A date begins at midnight of the local time zone. */
function parseSince(text: string, nowMs: number): number {
  const [, amount, unit = ""] = /^(\d{1,5})([hdw])$/.exec(text) ?? [];
  if (amount !== undefined) return nowMs - Number(amount) * (UNITS_MS[unit] ?? 0);
  const date = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00`).getTime() : Number.NaN;
  if (Number.isNaN(date))
    throw new UsageError(
      `--since must be a date such as 2026-01-31, or an age such as 12h, 7d or 4w, got "${text}"`,
    );
  return date;
}

const NUMBERS = [
  ["requests", (sum) => whole(sum.requests)],
  ["failed", (sum) => whole(sum.failed)],
  ["input", (sum) => whole(sum.input)],
  ["cached", (sum) => whole(sum.cached)],
  ["output", (sum) => whole(sum.output)],
  ["first byte", (sum) => (sum.firstByteMs === null ? "" : `${(sum.firstByteMs / 1000).toFixed(2)} s`)],
  ["cost", (sum) => costOf(sum)],
  ["tokens/s", (sum) => sum.tokensPerSecond?.toFixed(1) ?? ""],
] as const satisfies readonly (readonly [string, (sum: UsageSum) => string])[];

/** The name is the last column, because it may be long. */
function renderTable(by: Grouping, span: Span | undefined, sums: readonly UsageSum[]): string {
  const spans = span === undefined ? [] : [[span, (sum: UsageSum) => sum.span] as const];
  const columns = [...spans, ...NUMBERS, [by, (sum: UsageSum) => plain(sum.name) || "(unknown)"] as const];
  const rows = [
    columns.map(([title]) => title),
    ...sums.map((sum) => columns.map(([, value]) => value(sum))),
  ];
  const widths = columns.map((_, index) => Math.max(...rows.map((row) => row[index]?.length ?? 0)));
  const last = columns.length - 1;
  return rows
    .map((row) =>
      row.map((cell, index) => (index === last ? cell : cell.padStart(widths[index] ?? 0))).join("  "),
    )
    .join("\n");
}

/** `+` says that the cost of some requests is not known. */
function costOf({ costUsd, unpriced }: UsageSum): string {
  if (costUsd === null) return unpriced === 0 ? "" : "unknown";
  return `$${costUsd.toFixed(costUsd < 1 ? 4 : 2)}${unpriced === 0 ? "" : "+"}`;
}

function whole(value: number): string {
  return value.toLocaleString("en-US");
}

/** Names come from clients. */
function plain(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}]+/gu, " ");
}
