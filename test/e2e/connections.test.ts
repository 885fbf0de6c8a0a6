/** A request on a kept connection that has died succeeds, and the provider gets it once. */
import { afterEach, expect, jest, setSystemTime, test } from "bun:test";
import { type Runtime, createRuntime } from "../../src/runtime.ts";
import { arrayAt, objectAt, stringAt } from "../../src/wire/json.ts";
import { type TestApp, post, startTestApp, testProvider } from "../support/app.ts";
import { rejection } from "../support/rejection.ts";
import { NOW_MS, fixedRuntime } from "../support/runtime.ts";
import { type TcpHost, type TcpRequest, type TcpSocket, httpResponse, startTcpHost } from "../support/tcp.ts";

const ASK = { model: "[p]-m", messages: [{ role: "user", content: "hi" }] };
const HELLO = httpResponse(
  'data: {"choices":[{"delta":{"content":"Hello"}}]}\n\ndata: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n',
  "Content-Type: text/event-stream",
);
const DEAD = 5;

afterEach(() => {
  setSystemTime();
  jest.useRealTimers();
});

/** A runtime with a clock that the test moves. */
function movableClock(): { readonly runtime: Runtime; readonly move: (ms: number) => void } {
  let nowMs = NOW_MS;
  return { runtime: { ...fixedRuntime(), now: () => nowMs }, move: (ms) => void (nowMs += ms) };
}

function startApp(host: TcpHost, runtime: Runtime = fixedRuntime(), firstByteMs = 60_000): Promise<TestApp> {
  return startTestApp(
    [testProvider(`${host.url}/v1`, { timeouts: { firstByteMs, idleMs: 60_000 } })],
    runtime,
  );
}

async function chat(app: TestApp): Promise<string> {
  const response = await post(`${app.url}/api/chat`, { ...ASK, stream: false });
  const reply: unknown = await response.json();
  return `${response.status} ${stringAt(objectAt(reply, "message"), "content") ?? stringAt(reply, "error")}`;
}

/** Answers the first request on a connection; any later one on it is for `dead`. A burst is answered when `burst` have come. */
function answerFirst(dead: (socket: TcpSocket, request: TcpRequest) => void, burst = DEAD) {
  const waiting: TcpSocket[] = [];
  return (request: TcpRequest, socket: TcpSocket): void => {
    if (request.nth > 1) {
      dead(socket, request);
      return;
    }
    waiting.push(socket);
    if (request.connection >= burst) for (const each of waiting.splice(0)) each.write(HELLO);
  };
}

const SILENT = (): void => undefined;
const RESET = (socket: TcpSocket): void => socket.terminate();
const CLOSE = (socket: TcpSocket): void => void socket.end();

const DROPPED = "502 [p] The provider dropped the connection; try again";

/** Opens idle connections. */
async function openBurst(app: TestApp, count = DEAD): Promise<void> {
  const replies = await Promise.all(Array.from({ length: count }, () => chat(app)));
  expect(new Set(replies)).toEqual(new Set(["200 Hello"]));
}

test.each([
  ["swallows what is sent on them", SILENT],
  ["resets them", RESET],
  ["closes them", CLOSE],
])(
  "connections that were idle for 4 s are not used again, so it does not matter that the other end %s",
  async (_, dead) => {
    using host = startTcpHost(answerFirst(dead));
    const { runtime, move } = movableClock();
    await using app = await startApp(host, runtime);
    await openBurst(app);
    move(4000);
    expect(await chat(app)).toBe("200 Hello");
    expect(host.requests.map(({ nth }) => nth)).toEqual(Array.from({ length: DEAD + 1 }, () => 1));
    for (let connection = 1; connection <= DEAD; connection += 1) await host.closed(connection);
  },
);

test("the time in which the computer sleeps counts", async () => {
  using host = startTcpHost(answerFirst(SILENT));
  await using app = await startApp(
    host,
    createRuntime(() => undefined),
  );
  await openBurst(app);
  setSystemTime(Date.now() + 3_600_000);
  expect(await chat(app)).toBe("200 Hello");
});

