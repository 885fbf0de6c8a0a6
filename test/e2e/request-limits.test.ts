/** A request that is too large or too slow gets the error of its API, and nothing of it is kept. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { zstdCompressSync } from "node:zlib";
import { createRuntime } from "../../src/runtime.ts";
import { type TestApp, startTestApp, testProvider } from "../support/app.ts";
import { fixedRuntime } from "../support/runtime.ts";
import { type Client, connect } from "../support/socket.ts";
import { startUpstream } from "../support/upstream.ts";

const KIB = 1024;
/** Each kind of body has a limit of its own. */
const LIMITS = {
  maxRequestBodyBytes: 32 * KIB,
  maxFormBytes: 36 * KIB,
  maxDecompressedBodyBytes: 40 * KIB,
  maxBlobBytes: 44 * KIB,
};

function tooLarge(limitBytes: number): string {
  return `The request body is too large; the limit is ${limitBytes / KIB} KiB`;
}

/** All that came. */
async function untilClosed(client: Client): Promise<string> {
  await client.closed;
  return client.read("");
}

const inOllama = (error: string) => ({ error });
const inOpenAi = (message: string) => ({ error: { message, type: "api_error", param: null, code: null } });
const inAnthropic = (type: string) => (message: string) => ({
  type: "error",
  error: { type, message },
  request_id: "req_abcdefgh01234567",
});

type Route = readonly [route: string, say: (message: string) => object];
const ROUTES: readonly Route[] = [
  ...[
    "POST /api/chat",
    "POST /api/generate",
    "POST /api/embed",
    "POST /api/embeddings",
    "POST /api/show",
    "POST /api/pull",
    "POST /api/push",
    "POST /api/create",
    "POST /api/copy",
    "DELETE /api/delete",
    "POST /api/experimental/web_search",
    "POST /api/experimental/web_fetch",
  ].map((route): Route => [route, inOllama]),
  ...["/chat/completions", "/completions", "/embeddings", "/responses"].map((path): Route => [
    `POST /v1${path}`,
    inOpenAi,
  ]),
  ["POST /v1/messages", inAnthropic("request_too_large")],
  ["POST /v1/messages/count_tokens", inAnthropic("request_too_large")],
];

/** A transcript. */
const SILENCE = '{"text":""}';

let app: TestApp;
let upstream: ReturnType<typeof startUpstream>;
beforeAll(async () => {
  upstream = startUpstream(({ path }) => new Response(path.endsWith("/transcriptions") ? SILENCE : "{}"));
  app = await startTestApp(
    [
      testProvider(`${upstream.url}/v1`),
      testProvider(upstream.url, { name: "o", apiType: "ollama", models: [{ name: "m" }] }),
    ],
    fixedRuntime(),
    { limits: LIMITS },
  );
});
afterAll(async () => {
  await app[Symbol.asyncDispose]();
  upstream[Symbol.dispose]();
});

async function* inChunks(bytes: Uint8Array<ArrayBuffer>) {
  for (let at = 0; at < bytes.length; at += 10_000) yield bytes.slice(at, at + 10_000);
}

const FRAMINGS = [
  ["of a known length", (bytes: Uint8Array<ArrayBuffer>) => bytes],
  ["in chunks", inChunks],
] as const;

function padded(text: string, size: number): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text.padEnd(size));
}

test.each(
  ROUTES.flatMap(([route, say]) => FRAMINGS.map(([name, frame]) => [route, name, say, frame] as const)),
)("%s accepts a body %s up to the limit, and not a byte more", async (route, _framing, say, frame) => {
  const [method = "", path = ""] = route.split(" ");
  const send = (size: number) =>
    fetch(app.url + path, { method, body: frame(padded('{"model":"nope"}', size)) });
  const fitting = await send(LIMITS.maxRequestBodyBytes);
  expect(fitting.status).not.toBe(413);
  await fitting.text();
  const refused = await send(LIMITS.maxRequestBodyBytes + 1);
  expect([refused.status, await refused.json()]).toEqual([413, say(tooLarge(LIMITS.maxRequestBodyBytes))]);
});

