/** The limits on request bodies as they are in use; `request-limits.test.ts` tries the same with small ones on every route. */
import { expect, test } from "bun:test";
import { startTestApp, testProvider } from "../support/app.ts";
import { startUpstream } from "../support/upstream.ts";

const ASK = { model: "[p]-m", messages: [{ role: "user", content: "hi" }] };
const MIB = 1024 * 1024;
const REPLY = '{"model":"m","choices":[{"message":{"content":"Hi"},"finish_reason":"stop"}]}';
const TOO_LARGE = "The request body is too large; the limit is ";

/** Goes out in chunks, without a length. */
function chunked(bytes: Uint8Array, count: number): ReadableStream<Uint8Array> {
  let left = count;
  return new ReadableStream({
    pull(controller) {
      if (left > 0) controller.enqueue(bytes);
      else controller.close();
      left -= 1;
    },
  });
}

test.each([
  ["/api/chat", {}, "256 MiB"],
  ["/v1/messages", { "content-encoding": "zstd" }, "20 MiB"],
])("a body in chunks is read up to the limit: %s %j", async (path, headers, limit) => {
  using upstream = startUpstream(() => new Response());
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const body = chunked(new Uint8Array(MIB).fill(32), 300);
  const response = await fetch(app.url + path, { method: "POST", body, headers });
  expect(response.status).toBe(413);
  expect(await response.text()).toContain(TOO_LARGE + limit);
});

test.each([
  ["zstd", 20 * MIB, 200],
  ["zstd", 20 * MIB + 1, 413],
])("a body of %s may contain at most 20 MiB: %d", async (encoding, size, status) => {
  using upstream = startUpstream(() => new Response(REPLY));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const body = Bun.zstdCompressSync(JSON.stringify(ASK).padEnd(size));
  for (const sent of [body, chunked(body, 1)]) {
    const response = await fetch(`${app.url}/v1/chat/completions`, {
      method: "POST",
      body: sent,
      headers: { "content-encoding": encoding },
    });
    expect(response.status).toBe(status);
    if (status === 413) expect(await response.text()).toContain(`${TOO_LARGE}20 MiB`);
  }
});
