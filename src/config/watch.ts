/**
 * Tells when the content of a file has changed, in whatever way an editor saves it, and wherever links lead.
 *
 * Directories are watched rather than files, because saving by rename leaves a watched file behind. Watched is every
 * directory with an entry that decides what the path leads to: the file's own, and that of each link on the way.
 */
import { type FSWatcher, lstatSync, readlinkSync, type Stats, unwatchFile, watch, watchFile } from "node:fs";
import { basename, join, parse, resolve, sep } from "node:path";
import { FileFault, readBytes } from "./read-file.ts";

/** Editors write in several steps; this long after the last one they are done. */
const SETTLE_MS = 100;
const POLL_MS = 1000;
/** As many as Linux follows. */
const MOST_LINKS = 40;

export interface ConfigWatch {
  readonly close: () => void;
}

/** Calls `onChange` after the content changed or the file came to be; a file that is gone is no change. */
export function watchConfig(path: string, onChange: () => void): ConfigWatch {
  const file = resolve(path);
  const directories = new DirectoryWatches(file, settle);
  let content = readContent(file);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isClosed = false;

  function settle(): void {
    clearTimeout(timer);
    if (!isClosed) timer = setTimeout(compare, SETTLE_MS);
  }
  function compare(): void {
    // Until a look finds nothing new to watch, something may have changed unseen.
    if (directories.update()) settle();
    const current = readContent(file);
    if (current === undefined || current === content) return;
    content = current;
    onChange();
  }

  directories.update();
  // Whatever happened before the watch was in place.
  settle();
  return {
    close: () => {
      isClosed = true;
      clearTimeout(timer);
      directories.close();
    },
  };
}

/** Stands for the content; undefined when there is none. What cannot be read is a content too, so that its fault is told. */
function readContent(file: string): string | undefined {
  try {
    return String(Bun.hash(readBytes(file)));
  } catch (error) {
    if (!(error instanceof FileFault)) throw error;
    return error.isMissing ? undefined : error.message;
  }
}

/** The watches on the directories that matter for one path. They follow when links or directories are replaced. */
class DirectoryWatches {
  readonly #file: string;
  readonly #onEvent: () => void;
  readonly #watchers = new Map<string, FSWatcher>();
  #isPolling = false;

  constructor(file: string, onEvent: () => void) {
    this.#file = file;
    this.#onEvent = onEvent;
  }

  /** Whether there was something new to watch. Never throws. */
  update(): boolean {
    const wanted = findEntries(this.#file);
    for (const key of this.#watchers.keys()) if (!wanted.has(key)) this.#forget(key);
    const missing = [...wanted].filter(([key]) => !this.#watchers.has(key));
    for (const [key, entries] of missing) this.#watch(key, entries);
    return missing.some(([key]) => this.#watchers.has(key));
  }

  close(): void {
    for (const key of this.#watchers.keys()) this.#forget(key);
    unwatchFile(this.#file, this.#onEvent);
  }

  #watch(key: string, { directory, names }: Entries): void {
    try {
      const watcher = watch(directory, (_, name) => {
        // A directory that is removed is told under its own name. A new one may get the same inode number.
        if (name === basename(directory)) this.#forget(key);
        else if (name !== null && !names.has(fold(name))) return;
        this.#onEvent();
      });
      watcher.on("error", () => this.#poll());
      this.#watchers.set(key, watcher);
    } catch {
      // The file system has no notifications, or the limit of watches is reached.
      this.#poll();
    }
  }

  #forget(key: string): void {
    this.#watchers.get(key)?.close();
    this.#watchers.delete(key);
  }

  #poll(): void {
    if (!this.#isPolling) watchFile(this.#file, { interval: POLL_MS }, this.#onEvent);
    this.#isPolling = true;
  }
}

interface Entries {
  readonly directory: string;
  /** Those whose change matters, folded. */
  readonly names: Set<string>;
}

/** Windows and macOS tell a name as it is stored, which may differ from the configured one in case and composition. */
function fold(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

/** By what is unlike when a directory is replaced, or when other names in it matter. */
function findEntries(file: string): ReadonlyMap<string, Entries> {
  const entries = new Map<string, Entries>();
  for (const { directory, name } of walk(file)) {
    const known = entries.get(directory) ?? { directory, names: new Set<string>() };
    known.names.add(fold(name));
    entries.set(directory, known);
  }
  return new Map(
    [...entries.values()].map((entry) => {
      const id = look(entry.directory)?.ino;
      return [[entry.directory, id, ...[...entry.names].toSorted()].join("\0"), entry];
    }),
  );
}

interface Entry {
  readonly directory: string;
  readonly name: string;
}

/** The entries that decide what a path leads to: every link, and the last thing that is there or should be. */
function walk(path: string): readonly Entry[] {
  const found: Entry[] = [];
  let rest = splitPath(path);
  let directory = parse(path).root;
  for (let links = 0; links <= MOST_LINKS;) {
    const [name, ...others] = rest;
    if (name === undefined) return found;
    const entry = join(directory, name);
    const stats = look(entry);
    const target = stats?.isSymbolicLink() === true ? readLink(entry) : undefined;
    const isEnd = stats === undefined || others.length === 0;
    // Links in the root belong to the system, and to watch the root costs much on macOS.
    const isOfSystem = !isEnd && directory === parse(directory).root;
    if ((isEnd || target !== undefined) && !isOfSystem) found.push({ directory, name });
    if (stats === undefined) return found;
    if (target === undefined) {
      directory = entry;
      rest = others;
    } else {
      links += 1;
      const next = resolve(directory, target);
      directory = parse(next).root;
      rest = [...splitPath(next), ...others];
    }
  }
  return found;
}

function splitPath(path: string): readonly string[] {
  return path
    .slice(parse(path).root.length)
    .split(sep)
    .filter((part) => part !== "");
}

function look(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch {
    // Something on the way is no directory, or must not be entered.
    return undefined;
  }
}

function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
