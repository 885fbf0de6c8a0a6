/** Providers for tests: real servers on a free port. */

/** A request that a provider received. */
export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: Headers;
  readonly text: string;
}

export interface Upstream extends Disposable {
  /** `http://127.0.0.1:port`, without a slash at the end. */
  readonly url: string;
  readonly received: readonly Received[];
}

/** A provider that answers each request with the result of `answer`. */
export function startUpstream(answer: (request: Received) => Response | Promise<Response>): Upstream {
  const received: Received[] = [];
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    development: false,
    reusePort: false,
    idleTimeout: 0,
    fetch: async (request) => {
      const { pathname, search } = new URL(request.url);
      const entry = {
        method: request.method,
        path: pathname + search,
        headers: request.headers,
        text: await request.text(),
      };
      received.push(entry);
      return answer(entry);
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    received,
    [Symbol.dispose]: () => void server.stop(true),
  };
}

/** A body that is sent in pieces of `size` bytes, each in its own write. */
export function inPieces(bytes: Uint8Array, size: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) {
        controller.close();
        return undefined;
      }
      controller.enqueue(bytes.slice(at, at + size));
      at += size;
      return new Promise((resolve) => void setImmediate(resolve));
    },
  });
}

/** A provider without an HTTP library. For each connection `speak` writes any bytes when a request has arrived. */
export function startRawUpstream(
  speak: (socket: Pick<Bun.Socket, "write" | "end" | "terminate">) => void | Promise<void>,
): { readonly url: string } & Disposable {
  const server = Bun.listen({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      data(socket) {
        void speak(socket);
      },
    },
  });
  return { url: `http://127.0.0.1:${server.port}`, [Symbol.dispose]: () => server.stop(true) };
}
