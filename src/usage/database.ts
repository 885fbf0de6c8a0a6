/** The database of the history: opening, schema, writing and retention. All calls are synchronous and short. */
import { Database, SQLiteError } from "bun:sqlite";
import { chmodSync, closeSync, existsSync, mkdirSync, openSync, renameSync } from "node:fs";
import { dirname } from "node:path";
import { COLUMNS, type HistoryRow } from "./row.ts";

/** What is kept. Older rows are deleted. */
export interface Retention {
  readonly keepDays: number;
  readonly maxMegabytes: number;
}

/** The history cannot be used. The message is for users. */
export class HistoryError extends Error {
  override readonly name = "HistoryError";
  /** `busy`: another program is writing; the same call may succeed later. `newer`: the file belongs to a newer version. */
  readonly kind: "busy" | "newer" | "other";

  constructor(kind: HistoryError["kind"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** Each entry leads from one version of the schema, its index, to the next. An entry that was released never changes. */
const MIGRATIONS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE requests (
      id TEXT NOT NULL, started_at INTEGER NOT NULL, app TEXT, key TEXT, path TEXT NOT NULL, model TEXT NOT NULL, provider TEXT,
      upstream_model TEXT, mode TEXT, attempts INTEGER NOT NULL, status INTEGER, outcome TEXT NOT NULL, first_byte_ms INTEGER,
      total_ms INTEGER, input_tokens INTEGER, output_tokens INTEGER, cached_tokens INTEGER, reasoning_tokens INTEGER,
      is_estimated INTEGER NOT NULL
    )`,
    "CREATE INDEX requests_started_at ON requests (started_at)",
  ],
  ["ALTER TABLE requests ADD COLUMN cost_usd REAL", "ALTER TABLE requests ADD COLUMN cost_source TEXT"],
];

const DAY_MS = 86_400_000;
/** Most rows that one call deletes, so that it does not block for long. */
const MAX_DELETED = 5000;

export class HistoryDatabase {
  readonly #db: Database;
  readonly #path: string;
  readonly #insert: (rows: readonly HistoryRow[]) => void;

  private constructor(db: Database, path: string) {
    this.#db = db;
    this.#path = path;
    const insert = db.query<void, (string | number | null)[]>(
      `INSERT INTO requests (${COLUMNS.join(", ")}) VALUES (${COLUMNS.map(() => "?").join(", ")})`,
    );
    this.#insert = db.transaction((rows: readonly HistoryRow[]) => {
      for (const row of rows) insert.run(...COLUMNS.map((column) => row[column]));
    });
  }

  /**
   * Opens the file for writing and creates it with mode 0600 when it is missing. Moves a file that is no database aside, to
   * `<path>.corrupt`, and begins a new one; `onCorrupt` then gets that path. Throws `HistoryError`.
   */
  static open(path: string, onCorrupt: (movedTo: string) => void): HistoryDatabase {
    try {
      return HistoryDatabase.#open(path);
    } catch (error) {
      if (!isCorrupt(error)) throw asHistoryError(error);
    }
    try {
      onCorrupt(moveAside(path));
      return HistoryDatabase.#open(path);
    } catch (error) {
      throw asHistoryError(error);
    }
  }

  static #open(path: string): HistoryDatabase {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // SQLite gives its other files the mode of this one.
    closeSync(openSync(path, "a", 0o600));
    chmodSync(path, 0o600);
    const db = new Database(path, { readwrite: true, strict: true });
    try {
      // Waiting would block every request.
      db.run("PRAGMA busy_timeout = 0");
      db.run("PRAGMA auto_vacuum = INCREMENTAL");
      db.run("PRAGMA journal_mode = WAL");
      db.run("PRAGMA synchronous = NORMAL");
      migrate(db);
      return new HistoryDatabase(db, path);
    } catch (error) {
      db.close();
      throw error;
    }
  }

  /** Whether the file was removed. What is written then is lost. */
  get isRemoved(): boolean {
    return !existsSync(this.#path);
  }

  /** Writes the rows in one transaction. Throws `HistoryError`; then none is written. */
  write(rows: readonly HistoryRow[]): void {
    try {
      this.#insert(rows);
    } catch (error) {
      throw isCorrupt(error) ? this.#abandon() : asHistoryError(error);
    }
  }

  /** Deletes some of the rows that are not kept any more. Returns whether more remain. Throws `HistoryError`. */
  prune({ keepDays, maxMegabytes }: Retention, nowMs: number): boolean {
    try {
      const tooOld = this.#delete("WHERE started_at < ?", Math.round(nowMs - keepDays * DAY_MS));
      const surplus = this.#bytes() > maxMegabytes * 1_000_000 ? this.#tenth() : 0;
      const tooMany = surplus === 0 ? 0 : this.#delete("WHERE ? IS NOT NULL", 0, surplus);
      if (tooOld + tooMany > 0) this.#db.run("PRAGMA incremental_vacuum");
      return tooOld === MAX_DELETED || tooMany > 0;
    } catch (error) {
      throw asHistoryError(error);
    }
  }

  /** Frees the file. Without another program that reads it, all rows are then in one file. */
  close(): void {
    this.#db.close();
  }

  /** A tenth of the rows, at least one. */
  #tenth(): number {
    const rows = this.#db.query<{ readonly amount: number }, []>("SELECT count(*) AS amount FROM requests");
    return Math.min(MAX_DELETED, Math.ceil((rows.get()?.amount ?? 0) / 10));
  }

  #delete(where: string, value: number, most = MAX_DELETED): number {
    const oldest = `SELECT rowid FROM requests ${where} ORDER BY started_at LIMIT ${most}`;
    return this.#db.run(`DELETE FROM requests WHERE rowid IN (${oldest})`, [value]).changes;
  }

  #bytes(): number {
    const pages = this.#db.query<{ readonly bytes: number }, []>(
      "SELECT (page_count - freelist_count) * page_size AS bytes FROM pragma_page_count, pragma_freelist_count, pragma_page_size",
    );
    return pages.get()?.bytes ?? 0;
  }

  #abandon(): HistoryError {
    this.#db.close();
    return new HistoryError("other", `the file is damaged; it was moved to ${moveAside(this.#path)}`);
  }
}

/** Brings the schema up to date. Throws `HistoryError` for the file of a newer version. */
export function migrate(db: Database): void {
  const found = versionOf(db);
  if (found > MIGRATIONS.length)
    throw new HistoryError("newer", "the file was written by a newer version of ollama-proxy");
  if (found === MIGRATIONS.length) return;
  db.transaction(() => {
    // Another process may have done it in between.
    for (const statements of MIGRATIONS.slice(versionOf(db))) for (const sql of statements) db.run(sql);
    db.run(`PRAGMA user_version = ${MIGRATIONS.length}`);
  }).immediate();
}

/** 0: the database is empty. */
function versionOf(db: Database): number {
  return db.query<{ readonly user_version: number }, []>("PRAGMA user_version").get()?.user_version ?? 0;
}

/** Returns the new path. Keeps one such file. */
function moveAside(path: string): string {
  const movedTo = `${path}.corrupt`;
  renameSync(path, movedTo);
  for (const suffix of ["-wal", "-shm"]) {
    if (existsSync(path + suffix)) renameSync(path + suffix, movedTo + suffix);
  }
  return movedTo;
}

function isCorrupt(error: unknown): boolean {
  return error instanceof SQLiteError && /^SQLITE_(?:CORRUPT|NOTADB)/.test(error.code ?? "");
}

export function asHistoryError(error: unknown): HistoryError {
  if (error instanceof HistoryError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof SQLiteError ? (error.code ?? "") : "";
  const kind = /^SQLITE_(?:BUSY|LOCKED)/.test(code) ? "busy" : "other";
  return new HistoryError(kind, message, { cause: error });
}
