/** A request that is stopped on the page is canceled, before its first text and after it. */
import { expect, test } from "bun:test";
import { type TestApp, post, startTestApp, testProvider } from "../support/app.ts";
import { startUpstream } from "../support/upstream.ts";

const FIRST = new TextEncoder().encode('data: {"choices":[{"delta":{"content":"Hel"}}]}\n\n');

test.each([
  ["before its first text", false],
  ["after it", true],
])("%s", async (_when, hasBegun) => {
  const arrived = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<string>();
  let stop: (() => void) | undefined;
  using upstream = startUpstream(({ path }) => {
    if (!path.endsWith("/completions")) return new Response(null, { status: 404 });
    return new Response(
      new ReadableStream<Uint8Array>({
        start(controller) {
          if (hasBegun) controller.enqueue(FIRST);
          arrived.resolve();
        },
      }),
    );
  });
  await using app: TestApp = await startTestApp([testProvider(upstream.url)], undefined, {
    sinks: [
      {
        began: (_record, stopRequest) => {
          stop = stopRequest;
        },
        ended: ({ outcome }) => ended.resolve(outcome),
      },
    ],
  });
  const ask = { model: "[p]-m", messages: [{ role: "user", content: "hi" }] };
  const reply = post(`${app.url}/api/chat`, ask);
  await arrived.promise;
  // The reply has begun when its head has arrived.
  if (hasBegun) await reply;
  stop?.();
  expect(await ended.promise).toBe("canceled");
  await reply.then((response) => response.text()).catch(() => undefined);
});
