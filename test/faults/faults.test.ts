/** A sample of `faults.system.ts`: faults of a provider, as clients of each API see them. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { FaultTable, sampleOf } from "../support/hostile/cells.ts";
import { CLIENT_APIS } from "../support/hostile/client.ts";

const SAMPLE = sampleOf(200);

let table: FaultTable;
beforeAll(async () => {
  table = await FaultTable.start(SAMPLE);
});
afterAll(() => table[Symbol.asyncDispose]());

test("the sample has the intended size", () => {
  expect(new Set(SAMPLE).size).toBe(200);
});

test.each(CLIENT_APIS.map(({ path }) => path))("%s reports the faults of its provider", async (path) => {
  const cells = SAMPLE.filter(({ api }) => api.path === path);
  expect(cells.length).toBeGreaterThan(5);
  expect(await table.faultsOf(cells)).toEqual([]);
});
