/** Anthropic's clients give up on a silent connection; Claude Code and its SDK expect a ping in long pauses. */
import { afterEach, expect, jest, test } from "bun:test";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { startUpstream } from "../support/upstream.ts";

const HELLO = 'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\n';
const END = 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';
const PING = 'event: ping\ndata: {"type":"ping"}\n\n';

afterEach(() => void jest.useRealTimers());

const TEXT = 'data: {"choices":[{"delta":{"content":" you"}}]}\n\n';
const TIMEOUTS = { firstByteMs: 600_000, idleMs: 600_000 };
const ASK = { model: "[p]-m", max_tokens: 9, stream: true, messages: [{ role: "user", content: "hi" }] };
const INTERVAL_MS = 15_000;

/** The reply to `ASK` in pieces, as they arrive; the provider sends a piece when `speak` is called with it. */
async function startReply() {
  const pieces = new TransformStream<Uint8Array, Uint8Array>();
  const provider = pieces.writable.getWriter();
  const upstream = startUpstream(() => new Response(pieces.readable));
  const app = await startTestApp([testProvider(upstream.url, { timeouts: TIMEOUTS })]);
  const left = provider.closed.catch(() => undefined);
  const speak = (text: string) => provider.write(new TextEncoder().encode(text));
  void speak(HELLO);
  const response = await post(`${app.url}/v1/messages`, ASK);
  const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader();
  return {
    speak,
    read: async () => new TextDecoder().decode((await reader.read()).value),
    /** The client goes away; resolves when the provider knows. */
    leave: async () => {
      await reader.cancel();
      await left;
    },
    [Symbol.asyncDispose]: async () => {
      await provider.close().catch(() => undefined);
      await app[Symbol.asyncDispose]();
      upstream[Symbol.dispose]();
    },
  };
}

test("pings are sent while a provider is silent", async () => {
  jest.useFakeTimers();
  await using reply = await startReply();
  const { read, speak } = reply;
  expect(await read()).toContain('"text":"Hi"');
  // The first interval has heard the text, the next ones nothing.
  for (let pings = 0; pings < 3; pings += 1) {
    const next = read();
    jest.advanceTimersByTime(pings === 0 ? 2 * INTERVAL_MS : INTERVAL_MS);
    expect(await next).toBe(PING);
  }
  void speak(TEXT);
  expect(await read()).toContain('"text":" you"');
  // This interval has heard the text: what comes next is no ping.
  jest.advanceTimersByTime(INTERVAL_MS);
  void speak(END);
  expect(await read()).toContain("event: message_stop");
  expect(await read()).toBe("");
  // The client has left. A timer that still runs would throw here.
  jest.advanceTimersByTime(3 * INTERVAL_MS);
});

test("a client that has left gets no more pings", async () => {
  jest.useFakeTimers();
  await using reply = await startReply();
  expect(await reply.read()).toContain('"text":"Hi"');
  await reply.leave();
  jest.advanceTimersByTime(3 * INTERVAL_MS);
});
