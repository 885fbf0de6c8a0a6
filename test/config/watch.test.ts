import { afterEach, beforeEach, expect, test } from "bun:test";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
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

test("reports a file that was overwritten", async () => {
  writeFileSync(path, "port: 1");
  const changed = watchFor(path);
  writeFileSync(path, "port: 2");
  await changed;
});

test("reports a file that was saved by renaming, and the next save too", async () => {
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

test("reports a file that is created later", async () => {
  const changed = watchFor(path);
  writeFileSync(path, "port: 1");
  await changed;
});

test("reports a file whose directory is created later", async () => {
  const later = join(directory, "later");
  const changed = watchFor(join(later, "ollama-proxy.yaml"));
  mkdirSync(later);
  writeFileSync(join(later, "ollama-proxy.yaml"), "port: 1");
  await changed;
});

/** Replaces a link atomically, like package managers and clusters. */
function point(link: string, target: string): void {
  symlinkSync(target, `${link}.new`);
  renameSync(`${link}.new`, link);
}

function write(name: string, text: string): void {
  const file = join(directory, name);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

/** Each step changes the file at the end of the path. The next step runs after the previous one was reported. */
const LINKS: { readonly [what: string]: readonly (() => void)[] } = {
  "a target that is written over, twice": [
    () => write("dotfiles/a.yaml", "port: 2"),
    () => write("dotfiles/a.yaml", "port: 3"),
  ],
  "a target that is saved by rename": [
    () => {
      write("dotfiles/new", "port: 2");
      renameSync(join(directory, "dotfiles/new"), join(directory, "dotfiles/a.yaml"));
    },
    () => write("dotfiles/a.yaml", "port: 3"),
  ],
  "a link that leads elsewhere now, and its new target": [
    () => {
      write("other/b.yaml", "port: 2");
      point(path, "other/b.yaml");
    },
    () => write("other/b.yaml", "port: 3"),
  ],
  "a link to a link": [
    () => {
      write("deep/c.yaml", "port: 2");
      point(join(directory, "dotfiles/a.yaml"), "../deep/c.yaml");
    },
    () => write("deep/c.yaml", "port: 3"),
  ],
  "a link that becomes a file": [
    () => {
      rmSync(path);
      write("ollama-proxy.yaml", "port: 2");
    },
    () => write("ollama-proxy.yaml", "port: 3"),
  ],
  "a file that becomes a link": [
    () => {
      write("plain.yaml", "port: 2");
      renameSync(join(directory, "plain.yaml"), path);
    },
    () => {
      write("dotfiles/a.yaml", "port: 3");
      point(path, "dotfiles/a.yaml");
    },
    () => write("dotfiles/a.yaml", "port: 4"),
  ],
  "a directory that is replaced": [
    () => {
      rmSync(join(directory, "dotfiles"), { recursive: true });
      write("dotfiles/a.yaml", "port: 2");
    },
    () => write("dotfiles/a.yaml", "port: 3"),
  ],
};

test.if(process.platform !== "win32").each(Object.keys(LINKS))("reports %s", async (what) => {
  write("dotfiles/a.yaml", "port: 1");
  symlinkSync("dotfiles/a.yaml", path);
  await tellsOf(LINKS[what] ?? [], path);
});

test.if(process.platform !== "win32")(
  "tells of a linked directory that is replaced, as clusters do it",
  async () => {
    write("1/ollama-proxy.yaml", "port: 1");
    symlinkSync("1", join(directory, "data"));
    const steps = [
      () => {
        write("2/ollama-proxy.yaml", "port: 2");
        point(join(directory, "data"), "2");
      },
      () => write("2/ollama-proxy.yaml", "port: 3"),
    ];
    await tellsOf(steps, join(directory, "data", "ollama-proxy.yaml"));
  },
);

async function tellsOf(steps: readonly (() => void)[], file: string): Promise<void> {
  let told = Promise.withResolvers<void>();
  watch = watchConfig(file, () => told.resolve());
  for (const step of steps) {
    told = Promise.withResolvers();
    step();
    await told.promise;
  }
}

test("reports an unreadable file once", async () => {
  writeFileSync(path, "port: 1");
  const changed = watchFor(path);
  rmSync(path);
  mkdirSync(path);
  await changed;
});

test("a save in many steps is reported once, when it is complete", async () => {
  writeFileSync(path, "port: 1");
  const told: string[] = [];
  const complete = Promise.withResolvers<void>();
  watch = watchConfig(path, () => {
    told.push(readFileSync(path, "utf8"));
    complete.resolve();
  });
  for (let step = 0; step < 8; step += 1) {
    writeFileSync(path, "#".repeat(step));
    // File events and timers that are due run before this.
    await new Promise((resolve) => setTimeout(resolve));
  }
  writeFileSync(path, "port: 2");
  await complete.promise;
  expect(told).toEqual(["port: 2"]);
});

test("a save without a change, another file and a removal are not reported", async () => {
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
