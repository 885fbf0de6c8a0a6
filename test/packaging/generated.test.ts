/** Files that are made from the source are up to date. `UPDATE=1 bun test generated` writes them. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { optionTable } from "../../packaging/schema/option-table.ts";

const ROOT = join(import.meta.dir, "../..");
const UPDATES = process.env["UPDATE"] !== undefined && process.env["CI"] === undefined;

test("the README has the table of the catalogue of options", async () => {
  const file = Bun.file(join(ROOT, "README.md"));
  const text = await file.text();
  const [, table = ""] = /^## Provider options\n[^|]+^((?:\|.*\n)+)/m.exec(text) ?? [];
  expect(table).not.toBe("");
  if (UPDATES) await file.write(text.replace(table, () => optionTable()));
  else expect(table).toBe(optionTable());
});
