/** What was spent before the program started, for its limits. */
import { existsSync } from "node:fs";
import type { FindSpent } from "../pipeline/spending.ts";
import type { Log } from "../runtime.ts";

const NOTHING = { usd: 0, tokens: 0 };

/** Reads the history at `path` when it is called. A history that cannot be read is a warning, and counts as empty. */
export async function openSpent(path: string | undefined, log: Log): Promise<FindSpent> {
  if (path === undefined || !existsSync(path)) return () => NOTHING;
  const { HistoryReader } = await import("./report.ts");
  return (limit, sinceMs) => {
    try {
      using reader = new HistoryReader(path);
      return reader.spent(limit, sinceMs);
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      log("warn", "Cannot read the history; a limit begins to count now", { file: path, cause });
      return NOTHING;
    }
  };
}
