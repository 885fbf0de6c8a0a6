/**
 * Reports the state of the service to systemd: sd_notify(3), a datagram to the socket in `NOTIFY_SOCKET`.
 *
 * Uses libc, because Bun has no unix datagram sockets. Never throws: the program must run even if systemd cannot be notified.
 */
import { dlopen, FFIType, ptr } from "bun:ffi";

const SYMBOLS = {
  socket: { args: [FFIType.i32, FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  sendto: {
    args: [FFIType.i32, FFIType.ptr, FFIType.u64, FFIType.i32, FFIType.ptr, FFIType.u32],
    returns: FFIType.i64,
  },
  close: { args: [FFIType.i32], returns: FFIType.i32 },
  clock_gettime: { args: [FFIType.i32, FFIType.ptr], returns: FFIType.i32 },
} as const;

const LIBRARIES = ["libc.so.6", `libc.musl-${process.arch === "arm64" ? "aarch64" : "x86_64"}.so.1`];

const AF_UNIX = 1;
const SOCK_DGRAM_CLOEXEC = 0o2000002;
const MSG_NOSIGNAL = 0x4000;
const CLOCK_MONOTONIC = 1;

export type ServiceState = "READY" | "RELOADING" | "STOPPING";

/** Returns the error message; undefined on success, and when no systemd has started the program. */
export function notifySystemd(state: ServiceState, status: string): string | undefined {
  const socketPath = process.env["NOTIFY_SOCKET"];
  if (socketPath === undefined || socketPath === "" || process.platform !== "linux") return undefined;
  try {
    const libc = openLibrary();
    const time = state === "RELOADING" ? `MONOTONIC_USEC=${readMonotonicUs(libc)}\n` : "";
    send(libc, socketPath, `${state}=1\n${time}STATUS=${status}\n`);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

type Library = ReturnType<typeof dlopen<typeof SYMBOLS>>["symbols"];

function openLibrary(): Library {
  let failure: unknown;
  for (const name of LIBRARIES) {
    try {
      return dlopen(name, SYMBOLS).symbols;
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

function send(libc: Library, path: string, text: string): void {
  // A path that begins with @ is abstract: it begins with a zero byte instead, and has no zero byte at its end.
  const name = path.startsWith("@") ? `\0${path.slice(1)}` : `${path}\0`;
  const address = Buffer.concat([Buffer.from(Uint16Array.of(AF_UNIX).buffer), Buffer.from(name)]);
  const message = Buffer.from(text);
  const descriptor = libc.socket(AF_UNIX, SOCK_DGRAM_CLOEXEC, 0);
  if (descriptor < 0) throw new Error("cannot open a socket");
  const sent = libc.sendto(
    descriptor,
    ptr(message),
    message.length,
    MSG_NOSIGNAL,
    ptr(address),
    address.length,
  );
  libc.close(descriptor);
  if (Number(sent) !== message.length) throw new Error(`no process listens on "${path}"`);
}

/** The clock that systemd compares with. Bun's own clock starts with the process. */
function readMonotonicUs(libc: Library): bigint {
  const time = new BigInt64Array(2);
  libc.clock_gettime(CLOCK_MONOTONIC, ptr(time));
  return (time[0] ?? 0n) * 1_000_000n + (time[1] ?? 0n) / 1000n;
}
