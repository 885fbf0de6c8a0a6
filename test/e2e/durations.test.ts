/** How long a request took, as Ollama's clients are told, by a clock that moves only when the provider speaks. */
import { expect, test } from "bun:test";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { NOW_MS, fixedRuntime } from "../support/runtime.ts";
import { startUpstream } from "../support/upstream.ts";

const HELLO = 'data: {"choices":[{"delta":{"content":"Hello"}}]}\n\n';
const END = 'data: {"choices":[{"delta":{},"finish_reason":"stop"}]}\n\n';

test.each([
  ["/api/chat", { messages: [{ role: "user", content: "hi" }] }],
  ["/api/generate", { prompt: "hi" }],
])("a reply contains its load and total duration: %s", async (path, fields) => {
  let now = NOW_MS;
  const heard = Promise.withResolvers<undefined>();
  async function* speak() {
    yield HELLO;
    await heard.promise;
    now += 500;
    yield END;
  }
  using upstream = startUpstream(() => {
    now += 250;
    return new Response(speak());
  });
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)], {
    ...fixedRuntime(),
    now: () => now,
  });
  const response = await post(app.url + path, { model: "[p]-m", ...fields });
  heard.resolve(undefined);
  const [first = "", last = ""] = (await response.text()).trimEnd().split("\n");
  expect(JSON.parse(first)).toMatchObject({ created_at: "2026-01-01T00:00:00.250Z" });
  expect(JSON.parse(last)).toMatchObject({
    created_at: "2026-01-01T00:00:00.750Z",
    total_duration: 750_000_000,
    load_duration: 250_000_000,
    prompt_eval_duration: 1,
    eval_duration: 500_000_000,
  });
});

test("a reply with embeddings contains its duration", async () => {
  let now = NOW_MS;
  using upstream = startUpstream(() => {
    now += 250;
    return Response.json({ data: [{ index: 0, embedding: [1, 0] }] });
  });
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)], {
    ...fixedRuntime(),
    now: () => now,
  });
  const response = await post(`${app.url}/api/embed`, { model: "[p]-m", input: "a" });
  expect(await response.json()).toMatchObject({ total_duration: 250_000_000, load_duration: 1 });
});

/** Go's durations. "Forever" is the date that a real server says. */
test.each([
  [90, "2026-01-01T00:01:30.000Z"],
  ["1h30m", "2026-01-01T01:30:00.000Z"],
  ["+1.5s", "2026-01-01T00:00:01.500Z"],
  ["2500ms", "2026-01-01T00:00:02.500Z"],
  ["3000000us", "2026-01-01T00:00:03.000Z"],
  ["4000000\u00b5s", "2026-01-01T00:00:04.000Z"],
  ["5000000\u03bcs", "2026-01-01T00:00:05.000Z"],
  ["6000000000ns", "2026-01-01T00:00:06.000Z"],
  [-1, "2318-01-04T00:00:00.000Z"],
  ["-1m", "2318-01-04T00:00:00.000Z"],
])("keep_alive %j ends at %s", async (keepAlive, expected) => {
  using upstream = startUpstream(() => Response.json({ choices: [{ message: { content: "Hi" } }] }));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)], fixedRuntime());
  const messages = [{ role: "user", content: "hi" }];
  const request = { model: "[p]-m", messages, stream: false, keep_alive: keepAlive };
  expect((await post(`${app.url}/api/chat`, request)).status).toBe(200);
  const body = await (await fetch(`${app.url}/api/ps`)).json();
  expect(body).toMatchObject({ models: [{ name: "[p]-m", expires_at: expected }] });
});
