/** Reads the history and adds it up for reports. */
import { Database } from "bun:sqlite";
import { existsSync, statSync } from "node:fs";
import { asHistoryError, migrate } from "./database.ts";

/** What the rows are grouped by, and the SQL for it. Days are those of the local time zone. */
const GROUPS = {
  model: "model",
  provider: "coalesce(provider, '')",
  // `Zed/1.2` and `Zed/1.3` are one app.
  app: "CASE WHEN instr(app, '/') > 0 THEN substr(app, 1, instr(app, '/') - 1) ELSE coalesce(app, '') END",
  key: "coalesce(key, '')",
  day: "date(started_at / 1000, 'unixepoch', 'localtime')",
  all: "''",
} as const;

/** The beginning of the span of time that a row belongs to. */
const SPANS = {
  hour: "strftime('%Y-%m-%dT%H:00', started_at / 1000, 'unixepoch', 'localtime')",
  day: GROUPS.day,
  month: "strftime('%Y-%m-01', started_at / 1000, 'unixepoch', 'localtime')",
  all: "''",
} as const;

export type Grouping = keyof typeof GROUPS;
export type Span = Exclude<keyof typeof SPANS, "all">;

export const GROUPINGS: readonly Grouping[] = ["model", "provider", "app", "key", "day", "all"];
export const SPAN_NAMES: readonly Span[] = ["hour", "day", "month"];

/** The sums of one group of requests. */
export interface UsageSum {
  /** The value that the rows share; empty: it is not known. */
  readonly name: string;
  /** The local date or time at which the span begins, `2026-01-31` or `2026-01-31T14:00`; empty without spans. */
  readonly span: string;
  readonly requests: number;
  /** Requests that ended with an error. Requests that the client canceled are not among them. */
  readonly failed: number;
  /** Tokens. */
  readonly input: number;
  /** Tokens of `input` that came from the provider's cache. */
  readonly cached: number;
  /** Tokens, with those of `reasoning`. */
  readonly output: number;
  readonly reasoning: number;
  /** In US dollars: the sum of the costs that are known; null: none is known. */
  readonly costUsd: number | null;
  /** Complete replies whose cost is not known. */
  readonly unpriced: number;
  /** The time to the first byte of complete replies, in milliseconds: median and 95th percentile; null: there is none. */
  readonly firstByteMs: number | null;
  readonly firstByteP95Ms: number | null;
  /** Output tokens per second of complete replies; null: there is none. */
  readonly tokensPerSecond: number | null;
}

/** Reads the history; writes no rows. */
export class HistoryReader implements Disposable {
  readonly #db: Database;
  /** `path` is a file that exists. Throws `HistoryError`. */
  constructor(path: string) {
    try {
      this.#db = new Database(path, { readwrite: true, create: false, strict: true });
      this.#db.run("PRAGMA busy_timeout = 2000");
      // An older version may have written the file last, or the program may have just created it.
      migrate(this.#db);
      this.#db.run("PRAGMA query_only = 1");
    } catch (error) {
      throw asHistoryError(error);
    }
  }

  /** The groups of the requests since then, the largest first; days in their order. Throws `HistoryError`. */
  sum(by: Grouping, sinceMs: number): readonly UsageSum[] {
    const order = by === "day" ? "name" : "input + output DESC, requests DESC, name";
    return this.#query(GROUPS[by], SPANS.all, order, sinceMs);
  }

  /** The groups of each span of time since then, in the order of time. */
  series(by: Grouping, span: Span, sinceMs: number): readonly UsageSum[] {
    return this.#query(GROUPS[by], SPANS[span], "span, name", sinceMs);
  }

  /** What requests with these properties cost since then, and their tokens. Absent properties have any value. Throws `HistoryError`. */
  spent(
    by: { readonly [column in "provider" | "model" | "app" | "key"]?: string | undefined },
    sinceMs: number,
  ) {
    const wanted = (["provider", "model", "app", "key"] as const).flatMap((column) => {
      const value = by[column];
      // Requests to an alias count for the model behind it too.
      const names = column === "model" ? `'[' || provider || ']-' || upstream_model, model` : GROUPS[column];
      return value === undefined ? [] : [{ sql: ` AND ? COLLATE NOCASE IN (${names})`, value }];
    });
    const sql = `SELECT coalesce(sum(cost_usd), 0) AS usd,
      coalesce(sum(coalesce(input_tokens, 0) + coalesce(output_tokens, 0)), 0) AS tokens
      FROM requests WHERE started_at >= ?${wanted.map((one) => one.sql).join("")}`;
    type Row = { readonly usd: number; readonly tokens: number };
    try {
      const query = this.#db.query<Row, (string | number)[]>(sql);
      return query.get(Math.round(sinceMs), ...wanted.map(({ value }) => value)) ?? { usd: 0, tokens: 0 };
    } catch (error) {
      throw asHistoryError(error);
    }
  }

  #query(name: string, span: string, order: string, sinceMs: number): readonly UsageSum[] {
    const sql = `
      WITH chosen AS (
        SELECT *, ${name} AS name, ${span} AS span, outcome = 'complete' AND coalesce(output_tokens, 0) > 0 AS is_reply,
          total_ms - first_byte_ms AS streamed_ms
        FROM requests WHERE started_at >= ?1
      ), ranked AS (
        SELECT name, span, first_byte_ms, row_number() OVER (PARTITION BY name, span ORDER BY first_byte_ms) AS place,
          count(*) OVER (PARTITION BY name, span) AS amount
        FROM chosen WHERE is_reply AND first_byte_ms IS NOT NULL
      ), times AS (
        SELECT name, span, max(iif(place = (amount + 1) / 2, first_byte_ms, NULL)) AS median,
          max(iif(place = (amount * 95 + 99) / 100, first_byte_ms, NULL)) AS p95
        FROM ranked GROUP BY name, span
      )
      SELECT name, span, count(*) AS requests, sum(outcome = 'failed') AS failed,
        coalesce(sum(input_tokens), 0) AS input, coalesce(sum(cached_tokens), 0) AS cached,
        coalesce(sum(output_tokens), 0) AS output, coalesce(sum(reasoning_tokens), 0) AS reasoning,
        sum(cost_usd) AS costUsd, sum(is_reply AND cost_usd IS NULL) AS unpriced,
        max(median) AS firstByteMs, max(p95) AS firstByteP95Ms,
        round(1000.0 * sum(iif(is_reply, output_tokens, 0))
          / nullif(sum(iif(is_reply, iif(streamed_ms > 0, streamed_ms, total_ms), 0)), 0), 1) AS tokensPerSecond
      FROM chosen LEFT JOIN times USING (name, span)
      GROUP BY name, span ORDER BY ${order}`;
    try {
      return this.#db.query<UsageSum, [number]>(sql).all(Math.round(sinceMs));
    } catch (error) {
      throw asHistoryError(error);
    }
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}

/** The file that was written last; undefined: there is none. */
export function latestFile(paths: readonly string[]): string | undefined {
  const found = paths.filter((path) => existsSync(path));
  return found.toSorted((a, b) => statSync(b).mtimeMs - statSync(a).mtimeMs)[0];
}
