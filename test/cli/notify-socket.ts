/** Receives the messages of sd_notify on a unix datagram socket. Uses libc, because Bun has no such sockets. */
import { dlopen, FFIType, ptr } from "bun:ffi";

const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const MSG_DONTWAIT = 0x40;

export class NotifySocket implements Disposable {
  readonly #libc = openLibc();
  readonly #descriptor = this.#libc.socket(AF_UNIX, SOCK_DGRAM, 0);

  /** `name` is a path, or an abstract name after an `@`. */
  constructor(name: string) {
    const text = name.startsWith("@") ? `\0${name.slice(1)}` : `${name}\0`;
    const address = Buffer.concat([Buffer.from([AF_UNIX, 0]), Buffer.from(text)]);
    if (this.#libc.bind(this.#descriptor, ptr(address), address.length) !== 0)
      throw new Error(`Cannot bind ${name}`);
  }

  /** All messages received so far. */
  received(): readonly string[] {
    const messages: string[] = [];
    const buffer = Buffer.alloc(4096);
    for (;;) {
      const length = Number(this.#libc.recv(this.#descriptor, ptr(buffer), buffer.length, MSG_DONTWAIT));
      if (length < 0) return messages;
      messages.push(buffer.toString("utf8", 0, length));
    }
  }

  [Symbol.dispose](): void {
    this.#libc.close(this.#descriptor);
  }
}

function openLibc() {
  return dlopen("libc.so.6", {
    socket: { args: [FFIType.i32, FFIType.i32, FFIType.i32], returns: FFIType.i32 },
    bind: { args: [FFIType.i32, FFIType.ptr, FFIType.u32], returns: FFIType.i32 },
    recv: { args: [FFIType.i32, FFIType.ptr, FFIType.u64, FFIType.i32], returns: FFIType.i64 },
    close: { args: [FFIType.i32], returns: FFIType.i32 },
  }).symbols;
}
