/** The log's output: batches, their order, and an output that takes nothing. */
import { expect, test } from "bun:test";
import { LogOutput } from "../../src/cli/log-output.ts";

const LIMIT_MS = 1000;

/** An output that takes what it gets when `take` allows it. */
function outputThat(take: (text: string) => Promise<void>) {
  const written: string[] = [];
  const output = new LogOutput(() => ({
    write: async (text) => {
      await take(text);
      written.push(text);
    },
    flush: () => undefined,
  }));
  return { output, written };
}

test("writes the first line at once, and what follows in one batch", async () => {
  const { output, written } = outputThat(() => Promise.resolve());
  for (const line of ["a", "b", "c\n  d"]) output.write(line);
  await output.flush(LIMIT_MS);
  expect(written).toEqual(["a\n", "b\nc\n  d\n"]);
});

test("writes what follows without a flush", async () => {
  const second = Promise.withResolvers<void>();
  const { output, written } = outputThat((text) =>
    Promise.resolve(text === "b\n" ? second.resolve() : undefined),
  );
  output.write("a");
  output.write("b");
  await second.promise;
  await output.flush(LIMIT_MS);
  expect(written).toEqual(["a\n", "b\n"]);
});

test("keeps lines in order while the output is full, up to a limit, and says how many it dropped", async () => {
  const room = Promise.withResolvers<void>();
  const { output, written } = outputThat(() => room.promise);
  const dropped: number[] = [];
  output.onDropped((lines) => {
    dropped.push(lines);
    output.write(`dropped ${lines}`);
  });
  const lines = Array.from({ length: 50 }, (_, index) => String(index).padEnd(100_000, "."));
  for (const line of lines) output.write(line);
  await output.flush(0);
  expect(written).toEqual([]);
  room.resolve();
  await output.flush(LIMIT_MS);
  const [lost = 0] = dropped;
  expect(lost).toBeGreaterThan(0);
  expect(written.join("")).toBe([...lines.slice(0, lines.length - lost), `dropped ${lost}`, ""].join("\n"));
});

test("a batch that failed is written again, before what came later", async () => {
  let failures = 1;
  const { output, written } = outputThat(() =>
    failures-- > 0 ? Promise.reject(new Error("ENOSPC")) : Promise.resolve(),
  );
  output.write("a");
  output.write("b");
  await output.flush(LIMIT_MS);
  output.write("c");
  await output.flush(LIMIT_MS);
  expect(written.join("")).toBe("a\nb\nc\n");
});
