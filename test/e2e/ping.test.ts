/** Anthropic's clients give up on a silent connection; Claude Code and its SDK expect a ping in long pauses. */
import { afterEach, expect, jest, test } from "bun:test";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { startUpstream } from "../support/upstream.ts";

const HELLO = 'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\n';
const END = 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n';
const PING = 'event: ping\ndata: {"type":"ping"}\n\n';

afterEach(() => void jest.useRealTimers());

test("a provider that thinks in silence is covered by pings, until it speaks", async () => {
  jest.useFakeTimers();
  const speech = Promise.withResolvers<undefined>();
  async function* speak() {
    yield HELLO;
    await speech.promise;
    yield END;
  }
  using upstream = startUpstream(() => new Response(speak()));
  await using app = await startTestApp([
    testProvider(upstream.url, { timeouts: { firstByteMs: 600_000, idleMs: 600_000 } }),
  ]);
  const request = {
    model: "[p]-m",
    max_tokens: 9,
    stream: true,
    messages: [{ role: "user", content: "hi" }],
  };
  const response = await post(`${app.url}/v1/messages`, request);
  const reader = (response.body ?? new ReadableStream<Uint8Array>()).getReader();
  const read = async (): Promise<string> => new TextDecoder().decode((await reader.read()).value);
  expect(await read()).toContain('"text":"Hi"');
  // The first interval has heard the text, the next ones nothing.
  for (let pings = 0; pings < 3; pings += 1) {
    const next = read();
    jest.advanceTimersByTime(pings === 0 ? 30_000 : 15_000);
    expect(await next).toBe(PING);
  }
  speech.resolve(undefined);
  expect(await read()).toContain("event: message_stop");
  expect((await reader.read()).done).toBe(true);
});
