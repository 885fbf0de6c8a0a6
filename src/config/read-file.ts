/**
 * Reads the configuration and the files that it names: key files and certificates.
 *
 * Only regular files of bounded size are read. A pipe would block the program until another process writes to it, and a device
 * may never end.
 */
import {
  closeSync,
  constants,
  fstatSync,
  lstatSync,
  openSync,
  readlinkSync,
  readSync,
  statSync,
} from "node:fs";

const LIMIT_BYTES = 1024 * 1024;

interface FaultDetails {
  readonly cause?: unknown;
  readonly isMissing?: boolean;
}

/** The message is the end of a sentence, such as `it is a directory`. */
export class FileFault extends Error {
  override readonly name = "FileFault";
  /** The file does not exist. */
  readonly isMissing: boolean;

  constructor(message: string, { cause, isMissing = false }: FaultDetails = {}) {
    super(message, { cause });
    this.isMissing = isMissing;
  }
}

/** Never blocks. Throws `FileFault`. */
export function readBytes(path: string): Uint8Array {
  try {
    // Checked before opening, because opening some devices has an effect.
    checkKind(statSync(path));
    // A pipe that has replaced the file since the check must not block either. Windows has no such flag.
    const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      checkKind(fstatSync(descriptor));
      return readUpToLimit(descriptor);
    } finally {
      closeSync(descriptor);
    }
  } catch (error) {
    throw toFileFault(error, path);
  }
}

/** Throws `FileFault`. */
export function readText(path: string): string {
  const bytes = readBytes(path);
  try {
    const text = new TextDecoder(encodingOf(bytes), { fatal: true }).decode(bytes);
    if (!text.includes("\0")) return text;
  } catch (error) {
    throw new FileFault("it is not UTF-8 text; save it as UTF-8", { cause: error });
  }
  throw new FileFault("it contains null bytes; save it as UTF-8 text");
}

/** PowerShell's `>` and Windows' old Notepad write UTF-16 with a byte order mark; the decoder drops the mark. */
function encodingOf(bytes: Uint8Array): "utf-8" | "utf-16le" | "utf-16be" {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  return "utf-8";
}

interface FileKind {
  isFile(): boolean;
  isDirectory(): boolean;
  isFIFO(): boolean;
  isSocket(): boolean;
}

function checkKind(kind: FileKind): void {
  if (kind.isFile()) return;
  if (kind.isDirectory()) throw new FileFault("it is a directory");
  if (kind.isFIFO()) throw new FileFault("it is a pipe; expected a regular file");
  if (kind.isSocket()) throw new FileFault("it is a socket; expected a regular file");
  throw new FileFault("it is a device; expected a regular file");
}

/** Does not use the size that the system reports, because it is 0 for files under /proc. */
function readUpToLimit(descriptor: number): Uint8Array {
  const buffer = new Uint8Array(LIMIT_BYTES + 1);
  let length = 0;
  for (;;) {
    const count = readSync(descriptor, buffer, length, buffer.length - length, null);
    length += count;
    if (length > LIMIT_BYTES) throw new FileFault("it is larger than 1 MiB");
    if (count === 0) return buffer.slice(0, length);
  }
}

const EXPLANATIONS: { readonly [code: string]: string } = {
  EACCES: "permission is denied",
  EPERM: "permission is denied",
  ELOOP: "it is a symbolic link that points to itself",
};

function toFileFault(error: unknown, path: string): FileFault {
  if (error instanceof FileFault) return error;
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ENOENT" || code === "ENOTDIR") {
    const target = linkTarget(path);
    const message =
      target === undefined
        ? "it does not exist"
        : `it is a symbolic link to "${target}", which does not exist`;
    return new FileFault(message, { cause: error, isMissing: true });
  }
  return new FileFault(EXPLANATIONS[code] ?? `the system reports ${code || String(error)}`, { cause: error });
}

function linkTarget(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch {
    // The link has just been removed. The caller reports that the file does not exist.
    return undefined;
  }
}
