import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConfigWatch, watchConfig } from "../../src/config/watch.ts";

let directory: string;
let path: string;
let watch: ConfigWatch | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "watch-"));
  path = join(directory, "ollama-proxy.yaml");
});

afterEach(() => {
  watch?.close();
  rmSync(directory, { recursive: true });
});

function watchFor(file: string): Promise<void> {
  const changed = Promise.withResolvers<void>();
  watch = watchConfig(file, changed.resolve);
  return changed.promise;
}

test("tells of a file that was written over", async () => {
  writeFileSync(path, "port: 1");
  const changed = watchFor(path);
  writeFileSync(path, "port: 2");
  await changed;
});

test("tells of a file that was saved by rename, and of the next save too", async () => {
  writeFileSync(path, "port: 1");
  const calls = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let count = 0;
  watch = watchConfig(path, () => calls[count++]?.resolve());
  for (const [index, call] of calls.entries()) {
    writeFileSync(`${path}.new`, `port: ${index + 2}`);
    renameSync(`${path}.new`, path);
    await call.promise;
  }
  expect(count).toBe(2);
});

test("tells of a file that is created later", async () => {
  const changed = watchFor(path);
  writeFileSync(path, "port: 1");
  await changed;
});

test("tells of a file whose directory is created later", async () => {
  const later = join(directory, "later");
  const changed = watchFor(join(later, "ollama-proxy.yaml"));
  mkdirSync(later);
  writeFileSync(join(later, "ollama-proxy.yaml"), "port: 1");
  await changed;
});

test("tells of a change behind a link", async () => {
  if (process.platform === "win32") return;
  mkdirSync(join(directory, "elsewhere"));
  const target = join(directory, "elsewhere", "target.yaml");
  writeFileSync(target, "port: 1");
  symlinkSync(target, path);
  const changed = watchFor(path);
  writeFileSync(target, "port: 2");
  await changed;
});

test("a save without a change, a neighbour and a removal are not told", async () => {
  writeFileSync(path, "port: 1");
  const contents: string[] = [];
  const changed = Promise.withResolvers<void>();
  watch = watchConfig(path, () => {
    contents.push("changed");
    changed.resolve();
  });
  writeFileSync(path, "port: 1");
  writeFileSync(join(directory, "neighbour.yaml"), "port: 9");
  rmSync(path);
  writeFileSync(path, "port: 2");
  await changed.promise;
  expect(contents).toEqual(["changed"]);
});