test.each(ROUTES)("%s accepts as many values as the limit, and not one more", async (route, say) => {
  await using strict = await startTestApp([], fixedRuntime(), { limits: { maxRequestValues: 10 } });
  const [method = "", path = ""] = route.split(" ");
  // What stands in strings is no value, whatever it looks like.
  const body = String.raw`{"model":"{[,\\\",,,\\", "x":[{}, [0], 1, 2, 3]`;
  const send = (end: string) => fetch(strict.url + path, { method, body: body + end });
  const fitting = await send(`,"y":1}`);
  expect(fitting.status).not.toBe(413);
  await fitting.text();
  const refused = await send(`,"y":1,"z":2}`);
  expect([refused.status, await refused.json()]).toEqual([
    413,
    say("The request body contains too many values; the limit is 10"),
  ]);
});

test("a body with a too large length is rejected before it is sent", async () => {
  using client = await connect(app.url);
  client.write(
    `POST /api/chat HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${LIMITS.maxRequestBodyBytes + 1}\r\n\r\n{`,
  );
  expect(await client.read("\r\n\r\n")).toStartWith("HTTP/1.1 413 ");
});

function encodedForm(audioBytes: number): Response {
  const form = new FormData();
  form.append("model", "[p]-m");
  form.append("file", new File(["x".repeat(audioBytes)], "a.wav"));
  return new Response(form);
}

async function formOf(size: number): Promise<readonly [type: string, bytes: Uint8Array<ArrayBuffer>]> {
  const overhead = (await encodedForm(1).bytes()).length - 1;
  const encoded = encodedForm(size - overhead);
  return [encoded.headers.get("content-type") ?? "", new Uint8Array(await encoded.arrayBuffer())];
}

test.each(FRAMINGS)("a form %s is read up to the limit, and not a byte more", async (_framing, frame) => {
  const send = async (size: number) => {
    const [type, bytes] = await formOf(size);
    const headers = { "content-type": type };
    return fetch(`${app.url}/v1/audio/transcriptions`, { method: "POST", headers, body: frame(bytes) });
  };
  const fitting = await send(LIMITS.maxFormBytes);
  expect([fitting.status, await fitting.text()]).toEqual([200, SILENCE]);
  const refused = await send(LIMITS.maxFormBytes + 1);
  expect([refused.status, await refused.json()]).toEqual([413, inOpenAi(tooLarge(LIMITS.maxFormBytes))]);
});

const COUNTED = '{"model":"nope","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}';

test.each(FRAMINGS)("the limit counts the decompressed text of a body %s", async (_framing, frame) => {
  const headers = { "content-encoding": "zstd" };
  const send = (size: number) => {
    const body = frame(Uint8Array.from(zstdCompressSync(padded(COUNTED, size))));
    return fetch(`${app.url}/v1/messages/count_tokens`, { method: "POST", headers, body });
  };
  expect((await send(LIMITS.maxDecompressedBodyBytes)).status).toBe(200);
  for (const size of [LIMITS.maxDecompressedBodyBytes + 1, 16 * 1024 * 1024]) {
    const refused = await send(size);
    expect([refused.status, await refused.json()]).toEqual([
      413,
      inAnthropic("request_too_large")(tooLarge(LIMITS.maxDecompressedBodyBytes)),
    ]);
  }
});

test.each(FRAMINGS)("a compressed body %s is read up to the limit only", async (_framing, frame) => {
  const headers = { "content-encoding": "zstd" };
  const send = (size: number) =>
    fetch(`${app.url}/v1/messages/count_tokens`, { method: "POST", headers, body: frame(padded("", size)) });
  expect((await send(LIMITS.maxDecompressedBodyBytes)).status).toBe(400);
  expect((await send(LIMITS.maxDecompressedBodyBytes + 1)).status).toBe(413);
});

const BLOB = `/api/blobs/sha256:${"a".repeat(64)}`;

test.each(FRAMINGS)("a part of a model %s passes up to the limit, and not a byte more", async (_, frame) => {
  const send = (size: number) => fetch(app.url + BLOB, { method: "POST", body: frame(padded("", size)) });
  const before = upstream.received.length;
  expect((await send(LIMITS.maxBlobBytes)).status).toBe(200);
  expect(upstream.received[before]?.text).toBe(" ".repeat(LIMITS.maxBlobBytes));
  const refused = await send(LIMITS.maxBlobBytes + 1);
  expect([refused.status, await refused.json()]).toEqual([413, inOllama(tooLarge(LIMITS.maxBlobBytes))]);
});

