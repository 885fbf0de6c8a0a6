/** A provider that answers with any fault, on one real socket. The path selects the fault. */
import type { Answer, Fault } from "./fault.ts";

/** Time for the bytes to arrive before the connection is reset. A reset discards bytes that were not read. */
const RESET_MS = 10;

export interface HostileProvider extends Disposable {
  /** The base URL of a provider with that fault, without `/v1`. */
  readonly urlOf: (fault: Fault) => string;
}

interface Conversation {
  request: string;
  pending: Uint8Array[];
  ending: Answer["ending"];
}

type Socket = Bun.Socket<Conversation>;

export function startHostile(faults: readonly Fault[]): HostileProvider {
  const byName = new Map(faults.map((fault) => [fault.name, fault]));
  const hostname = "127.0.0.1";
  const server = Bun.listen<Conversation>({
    hostname,
    port: 0,
    socket: {
      open(socket) {
        socket.data = { request: "", pending: [], ending: "close" };
      },
      data(socket, bytes) {
        socket.data.request += bytes.toString("latin1");
        if (!isWhole(socket.data.request)) return;
        const { request } = socket.data;
        socket.data.request = "";
        answer(socket, request, byName);
      },
      drain: flush,
      error: () => undefined,
    },
  });
  const hangingUp = Bun.listen({
    hostname,
    port: 0,
    socket: {
      open: (socket) => socket.terminate(),
      data: () => undefined,
    },
  });
  return {
    urlOf: ({ name, place }) => {
      if (place === "nowhere") return "http://127.0.0.1:1";
      return `http://${hostname}:${place === "hangs up" ? hangingUp.port : server.port}/${name}`;
    },
    [Symbol.dispose]: () => {
      server.stop(true);
      hangingUp.stop(true);
    },
  };
}

function isWhole(request: string): boolean {
  const end = request.indexOf("\r\n\r\n");
  const length = Number(/^content-length: (\d+)/im.exec(request)?.[1] ?? 0);
  return end !== -1 && request.length >= end + 4 + length;
}

function answer(socket: Socket, request: string, faults: ReadonlyMap<string, Fault>): void {
  const [, name = "", path = ""] = /^\w+ \/([^/]*)(\S*)/.exec(request) ?? [];
  const fault = faults.get(name);
  if (fault === undefined) throw new Error(`There is no fault ${name}`);
  const { bytes, ending } = fault.answer({ path, streams: isStreamed(path, request) });
  socket.data.pending = bytes.map((part) => Buffer.from(part));
  socket.data.ending = ending;
  flush(socket);
}

/** Ollama's own routes stream by default. */
function isStreamed(path: string, request: string): boolean {
  if (/\/embed/.test(path)) return false;
  return path.startsWith("/api/") ? !/"stream":false/.test(request) : /"stream":true/.test(request);
}

function flush(socket: Socket): void {
  const { pending, ending } = socket.data;
  for (let next = pending[0]; next !== undefined; next = pending[0]) {
    const written = socket.write(next);
    if (written < next.length) {
      pending[0] = next.subarray(Math.max(0, written));
      return;
    }
    pending.shift();
  }
  if (ending === "close") socket.end();
  else if (ending === "reset") setTimeout(() => socket.terminate(), RESET_MS);
}
