/** The headers in which OpenAI and Groq say when an exhausted limit is reset. */
import { expect, test } from "bun:test";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { fixedRuntime } from "../support/runtime.ts";
import { startUpstream } from "../support/upstream.ts";

test.each([
  [{ requests: "0", tokens: "12" }, { requests: "6m0s", tokens: "1s" }, "360"],
  [{ requests: "0", tokens: "0" }, { requests: "1m0.5s", tokens: "1h2m" }, "3720"],
  [{ requests: "0", tokens: "0" }, { requests: "900ms", tokens: "7d" }, "604800"],
  [{ requests: "3", tokens: "5" }, { requests: "6m0s", tokens: "6m0s" }, null],
  [{ requests: "0", tokens: "5" }, { requests: "6 minutes", tokens: "1s" }, null],
  [{ requests: "0", tokens: "5" }, { requests: "", tokens: "1s" }, null],
])("with %j left, the reset after %j is passed on as %s seconds", async (remaining, reset, seconds) => {
  const headers = {
    "x-ratelimit-remaining-requests": remaining.requests,
    "x-ratelimit-remaining-tokens": remaining.tokens,
    "x-ratelimit-reset-requests": reset.requests,
    "x-ratelimit-reset-tokens": reset.tokens,
  };
  using upstream = startUpstream(() => new Response("slow down", { status: 429, headers }));
  await using app = await startTestApp([testProvider(upstream.url)], fixedRuntime());
  const response = await post(`${app.url}/v1/chat/completions`, {
    model: "[p]-m",
    messages: [{ role: "user", content: "hi" }],
  });
  expect(response.headers.get("retry-after")).toBe(seconds);
});
