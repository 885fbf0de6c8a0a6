/** Finds the process that listens on a port. */
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { readOutput } from "../processes.ts";

export interface PortOwner {
  /** Undefined when the system does not tell. */
  readonly processId: number | undefined;
  /** The command line, or the name of the program. */
  readonly program: string | undefined;
  /** The user that the process runs as. */
  readonly user: string | undefined;
}

/** Undefined when no process listens on the port. */
export function findPortOwner(port: number): PortOwner | undefined {
  const find = FINDERS[process.platform];
  return find?.(port);
}

const FINDERS: { readonly [platform in NodeJS.Platform]?: (port: number) => PortOwner | undefined } = {
  linux: findInProc,
  darwin: (port) => {
    const output = readOutput("lsof", "-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-FpcL");
    const field = (letter: string): string | undefined =>
      output
        ?.split("\n")
        .find((line) => line.startsWith(letter))
        ?.slice(1);
    const processId = field("p");
    return processId === undefined
      ? undefined
      : { processId: Number(processId), program: field("c"), user: field("L") };
  },
  win32: (port) => {
    const lines = (readOutput("netstat.exe", "-ano", "-p", "tcp") ?? "").split(/\r?\n/);
    const line = lines.find((row) => /\bLISTENING\b/.test(row) && row.includes(`:${port} `));
    const processId = line?.trim().split(/\s+/).at(-1);
    if (processId === undefined) return undefined;
    const task = readOutput("tasklist.exe", "/fi", `PID eq ${processId}`, "/fo", "csv", "/nh");
    return { processId: Number(processId), program: task?.split('"')[1], user: undefined };
  },
};

interface Socket {
  readonly inode: string;
  readonly userId: string;
}

function findInProc(port: number): PortOwner | undefined {
  const sockets = ["/proc/net/tcp", "/proc/net/tcp6"].flatMap((file) => readSockets(file, port));
  const [first] = sockets;
  if (first === undefined) return undefined;
  const user = userName(first.userId);
  const links = new Set(sockets.map(({ inode }) => `socket:[${inode}]`));
  for (const processId of list("/proc").filter((name) => /^\d+$/.test(name))) {
    const folder = `/proc/${processId}/fd`;
    if (!list(folder).some((descriptor) => links.has(readLink(`${folder}/${descriptor}`)))) continue;
    const command = read(`/proc/${processId}/cmdline`).replaceAll("\0", " ").trim();
    return { processId: Number(processId), program: command === "" ? undefined : command, user };
  }
  // The processes of other users are hidden.
  return { processId: undefined, program: undefined, user };
}

/** The listening sockets of proc(5): `sl local_address rem_address st … uid timeout inode`. */
function readSockets(file: string, port: number): readonly Socket[] {
  const suffix = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return read(file)
    .split("\n")
    .flatMap((line) => {
      const [, local = "", , state, , , , userId = "", , inode = ""] = line.trim().split(/\s+/);
      return state === "0A" && local.endsWith(suffix) ? [{ inode, userId }] : [];
    });
}

function userName(userId: string): string {
  const line = read("/etc/passwd")
    .split("\n")
    .find((row) => row.split(":")[2] === userId);
  return line?.split(":")[0] ?? userId;
}

function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function list(path: string): readonly string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function readLink(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
