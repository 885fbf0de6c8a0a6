/** The addresses that the proxy listens on, and open connections after a change of the address. */
import { expect, test } from "bun:test";
import { networkInterfaces } from "node:os";
import { startTestApp, testConfig, testProvider } from "../support/app.ts";
import { rejection } from "../support/rejection.ts";
import { fixedRuntime } from "../support/runtime.ts";
import { startUpstream } from "../support/upstream.ts";

const PROVIDER = testProvider("http://127.0.0.1:1");
const OPEN = { host: "0.0.0.0", allowAnonymous: true };
const KEYED = {
  host: "0.0.0.0",
  apiKeys: [{ name: "a", secret: "0123456789abcdef", secretFile: undefined }],
};

/** An address of this machine that others may reach; where it does not exist, one of loopback beside the usual. */
function otherAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return all.find(({ family, internal }) => family === "IPv4" && !internal)?.address ?? "127.0.0.2";
}

test("listens by default only on the loopback addresses", async () => {
  await using app = await startTestApp([PROVIDER]);
  const { port } = new URL(app.url);
  expect(app.app.urls).toEqual([`http://127.0.0.1:${port}`, `http://[::1]:${port}`]);
  const elsewhere = `http://${otherAddress()}:${port}/`;
  expect(await rejection(fetch(elsewhere, { proxy: false }))).toHaveProperty("code", "ECONNREFUSED");
});

test("a changed host keeps the port, and an address that does not exist changes nothing", async () => {
  await using app = await startTestApp([PROVIDER], fixedRuntime(), { config: { host: "127.0.0.1" } });
  const local = app.url;
  const everywhere = local.replace("127.0.0.1", "0.0.0.0");
  await app.app.reload(testConfig([PROVIDER], OPEN));
  expect(app.app.urls).toEqual([everywhere]);
  const { message } = await rejection(app.app.reload(testConfig([PROVIDER], { ...OPEN, host: "192.0.2.1" })));
  expect(message).toContain("this machine does not have this address");
  expect(app.app.urls).toEqual([everywhere]);
  expect((await fetch(`${local}/api/version`, { keepalive: false })).status).toBe(200);
});

test("a connection from before a changed host keeps the rules of its address", async () => {
  const answered = Promise.withResolvers<Response>();
  const asked = Promise.withResolvers<void>();
  using upstream = startUpstream(() => {
    asked.resolve();
    return answered.promise;
  });
  const provider = testProvider(`${upstream.url}/v1`);
  await using app = await startTestApp([provider], fixedRuntime(), { config: KEYED });
  const connection = await connect(Number(new URL(app.url).port));
  const body = JSON.stringify({ model: "m", stream: false, messages: [{ role: "user", content: "hi" }] });
  connection.send(
    `POST /api/chat HTTP/1.1\r\nHost: localhost\r\nX-Api-Key: 0123456789abcdef\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  await asked.promise;
  // Loopback again, where clients need no key.
  await app.app.reload(testConfig([provider]));
  expect((await fetch(`${app.url}/api/tags`, { keepalive: false })).status).toBe(200);
  const choices = [{ message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }];
  answered.resolve(Response.json({ choices }));
  expect(await connection.until('"content":"Hello"')).toStartWith("HTTP/1.1 200 ");
  connection.send("GET /api/tags HTTP/1.1\r\nHost: localhost\r\n\r\n");
  // Either closed or refused, but no list.
  expect(await connection.until("HTTP/1.1 ")).not.toContain("HTTP/1.1 200");
});

interface Connection {
  send(text: string): void;
  /** What arrived since the last call, up to this or to the end. */
  until(text: string): Promise<string>;
}

async function connect(port: number): Promise<Connection> {
  let arrived = "";
  const state = { isClosed: false };
  let changed = Promise.withResolvers<void>();
  const wake = (): void => {
    changed.resolve();
    changed = Promise.withResolvers();
  };
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data(_socket, bytes) {
        arrived += bytes.toString();
        wake();
      },
      close() {
        state.isClosed = true;
        wake();
      },
    },
  });
  return {
    send: (text) => void socket.write(text),
    async until(text) {
      while (!arrived.includes(text) && !state.isClosed) await changed.promise;
      const seen = arrived;
      arrived = "";
      return seen;
    },
  };
}
