/** A client without an HTTP library: it writes any bytes, can stop reading, and knows when the connection is closed. */

export interface Client extends Disposable {
  write(text: string): void;
  /** The last received text, as soon as it contains `text`. Rejects when the connection is closed before that. */
  read(text: string): Promise<string>;
  /** Stops reading from the socket, and continues. */
  pause(): void;
  resume(): void;
  /** Received bytes. */
  readonly size: number;
  /** Resolves when the other side has closed the connection. */
  readonly closed: Promise<void>;
}

/** Limit of the kept text, in characters. */
const KEPT = 100_000;

export async function connect(url: string): Promise<Client> {
  const { hostname, port } = new URL(url);
  const decoder = new TextDecoder();
  const closed = Promise.withResolvers<void>();
  let next = Promise.withResolvers<void>();
  let isClosed = false;
  let size = 0;
  let received = "";
  const wake = (): void => {
    next.resolve();
    next = Promise.withResolvers();
  };
  const socket = await Bun.connect({
    hostname,
    port: Number(port),
    socket: {
      data(_socket, bytes) {
        size += bytes.length;
        received = (received + decoder.decode(bytes, { stream: true })).slice(-KEPT);
        wake();
      },
      close() {
        isClosed = true;
        closed.resolve();
        wake();
      },
    },
  });
  return {
    write: (text) => void socket.write(text),
    async read(text) {
      while (!received.includes(text)) {
        if (isClosed) throw new Error(`Closed before "${text}" came; came: ${received}`);
        await next.promise;
      }
      return received;
    },
    pause: () => socket.pause(),
    resume: () => socket.resume(),
    get size() {
      return size;
    },
    closed: closed.promise,
    [Symbol.dispose]: () => socket.terminate(),
  };
}
