/** Errors that no retry can repair: wrong keys, spent credit, and what a provider does not support. */
import { expect, test } from "bun:test";
import { encodeGoJson } from "../../src/wire/go-json.ts";
import Anthropic from "@anthropic-ai/sdk";
import { Ollama } from "ollama";
import OpenAI from "openai";
import type { ProviderConfig } from "../../src/config/schema.ts";
import { post, startConfigured, startTestApp, testProvider } from "../support/app.ts";
import { CLIENT_APIS, judge } from "../support/hostile/client.ts";
import { rejection } from "../support/rejection.ts";
import { type Upstream, startUpstream } from "../support/upstream.ts";

/** A provider that answers every request with an error. */
function startRejecting(status: number, message: string, headers: Record<string, string> = {}): Upstream {
  return startUpstream(() => Response.json({ error: { message } }, { status, headers }));
}

const OLLAMA: Partial<ProviderConfig> = { apiType: "ollama" };
const RELAYED: Partial<ProviderConfig> = { options: { responses: "relay" } };

test.each(
  CLIENT_APIS.flatMap((api) =>
    [{}, OLLAMA, RELAYED].flatMap((config) =>
      (api.canStream ? [true, false] : [false]).map((stream) => [api.path, stream, config, api] as const),
    ),
  ),
)("%s (stream: %p, provider: %j) tells a wrong key at once, as 403", async (path, stream, config, api) => {
  using upstream = startRejecting(401, "Incorrect API key", { "www-authenticate": 'Bearer realm="host"' });
  await using app = await startTestApp([testProvider(upstream.url, config)]);
  const response = await post(app.url + path, { model: "[p]-m", stream, ...api.ask });
  const contentType = response.headers.get("content-type") ?? "";
  const got = { status: response.status, contentType, text: await response.text() };
  expect([got.status, response.headers.get("www-authenticate")]).toEqual([403, null]);
  expect(judge(api, stream, got)).toEqual({ type: "error", message: "[p] Incorrect API key" });
  expect(upstream.received).toHaveLength(1);
});

test.each<[client: string, ask: (url: string) => Promise<unknown>]>([
  [
    "openai chat",
    (url) =>
      new OpenAI({ apiKey: "none", baseURL: `${url}/v1` }).chat.completions.create({
        model: "[p]-m",
        messages: [{ role: "user", content: "hi" }],
      }),
  ],
  [
    "openai responses",
    (url) =>
      new OpenAI({ apiKey: "none", baseURL: `${url}/v1` }).responses.create({ model: "[p]-m", input: "hi" }),
  ],
  [
    "anthropic",
    (url) =>
      new Anthropic({ apiKey: "none", baseURL: url }).messages.create({
        model: "[p]-m",
        max_tokens: 9,
        messages: [{ role: "user", content: "hi" }],
      }),
  ],
  [
    "ollama",
    (url) => new Ollama({ host: url }).chat({ model: "[p]-m", messages: [{ role: "user", content: "hi" }] }),
  ],
])("the library of %s does not retry a wrong key", async (_client, ask) => {
  using upstream = startRejecting(401, "Incorrect API key");
  await using app = await startTestApp([testProvider(upstream.url)]);
  expect(String(await rejection(ask(app.url)))).toContain("[p] Incorrect API key");
  expect(upstream.received).toHaveLength(1);
});

test.each<[status: number, message: string, told: number]>([
  [501, "Boom", 400],
  [505, "Boom", 400],
  [500, "image input is not supported - hint: you may need to provide the mmproj", 400],
  [500, "This model does not support images", 400],
  [500, "cannot identify image file <_io.BytesIO object>", 400],
  [500, "litellm.UnsupportedParamsError: m doesn't support parameters: ['logit_bias']", 400],
  [502, "Unsupported file type", 400],
  [429, "You exceeded your current quota, please check your plan and billing details.", 403],
  [429, "you've reached your weekly usage limit, upgrade for higher limits", 403],
  [429, "余额不足或无可用资源包,请充值。", 403],
  [500, "Your credit balance is too low to access the API", 403],
])("%d %p is told after one request, as %d", async (status, message, told) => {
  using upstream = startRejecting(status, message);
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  for (const { path, ask } of CLIENT_APIS) {
    const response = await post(app.url + path, { model: "[p]-m", ...ask });
    expect([path, response.status, await response.text()]).toEqual([
      path,
      told,
      expect.stringContaining(encodeGoJson(`[p] ${message}`).slice(1, -1)),
    ]);
  }
  expect(upstream.received).toHaveLength(CLIENT_APIS.length);
});

test.each<[status: number, message: string]>([
  [501, "not implemented"],
  [500, "this model is missing data required for image input"],
])("%d %p of an Ollama server keeps its status, and is told after one request", async (status, error) => {
  using upstream = startUpstream(() => Response.json({ error }, { status }));
  await using app = await startTestApp([testProvider(upstream.url, OLLAMA)]);
  const response = await post(`${app.url}/api/chat`, { model: "[p]-m", ...CLIENT_APIS[0]?.ask });
  expect([response.status, await response.json()]).toEqual([status, { error: `[p] ${error}` }]);
  expect(upstream.received).toHaveLength(1);
});

test.each<[message: string]>([
  ["Rate limit reached on tokens per minute. Please try again in 1.2s. Upgrade at https://h.example/billing"],
  ["You exceeded your current quota, please check your plan and billing details. Please retry in 37.2s."],
])("a rate limit that mentions money is a rate limit: %s", async (message) => {
  using upstream = startRejecting(429, message, { "retry-after": "37" });
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const response = await post(`${app.url}/api/chat`, { model: "[p]-m", ...CLIENT_APIS[0]?.ask });
  expect([response.status, response.headers.get("retry-after")]).toEqual([429, "37"]);
});

test.each([429, 503])("a long `Retry-After` of %d reaches every client at once", async (status) => {
  using upstream = startRejecting(status, "Busy", { "retry-after": "40" });
  await using app = await startTestApp([testProvider(upstream.url)]);
  for (const { path, ask } of CLIENT_APIS) {
    const response = await post(app.url + path, { model: "[p]-m", ...ask });
    expect([path, response.status, response.headers.get("retry-after")]).toEqual([path, status, "40"]);
    await response.text();
  }
  expect(upstream.received).toHaveLength(CLIENT_APIS.length);
});

test.each<[status: number, message: string]>([
  [500, "image input is not supported"],
  [401, "Incorrect API key"],
  [429, "You exceeded your current quota"],
])("an alias uses its next model after %d %p", async (status, message) => {
  using rejecting = startRejecting(status, message);
  using replying = startUpstream(() =>
    Response.json({ choices: [{ message: { role: "assistant", content: "hi" }, finish_reason: "stop" }] }),
  );
  await using app = await startConfigured(`
providers:
- {name: a, url: "${rejecting.url}/v1", models: [m]}
- {name: b, url: "${replying.url}/v1", models: [m]}
models:
- {name: best, use: ["[a]-m", "[b]-m"]}
`);
  for (const { path, ask } of CLIENT_APIS.filter(
    ({ style }) => style === "openai" || style === "anthropic",
  )) {
    if (path === "/v1/embeddings" || path === "/v1/completions") continue;
    expect((await post(app.url + path, { model: "best", ...ask })).status).toBe(200);
  }
  expect(rejecting.received).not.toHaveLength(0);
});
