/** A provider without an HTTP library, for tests of connections. It gets each request as text, with the number of its connection. */

export interface TcpRequest {
  /** Counted from 1 in the order of connecting. */
  readonly connection: number;
  /** The number of the request on this connection, counted from 1. */
  readonly nth: number;
  readonly text: string;
}

export type TcpSocket = Pick<Bun.Socket, "write" | "end" | "terminate">;

export interface TcpHost extends Disposable {
  /** `http://127.0.0.1:port`, without a slash at the end. */
  readonly url: string;
  readonly requests: readonly TcpRequest[];
  /** Resolves when either side has closed the connection. */
  readonly closed: (connection: number) => Promise<void>;
}

interface State {
  readonly connection: number;
  nth: number;
  pending: string;
}

/** `speak` is called when a request has arrived, head and body. */
export function startTcpHost(speak: (request: TcpRequest, socket: TcpSocket) => void): TcpHost {
  const requests: TcpRequest[] = [];
  const closings: PromiseWithResolvers<void>[] = [];
  const closing = (connection: number): PromiseWithResolvers<void> =>
    (closings[connection] ??= Promise.withResolvers<void>());
  let opened = 0;
  const server = Bun.listen<State>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        opened += 1;
        socket.data = { connection: opened, nth: 0, pending: "" };
      },
      data(socket, bytes) {
        const state = socket.data;
        state.pending += bytes.toString("latin1");
        if (!isWhole(state.pending)) return;
        state.nth += 1;
        const request = { connection: state.connection, nth: state.nth, text: state.pending };
        state.pending = "";
        requests.push(request);
        speak(request, socket);
      },
      close(socket) {
        closing(socket.data.connection).resolve();
      },
    },
  });
  return {
    url: `http://127.0.0.1:${server.port}`,
    requests,
    closed: (connection) => closing(connection).promise,
    [Symbol.dispose]: () => server.stop(true),
  };
}

/** One request at a time, as `fetch` sends them. */
function isWhole(text: string): boolean {
  const end = text.indexOf("\r\n\r\n");
  if (end === -1) return false;
  const length = Number(/^content-length: *(\d+)/im.exec(text.slice(0, end))?.[1] ?? 0);
  return text.length >= end + 4 + length;
}

/** A complete response. Keeps the connection open unless a header says otherwise. */
export function httpResponse(body: string, ...headers: readonly string[]): string {
  const head = ["HTTP/1.1 200 OK", `Content-Length: ${Buffer.byteLength(body)}`, ...headers].join("\r\n");
  return `${head}\r\n\r\n${body}`;
}
