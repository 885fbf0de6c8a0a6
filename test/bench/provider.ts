/**
 * The provider of the measurements: `bun provider.ts PORT`. It serves OpenAI's and Ollama's chat routes, and writes prepared bytes to the
 * sockets, so that it costs little. `replies.ts` says which model gives which reply.
 */
import type { Socket } from "bun";
import {
  type Api,
  type StreamedReply,
  fastReply,
  jsonResponse,
  streamedReply,
  wholeReply,
} from "./replies.ts";

const FIRST_PAUSE_MS = 2;

interface Client {
  /** Of a request that has not arrived completely. */
  received: Buffer;
  /** What the socket has not taken yet. */
  unsent: Buffer;
  timer: ReturnType<typeof setInterval> | undefined;
}

type ClientSocket = Socket<Client>;

const prepared = new Map<string, Buffer>();
const streams = new Map<string, StreamedReply>();

function write(socket: ClientSocket, bytes: Buffer): void {
  const { unsent } = socket.data;
  const all = unsent.length === 0 ? bytes : Buffer.concat([unsent, bytes]);
  socket.data.unsent = all.subarray(Math.max(0, socket.write(all)));
}

function pace(socket: ClientSocket, reply: StreamedReply, pauseMs: number, events: number): void {
  let sent = 1;
  write(socket, reply.first);
  socket.data.timer = setInterval(() => {
    sent += 1;
    write(socket, sent < events ? reply.event : Buffer.concat([reply.event, reply.last]));
    if (sent >= events) clearInterval(socket.data.timer);
  }, pauseMs);
}

function answer(socket: ClientSocket, api: Api, model: string): void {
  const key = `${api} ${model}`;
  const [kind, first = "1", second = "1"] = model.split("-");
  if (kind === "whole")
    write(
      socket,
      cached(prepared, key, () => wholeReply(api, model)),
    );
  else if (kind === "stream") {
    const make = (): Buffer => fastReply(api, model, Number(second), Number(first));
    write(socket, cached(prepared, key, make));
  } else {
    const reply = cached(streams, key, () => streamedReply(api, model));
    if (kind === "paced") pace(socket, reply, Number(first), Number(second));
    else write(socket, reply.first);
    if (kind !== "first") return;
    socket.data.timer = setTimeout(() => write(socket, reply.last), FIRST_PAUSE_MS);
  }
}

function cached<V>(map: Map<string, V>, key: string, make: () => V): V {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}

const SHOW = jsonResponse({ details: { family: "llama" }, model_info: {}, capabilities: ["completion"] });
const MODELS = jsonResponse({ object: "list", data: [], models: [] });

function serve(socket: ClientSocket, head: string, body: string): void {
  const path = head.slice(head.indexOf(" ") + 1, head.indexOf(" HTTP"));
  const model = /"model"\s*:\s*"([^"]*)"/.exec(body)?.[1] ?? "whole";
  if (path.endsWith("/chat/completions")) answer(socket, "openai", model);
  else if (path === "/api/chat") answer(socket, "ollama", model);
  else write(socket, path === "/api/show" ? SHOW : MODELS);
}

function read(socket: ClientSocket, data: Buffer): void {
  const client = socket.data;
  client.received = client.received.length === 0 ? data : Buffer.concat([client.received, data]);
  for (;;) {
    const headEnd = client.received.indexOf("\r\n\r\n");
    if (headEnd === -1) return;
    const head = client.received.toString("latin1", 0, headEnd);
    const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
    const end = headEnd + 4 + length;
    if (client.received.length < end) return;
    const body = client.received.toString("utf8", headEnd + 4, end);
    client.received = client.received.subarray(end);
    serve(socket, head, body);
  }
}

Bun.listen<Client>({
  hostname: "127.0.0.1",
  port: Number(process.argv[2]),
  socket: {
    open(socket) {
      socket.setNoDelay(true);
      socket.data = { received: Buffer.alloc(0), unsent: Buffer.alloc(0), timer: undefined };
    },
    data: (socket, data) => read(socket, Buffer.from(data)),
    drain: (socket) => write(socket, Buffer.alloc(0)),
    close: (socket) => clearInterval(socket.data.timer),
  },
});
