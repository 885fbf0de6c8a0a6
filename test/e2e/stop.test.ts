/** Open replies when the program stops, and the state after an invalid changed configuration. */
import { expect, test } from "bun:test";
import { post, startTestApp, testConfig, testProvider } from "../support/app.ts";
import { rejection } from "../support/rejection.ts";
import { fixedRuntime } from "../support/runtime.ts";
import { startUpstream, type Upstream } from "../support/upstream.ts";
import { startReceiving } from "../support/received.ts";

const REQUEST = { model: "[p]-m", messages: [{ role: "user", content: "hi" }] };
const HELLO = 'data: {"choices":[{"index":0,"delta":{"content":"Hello"},"finish_reason":null}]}\n\n';
const STOP = 'data: {"choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';
const LONGER_THAN_A_TEST_MS = 60_000;

interface HeldUpstream extends Upstream {
  /** Ends the reply that has begun. */
  finish(): void;
}

/** A provider that begins its reply, and ends it when it is told to. */
function startHeldUpstream(): HeldUpstream {
  const encoder = new TextEncoder();
  const finished = Promise.withResolvers<void>();
  const upstream = startUpstream(() => {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(encoder.encode(HELLO)),
      async pull(controller) {
        await finished.promise;
        controller.enqueue(encoder.encode(STOP));
        controller.close();
      },
    });
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  });
  return { ...upstream, finish: finished.resolve };
}

async function lastLine(response: Response): Promise<unknown> {
  return JSON.parse((await response.text()).trimEnd().split("\n").at(-1) ?? "");
}

test("an open reply may end after the stop", async () => {
  using upstream = startHeldUpstream();
  await using app = await startTestApp([testProvider(upstream.url)]);
  const response = await post(`${app.url}/api/chat`, REQUEST);
  const stopped = app.app.stop();
  // New connections are no longer accepted.
  await rejection(fetch(`${app.url}/api/version`));
  // Timers that are due run before this.
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setTimeout(resolve));
  upstream.finish();
  expect(await lastLine(response)).toMatchObject({ done: true, done_reason: "stop" });
  await stopped;
});

test("a reply that is still open at the limit ends with an error line", async () => {
  using upstream = startHeldUpstream();
  await using app = await startTestApp([testProvider(upstream.url)], fixedRuntime(), { drainTimeoutMs: 1 });
  const { begun, reply } = startReceiving(`${app.url}/api/chat`, JSON.stringify(REQUEST));
  await begun;
  const stopped = app.app.stop();
  expect(await lastLine((await reply).response)).toEqual({
    error: "ollama-proxy is shutting down; send the request again in a moment",
  });
  await stopped;
});

test("a second stop does not wait for the limit", async () => {
  using upstream = startHeldUpstream();
  const options = { drainTimeoutMs: LONGER_THAN_A_TEST_MS };
  await using app = await startTestApp([testProvider(upstream.url)], fixedRuntime(), options);
  const { begun, reply } = startReceiving(`${app.url}/api/chat`, JSON.stringify(REQUEST));
  await begun;
  const stops = [app.app.stop(), app.app.stop()];
  expect(await lastLine((await reply).response)).toEqual({ error: expect.stringContaining("shutting down") });
  await Promise.all(stops);
});

test("a changed port that is taken changes nothing", async () => {
  using taken = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response("mine") });
  await using app = await startTestApp([testProvider("http://127.0.0.1:1")]);
  const changed = {
    ...testConfig([testProvider("http://127.0.0.1:1", { name: "q" })]),
    port: taken.port ?? 0,
  };
  expect((await rejection(app.app.reload(changed))).message).toContain(String(taken.port));
  const tags = await (await fetch(`${app.url}/api/tags`)).text();
  expect(tags).toContain("[p]-m");
  await app.app.reload({ ...changed, port: 0 });
  expect(await (await fetch(`${app.url}/api/tags`)).text()).toContain("[q]-m");
});
