/** A provider that sends faster than we work does not keep other clients waiting: the event loop turns while its reply is read. */
import { expect, test } from "bun:test";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { fixedRuntime } from "../support/runtime.ts";
import { CHAT } from "../support/shown.ts";

const utf8 = new TextEncoder();
const COMMENTS = utf8.encode(": nothing new\n\n".repeat(4096));
const TEXT = utf8.encode(
  'data: {"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}\n\n',
);
const PIECES = 100;

test.each([
  ["/api/chat", { ...CHAT, stream: true }],
  ["/api/chat", { ...CHAT, stream: false }],
  ["/v1/chat/completions", { ...CHAT, stream: true }],
  ["/v1/chat/completions", { ...CHAT, stream: false }],
])("%s %j: the event loop turns while a long reply is read", async (path, body) => {
  let turns = 0;
  const turnsAtPiece: number[] = [];
  let isOver = false;
  const count = (): void => {
    turns += 1;
    if (!isOver) setImmediate(count);
  };
  const runtime = {
    ...fixedRuntime(),
    // All of it is there at once, so that no read has to wait for the network.
    fetch: async () =>
      new Response(
        new ReadableStream<Uint8Array>({
          pull(controller) {
            turnsAtPiece.push(turns);
            controller.enqueue(turnsAtPiece.length < PIECES ? COMMENTS : TEXT);
            if (turnsAtPiece.length === PIECES) controller.close();
          },
        }),
      ),
  };
  await using app = await startTestApp([testProvider("http://127.0.0.1:9/v1")], runtime);
  count();
  const response = await post(app.url + path, body);
  expect(await response.text()).toContain("Hi");
  isOver = true;
  expect(turnsAtPiece).toHaveLength(PIECES);
  expect((turnsAtPiece.at(-1) ?? 0) - (turnsAtPiece[0] ?? 0)).toBeGreaterThanOrEqual(10);
});
