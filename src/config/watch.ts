/**
 * Reports changes of a file's content. It works however an editor saves the file, and follows symbolic links.
 *
 * Directories are watched instead of files, because an editor that saves by renaming replaces the watched file. The watched
 * directories are those of the file and of each symbolic link on its path.
 */
import { type FSWatcher, lstatSync, readlinkSync, type Stats, unwatchFile, watch, watchFile } from "node:fs";
import { basename, join, parse, resolve, sep } from "node:path";
import { FileFault, readBytes } from "./read-file.ts";

/** Editors write in several steps. The file is read this long after the last one. */
const SETTLE_MS = 100;
const POLL_MS = 1000;
/** The limit of Linux. */
const MAX_LINKS = 40;

export interface ConfigWatch {
  readonly close: () => void;
}

/** Calls `onChange` after the content changed or the file was created, not after it was removed. */
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
    // A new watch may have missed a change, so compare again until there is none.
    if (directories.update()) settle();
    const current = readContent(file);
    if (current === undefined || current === content) return;
    content = current;
    onChange();
  }

  directories.update();
  // The file may have changed before the watch began.
  settle();
  return {
    close: () => {
      isClosed = true;
      clearTimeout(timer);
      directories.close();
    },
  };
}

/** A hash of the content; undefined when there is no file. An unreadable file gives its fault, so that the fault is reported. */
function readContent(file: string): string | undefined {
  try {
    return String(Bun.hash(readBytes(file)));
  } catch (error) {
    if (!(error instanceof FileFault)) throw error;
    return error.isMissing ? undefined : error.message;
  }
}

/** The watches on the directories of one path. They are updated when links or directories are replaced. */
class DirectoryWatches {
  readonly #file: string;
  readonly #onEvent: () => void;
  readonly #watchers = new Map<string, FSWatcher>();
  #isPolling = false;

  constructor(file: string, onEvent: () => void) {
    this.#file = file;
    this.#onEvent = onEvent;
  }

  /** Returns whether a watch was added. Never throws. */
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
        // The event for a removed directory has its own name. A new directory may get the same inode number.
        if (name === basename(directory)) this.#forget(key);
        else if (name !== null && !names.has(fold(name))) return;
        this.#onEvent();
      });
      watcher.on("error", () => this.#poll());
      this.#watchers.set(key, watcher);
    } catch {
      // The file system has no notifications, or the system's limit of watches is reached.
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
  /** The entries to watch, folded. */
  readonly names: Set<string>;
}

/** Windows and macOS report a name as it is stored. It may differ from the configured one in case and composition. */
function fold(name: string): string {
  return name.normalize("NFC").toLowerCase();
}

/** The key changes when a directory is replaced, and when other names in it are watched. */
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

/** Every symbolic link on a path, and the last entry that exists or should exist. */
function walk(path: string): readonly Entry[] {
  const found: Entry[] = [];
  let rest = splitPath(path);
  let directory = parse(path).root;
  for (let links = 0; links <= MAX_LINKS;) {
    const [name, ...others] = rest;
    if (name === undefined) return found;
    const entry = join(directory, name);
    const stats = look(entry);
    const target = stats?.isSymbolicLink() === true ? readLink(entry) : undefined;
    const isEnd = stats === undefined || others.length === 0;
    // Links in the root belong to the system, and watching the root is expensive on macOS.
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
    // A parent is not a directory, or access is denied.
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
