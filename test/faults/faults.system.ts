/** Every fault of a provider, on every route, in every mode. `faults.test.ts` runs a sample. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { CELLS, FaultTable } from "../support/hostile/cells.ts";

let table: FaultTable;
beforeAll(async () => {
  table = await FaultTable.start(CELLS);
});
afterAll(() => table[Symbol.asyncDispose]());

test("the table has thousands of cells", () => {
  expect(CELLS.length).toBeGreaterThan(2000);
  expect(new Set(CELLS.map(({ name }) => name)).size).toBe(CELLS.length);
});

const byFault = Map.groupBy(CELLS, ({ fault }) => fault.name);

test.each([...byFault])("%s", async (_name, cells) => {
  expect(await table.faultsOf(cells)).toEqual([]);
});