test("idle connections are closed after 4 to 8 s without another request, and forgotten", async () => {
  const speak = answerFirst(SILENT);
  using host = startTcpHost((request, socket) => {
    if (request.connection <= DEAD) speak(request, socket);
    else socket.terminate();
  });
  await using app = await startApp(host);
  jest.useFakeTimers();
  await openBurst(app);
  jest.advanceTimersByTime(8000);
  for (let connection = 1; connection <= DEAD; connection += 1) await host.closed(connection);
  expect(await chat(app)).toBe(DROPPED);
  expect(host.requests.length).toBe(DEAD + 1);
});

test("a connection in use every 3 s stays open", async () => {
  using host = startTcpHost((_request, socket) => void socket.write(HELLO));
  await using app = await startApp(host);
  jest.useFakeTimers();
  for (let count = 0; count < 3; count += 1) {
    expect(await chat(app)).toBe("200 Hello");
    jest.advanceTimersByTime(3000);
  }
  expect(host.requests.map(({ connection }) => connection)).toEqual([1, 1, 1]);
});

test("at most 64 idle connections are kept", async () => {
  using host = startTcpHost(answerFirst(SILENT, 65));
  await using app = await startApp(host);
  jest.useFakeTimers();
  await openBurst(app, 65);
  await Promise.race(Array.from({ length: 65 }, (_, index) => host.closed(index + 1)));
});

test.each([
  ["resets", RESET],
  ["closes", CLOSE],
])("a used connection that the other end %s costs one request on a new connection", async (_, dead) => {
  using host = startTcpHost(answerFirst(dead));
  const { runtime, move } = movableClock();
  await using app = await startApp(host, runtime);
  await openBurst(app);
  move(3999);
  expect(await chat(app)).toBe("200 Hello");
  const [broken, again] = host.requests.slice(DEAD);
  expect([broken?.nth, again?.nth, host.requests.length]).toEqual([2, 1, DEAD + 2]);
  expect(again?.text).toBe(broken?.text ?? "");
  for (let connection = 1; connection <= DEAD; connection += 1) await host.closed(connection);
});

test.each([
  ["resets", RESET],
  ["closes", CLOSE],
])("a request on a new connection that the provider %s is not sent again", async (_, dead) => {
  using host = startTcpHost((_request, socket) => dead(socket));
  await using app = await startApp(host);
  expect(await chat(app)).toBe(DROPPED);
  expect(host.requests.length).toBe(1);
});

test("a request is sent again only once", async () => {
  using host = startTcpHost(({ connection, nth }, socket) => {
    if (connection === 1 && nth === 1) socket.write(HELLO);
    else socket.terminate();
  });
  await using app = await startApp(host);
  expect(await chat(app)).toBe("200 Hello");
  expect(await chat(app)).toBe(DROPPED);
  expect(host.requests.map(({ connection, nth }) => [connection, nth])).toEqual([
    [1, 1],
    [1, 2],
    [2, 1],
  ]);
});

test("a request is not sent again when a used connection breaks after 2 s, because the provider may have got it", async () => {
  const { runtime, move } = movableClock();
  using host = startTcpHost(
    answerFirst((socket) => {
      move(2000);
      socket.terminate();
    }, 1),
  );
  await using app = await startApp(host, runtime);
  expect(await chat(app)).toBe("200 Hello");
  expect(await chat(app)).toBe(DROPPED);
  expect(host.requests.length).toBe(2);
});

test("a request whose reply has begun is not sent again", async () => {
  using host = startTcpHost(
    answerFirst((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nContent-Length: 1000\r\n\r\n");
      socket.end();
    }, 1),
  );
  await using app = await startApp(host);
  expect(await chat(app)).toBe("200 Hello");
  expect(await chat(app)).toStartWith("502 [p] ");
  expect(host.requests.length).toBe(2);
});

