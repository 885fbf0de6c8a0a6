/**
 * A client that gets all bytes of a reply, also when its connection breaks. `fetch` may lose the last bytes then.
 */

export interface ReceivedReply {
  /** Its body is complete in memory. */
  readonly response: Response;
  /** The connection broke before the end of the reply. */
  readonly isBroken: boolean;
}

/** Sends the body with POST. */
export function receive(url: string, body: string): Promise<ReceivedReply> {
  return startReceiving(url, body).reply;
}

/** `begun` resolves with the first bytes of the reply. */
export function startReceiving(
  url: string,
  body: string,
): { readonly begun: Promise<void>; readonly reply: Promise<ReceivedReply> } {
  const { hostname, port, host, pathname } = new URL(url);
  const begun = Promise.withResolvers<void>();
  const done = Promise.withResolvers<ReceivedReply>();
  const reader = new ReplyReader();
  const head = [
    `POST ${pathname} HTTP/1.1`,
    `Host: ${host}`,
    `User-Agent: Bun/${Bun.version}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ].join("\r\n");
  let unsent: Uint8Array = Buffer.from(`${head}\r\n\r\n${body}`);
  const send = (socket: Bun.Socket): void => {
    unsent = unsent.subarray(Math.max(0, socket.write(unsent)));
  };
  const connected = Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      open: send,
      drain: send,
      data(socket, bytes) {
        begun.resolve();
        if (!reader.push(bytes)) return;
        done.resolve({ response: reader.response(), isBroken: false });
        socket.terminate();
      },
      close() {
        try {
          done.resolve({ response: reader.response(), isBroken: true });
        } catch (error) {
          done.reject(error);
        }
      },
    },
  });
  connected.catch(done.reject);
  return { begun: begun.promise, reply: done.promise };
}

/** The reply to `receive`, whether its connection broke or not. */
export async function received(url: string, body: object): Promise<Response> {
  const { response } = await receive(url, JSON.stringify(body));
  return response;
}

interface Head {
  readonly status: number;
  readonly headers: Headers;
  /** Bytes, with the empty line at its end. */
  readonly size: number;
}

const LAST_CHUNK = "0\r\n\r\n";

/** Reads one response of HTTP/1.1, with a length or in chunks. */
class ReplyReader {
  readonly #pieces: Uint8Array[] = [];
  #size = 0;
  /** The last characters. */
  #tail = "";
  #head: Head | undefined;

  /** Returns whether the response is complete. */
  push(bytes: Uint8Array): boolean {
    this.#pieces.push(bytes.slice());
    this.#size += bytes.length;
    const last = Buffer.from(bytes.subarray(-LAST_CHUNK.length)).toString("latin1");
    this.#tail = (this.#tail + last).slice(-LAST_CHUNK.length);
    this.#head ??= readHead(Buffer.concat(this.#pieces));
    if (this.#head === undefined) return false;
    const { headers, size } = this.#head;
    if (!headers.has("transfer-encoding"))
      return this.#size - size >= Number(headers.get("content-length") ?? 0);
    // The body is not read again for each of its pieces.
    return this.#tail === LAST_CHUNK && withoutChunks(this.#body(size)).isComplete;
  }

  response(): Response {
    if (this.#head === undefined) throw new Error("The connection broke before the head of a reply");
    const { status, headers, size } = this.#head;
    const body = this.#body(size);
    const sent = headers.has("transfer-encoding") ? withoutChunks(body).body : body;
    return new Response(new Uint8Array(sent), { status, headers });
  }

  #body(headSize: number): Buffer {
    return Buffer.concat(this.#pieces).subarray(headSize);
  }
}

function readHead(bytes: Buffer): Head | undefined {
  const end = bytes.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const [first = "", ...lines] = bytes.subarray(0, end).toString().split("\r\n");
  const headers = new Headers(
    lines.map((line): [string, string] => {
      const [, name = "", value = ""] = /^([^:]+): *(.*)$/.exec(line) ?? [];
      return [name, value];
    }),
  );
  return { status: Number(first.split(" ")[1]), headers, size: end + 4 };
}

function withoutChunks(bytes: Buffer): { readonly body: Buffer; readonly isComplete: boolean } {
  const pieces: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = bytes.indexOf("\r\n", at);
    const size = lineEnd === -1 ? 0 : Number.parseInt(bytes.subarray(at, lineEnd).toString(), 16);
    const isLast = lineEnd !== -1 && size === 0;
    if (lineEnd === -1 || isLast) return { body: Buffer.concat(pieces), isComplete: isLast };
    pieces.push(bytes.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 2 + size + 2;
  }
}
