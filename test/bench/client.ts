/**
 * A client that costs little: it writes prepared requests to a socket, and finds the end of a response without decoding its body. It reads
 * responses with a length, and chunked ones whose bodies have no carriage return.
 */
import type { Socket } from "bun";

const HEAD_END = Buffer.from("\r\n\r\n");
const LAST_CHUNK = "0\r\n\r\n";

export interface Answer {
  /** Milliseconds from the request to the first byte of the body, and to the last one. */
  readonly firstByteMs: number;
  readonly totalMs: number;
  /** Head and body, if the request was to keep them; else empty. */
  readonly text: string;
}

interface Pending extends PromiseWithResolvers<Answer> {
  readonly startedMs: number;
  readonly kept: Buffer[] | undefined;
  firstByteMs: number | undefined;
  onFirstByte: (() => void) | undefined;
  head: Buffer;
  /** Bytes of the body that are missing; undefined: the body is chunked. */
  missing: number | undefined;
  tail: string;
}

export class Connection {
  readonly #socket: Socket;
  #pending: Pending | undefined;

  static async open(port: number): Promise<Connection> {
    let connection: Connection | undefined;
    const socket = await Bun.connect({
      hostname: "127.0.0.1",
      port,
      socket: {
        data: (_, data) => connection?.read(data),
        close: () => connection?.fail(),
        error: () => connection?.fail(),
      },
    });
    connection = new Connection(socket);
    socket.setNoDelay(true);
    return connection;
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Rejects when the connection closes before the end of the response. */
  request(bytes: Buffer, keepsText = false): Promise<Answer> {
    const pending: Pending = {
      ...Promise.withResolvers<Answer>(),
      startedMs: performance.now(),
      kept: keepsText ? [] : undefined,
      firstByteMs: undefined,
      onFirstByte: undefined,
      head: Buffer.alloc(0),
      missing: undefined,
      tail: "",
    };
    this.#pending = pending;
    this.#socket.write(bytes);
    return pending.promise;
  }

  /** Resolves when the first byte of the body has arrived. The response continues. */
  begin(bytes: Buffer): Promise<void> {
    return new Promise((resolve, reject) => {
      this.request(bytes).catch(reject);
      if (this.#pending !== undefined) this.#pending.onFirstByte = resolve;
    });
  }

  close(): void {
    this.#socket.terminate();
  }

  read(data: Buffer): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    pending.kept?.push(Buffer.from(data));
    const body = pending.firstByteMs === undefined ? afterHead(pending, data) : data;
    if (body === undefined || body.length === 0) return;
    if (pending.firstByteMs === undefined) {
      pending.firstByteMs = performance.now() - pending.startedMs;
      pending.onFirstByte?.();
    }
    if (!isLast(pending, body)) return;
    this.#pending = undefined;
    pending.resolve({
      firstByteMs: pending.firstByteMs,
      totalMs: performance.now() - pending.startedMs,
      text: Buffer.concat(pending.kept ?? []).toString(),
    });
  }

  fail(): void {
    this.#pending?.reject(new Error("The connection was closed before the end of the response"));
    this.#pending = undefined;
  }
}

/** The bytes of the body in `data`; undefined while the head is incomplete. */
function afterHead(pending: Pending, data: Buffer): Buffer | undefined {
  const head = Buffer.concat([pending.head, data]);
  pending.head = head;
  const end = head.indexOf(HEAD_END);
  if (end === -1) return undefined;
  const length = /content-length: *(\d+)/i.exec(head.toString("latin1", 0, end))?.[1];
  pending.missing = length === undefined ? undefined : Number(length);
  return head.subarray(end + HEAD_END.length);
}

function isLast(pending: Pending, body: Buffer): boolean {
  if (pending.missing !== undefined) {
    pending.missing -= body.length;
    return pending.missing <= 0;
  }
  pending.tail = (pending.tail + body.toString("latin1", Math.max(0, body.length - LAST_CHUNK.length))).slice(
    -LAST_CHUNK.length,
  );
  return pending.tail === LAST_CHUNK;
}

/** The bytes of a request. `body` is sent as JSON; undefined: a GET. */
export function encodeRequest(path: string, body: object | undefined): Buffer {
  if (body === undefined) return Buffer.from(`GET ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n`);
  const json = JSON.stringify(body);
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\nuser-agent: bench\r\n` +
      `content-length: ${Buffer.byteLength(json)}\r\n\r\n${json}`,
  );
}