test("silence on a used connection is a timeout, and the other connections are not tried", async () => {
  jest.useFakeTimers();
  const { runtime, move } = movableClock();
  const pass = (): void => {
    move(3000);
    jest.advanceTimersByTime(3000);
  };
  using host = startTcpHost(answerFirst(pass));
  await using app = await startApp(host, runtime, 3000);
  await openBurst(app);
  expect(await chat(app)).toStartWith("504 [p] The provider did not begin to answer within 3 s");
  expect(await chat(app)).toBe("200 Hello");
  expect(host.requests.length).toBe(DEAD + 2);
});

test("a client that leaves does not cost the other connections", async () => {
  const asked = Promise.withResolvers<void>();
  using host = startTcpHost(
    answerFirst((socket) => {
      if (host.requests.length === 3) asked.resolve();
      else socket.write(HELLO);
    }, 2),
  );
  await using app = await startApp(host);
  await openBurst(app, 2);
  const leave = new AbortController();
  const left = post(`${app.url}/api/chat`, ASK, { signal: leave.signal });
  await asked.promise;
  leave.abort();
  await rejection(left);
  await host.closed(host.requests[2]?.connection ?? 0);
  expect(await chat(app)).toBe("200 Hello");
  expect(host.requests.map(({ nth }) => nth)).toEqual([1, 1, 2, 2]);
});

test("requests one after the other share a connection, unless the provider wants to close it", async () => {
  using host = startTcpHost((_request, socket) => void socket.write(HELLO));
  await using app = await startApp(host);
  for (let count = 0; count < 3; count += 1) expect(await chat(app)).toBe("200 Hello");
  expect(host.requests.map(({ connection }) => connection)).toEqual([1, 1, 1]);
});

test("a request on a connection that the provider announced to close is not sent again", async () => {
  const closing = HELLO.replace("\r\n", "\r\nConnection: close\r\n");
  using host = startTcpHost(({ connection }, socket) => {
    if (connection === 1) socket.end(closing);
    else socket.terminate();
  });
  await using app = await startApp(host);
  expect(await chat(app)).toBe("200 Hello");
  expect(await chat(app)).toBe(DROPPED);
  expect(host.requests.length).toBe(2);
});

test("a request for a model list is sent again on any connection", async () => {
  const list = httpResponse('{"data":[{"id":"m"}]}', "Content-Type: application/json");
  using host = startTcpHost(({ connection }, socket) => {
    if (connection === 1) socket.terminate();
    else socket.write(list);
  });
  await using app = await startTestApp([testProvider(`${host.url}/v1`, { models: undefined })]);
  const reply: unknown = await (await fetch(`${app.url}/api/tags`)).json();
  expect(stringAt(arrayAt(reply, "models")[0], "name")).toBe("[p]-m");
});

test("requests that change models use new connections, so that they are never sent twice", async () => {
  using host = startTcpHost(({ nth }, socket) => {
    if (nth > 1) RESET(socket);
    else socket.write(httpResponse("", "Content-Type: application/json"));
  });
  await using app = await startTestApp([testProvider(host.url, { apiType: "ollama" })]);
  const copy = { source: "[p]-m", destination: "[p]-n" };
  for (let count = 0; count < 3; count += 1) {
    expect((await post(`${app.url}/api/copy`, copy)).status).toBe(200);
  }
  expect(host.requests.map(({ connection, nth }) => [connection, nth])).toEqual([
    [1, 1],
    [2, 1],
    [3, 1],
  ]);
});

test("Bun's own limits on silence do not apply to a model that thinks for long", async () => {
  using host = startTcpHost((_request, socket) => void socket.write(HELLO));
  const limits: unknown[] = [];
  const runtime = fixedRuntime();
  const watching: Runtime = {
    ...runtime,
    fetch: (url, init) => {
      limits.push(init.timeout);
      return runtime.fetch(url, init);
    },
  };
  await using app = await startApp(host, watching);
  expect(await chat(app)).toBe("200 Hello");
  expect(limits).toEqual([false]);
});