test.each([
  ["16 KiB", `X-Long: ${"x".repeat(16 * 1024)}\r\n`],
  ["200 fields", Array.from({ length: 200 }, (_, index) => `X-${index}: 1\r\n`).join("")],
])("a head of more than %s is rejected by the runtime", async (_, headers) => {
  using client = await connect(app.url);
  client.write(`GET /api/version HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`);
  expect(await client.read("\r\n\r\n")).toStartWith("HTTP/1.1 431 ");
});

test.each([
  ["12 KiB", `X-Long: ${"x".repeat(12 * 1024)}\r\n`],
  ["150 fields", Array.from({ length: 150 }, (_, index) => `X-${index}: 1\r\n`).join("")],
])("a head of %s is read", async (_, headers) => {
  using client = await connect(app.url);
  client.write(`GET /api/version HTTP/1.1\r\nHost: localhost\r\n${headers}\r\n`);
  expect(await client.read("\r\n\r\n")).toStartWith("HTTP/1.1 200 ");
});

test.concurrent("a slow body is read if every piece arrives in time", async () => {
  const limits = { maxBodyPauseMs: 300, minBodyBytesPerSecond: 1024 };
  await using patient = await startTestApp(
    [],
    createRuntime(() => undefined),
    { limits },
  );
  const body = '{"model":"nope"}'.padEnd(50_000);
  using client = await connect(patient.url);
  client.write(
    `POST /api/show HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`,
  );
  let at = 0;
  const coming = setInterval(() => {
    client.write(body.slice(at, at + 1000));
    at += 1000;
    if (at >= body.length) clearInterval(coming);
  }, 10);
  expect(await untilClosed(client)).toStartWith("HTTP/1.1 404 ");
});

const TOO_SLOW =
  "The request body arrived too slowly; the longest pause is 0.1 s and the lowest average speed is 1 MiB per second; send the request again";

/** With limits that a test need not wait for, on a clock that runs. */
function startImpatient() {
  const limits = { maxBodyPauseMs: 100, minBodyBytesPerSecond: 1024 ** 2 };
  return startTestApp(
    [testProvider(upstream.url, { apiType: "ollama" })],
    createRuntime(() => undefined),
    { limits },
  );
}

const LENGTHS = {
  "of a small length": "Content-Length: 100",
  "of a large length": "Content-Length: 1000000",
  "in chunks": "Transfer-Encoding: chunked",
} as const;

const SLOW = ["/api/chat", "/v1/chat/completions", "/v1/messages", "/v1/audio/transcriptions", BLOB].flatMap(
  (path) => Object.entries(LENGTHS).map(([name, header]) => [path, name, header] as const),
);

test.concurrent.each(SLOW)("%s closes on a body %s that never comes", async (path, _, header) => {
  await using impatient = await startImpatient();
  using client = await connect(impatient.url);
  client.write(`POST ${path} HTTP/1.1\r\nHost: localhost\r\n${header}\r\n\r\n`);
  const [head, body = ""] = (await untilClosed(client)).split("\r\n\r\n");
  expect(head).toStartWith("HTTP/1.1 408 ");
  expect(body).toContain(TOO_SLOW);
  expect(JSON.parse(body)).toHaveProperty("error");
});

test.concurrent.each(SLOW)(
  "%s closes on a body %s of which little comes, again and again",
  async (path, _, header) => {
    await using impatient = await startImpatient();
    using client = await connect(impatient.url);
    const part = header.startsWith("Transfer") ? "1\r\n \r\n" : " ";
    client.write(`POST ${path} HTTP/1.1\r\nHost: localhost\r\n${header}\r\n\r\n`);
    const dripping = setInterval(() => client.write(part), 10);
    try {
      expect(await untilClosed(client)).toStartWith("HTTP/1.1 408 ");
    } finally {
      clearInterval(dripping);
    }
  },
);
