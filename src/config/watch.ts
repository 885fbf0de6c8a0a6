/**
 * Tells when the content of a file has changed, in whatever way an editor saves it.
 *
 * The directory is watched rather than the file, because saving by rename leaves a watched file behind.
 */
import { type FSWatcher, lstatSync, readFileSync, unwatchFile, watch, watchFile } from "node:fs";
import { basename, dirname, resolve } from "node:path";

/** Editors write in several steps; this long after the last one they are done. */
const SETTLE_MS = 100;
const POLL_MS = 1000;

export interface ConfigWatch {
  readonly close: () => void;
}

/** Calls `onChange` after the content changed or the file came to be; a file that is gone is no change. */
export function watchConfig(path: string, onChange: () => void): ConfigWatch {
  const file = resolve(path);
  let content = readContent(file);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let watcher: FSWatcher | undefined;
  let closed = false;

  const compare = (): void => {
    const current = readContent(file);
    if (current === undefined || current === content) return;
    content = current;
    onChange();
  };
  const settle = (): void => {
    clearTimeout(timer);
    if (!closed) timer = setTimeout(compare, SETTLE_MS);
  };
  const poll = (): void => {
    watcher?.close();
    if (!closed) watchFile(file, { interval: POLL_MS }, settle);
  };

  const watchDirectory = (): void => {
    try {
      watcher = watch(dirname(file), (_, name) => {
        if (name === null || name === basename(file)) settle();
      });
      watcher.on("error", poll);
    } catch {
      // No such directory yet, or a file system without notifications.
      poll();
    }
  };

  // The target of a link changes in another directory.
  if (isLink(file)) poll();
  else watchDirectory();
  // Whatever happened before the watch was in place.
  settle();

  return {
    close: () => {
      closed = true;
      clearTimeout(timer);
      watcher?.close();
      unwatchFile(file, settle);
    },
  };
}

function readContent(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return undefined;
  }
}

function isLink(file: string): boolean {
  return lstatSync(file, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}
