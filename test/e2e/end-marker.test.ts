/** What becomes of a connection when a reply is over and its body goes on. */
import { afterEach, expect, jest, test } from "bun:test";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { NOW_MS, fixedRuntime } from "../support/runtime.ts";
import { type TcpSocket, startTcpHost } from "../support/tcp.ts";

const ASK = { model: "[p]-m", messages: [{ role: "user", content: "hi" }] };

afterEach(() => {
  jest.useRealTimers();
});

/** A whole stream with its end marker, on a connection that stays open. The body goes on. */
const UNENDED = (() => {
  const events = `data: {"choices":[{"delta":{"content":"Hello"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n`;
  const head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";
  return `${head}${events.length.toString(16)}\r\n${events}\r\n`;
})();

test("a reply is over at its end marker; what follows is read, and the connection is used again", async () => {
  let first: TcpSocket | undefined;
  using host = startTcpHost((_request, socket) => {
    first ??= socket;
    socket.write(UNENDED);
  });
  await using app = await startTestApp([testProvider(`${host.url}/v1`)]);
  const stream = async () => (await post(`${app.url}/api/chat`, ASK)).text();
  expect(await stream()).toContain('"done":true');
  first?.write("0\r\n\r\n");
  for (let count = 0; count < 100 && host.requests.at(-1)?.nth === 1; count += 1)
    expect(await stream()).toContain('"done":true');
  expect(host.requests.at(-1)).toMatchObject({ connection: 1, nth: 2 });
});

test("a connection on which something follows the end marker for too long is closed", async () => {
  jest.useFakeTimers();
  let nowMs = NOW_MS;
  const runtime = { ...fixedRuntime(), now: () => nowMs };
  using host = startTcpHost((_request, socket) => void socket.write(UNENDED));
  await using app = await startTestApp([testProvider(`${host.url}/v1`)], runtime);
  expect(await (await post(`${app.url}/api/chat`, ASK)).text()).toContain('"done":true');
  nowMs += 1000;
  jest.advanceTimersByTime(1000);
  await host.closed(1);
});
