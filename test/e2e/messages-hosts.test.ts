/** The addresses and keys of the hosts that document an endpoint for Anthropic's clients. */
import { expect, test } from "bun:test";
import { parseConfig } from "../../src/config/load.ts";
import { startTestApp } from "../support/app.ts";
import { fixedRuntime } from "../support/runtime.ts";

const REPLY = `{"type":"message","role":"assistant","content":[{"type":"text","text":"Hi"}],"stop_reason":"end_turn"}`;
const JSON_HEADERS = { "content-type": "application/json" };

/** The documented URL, the URL of messages, the key's header, and the URL of the model list. */
const HOSTS = [
  [
    "https://api.anthropic.com",
    "https://api.anthropic.com/v1/messages",
    "x-api-key",
    "https://api.anthropic.com/v1/models",
  ],
  [
    "https://api.anthropic.com/v1/messages",
    "https://api.anthropic.com/v1/messages",
    "x-api-key",
    "https://api.anthropic.com/v1/models",
  ],
  [
    "https://api.deepseek.com/anthropic",
    "https://api.deepseek.com/anthropic/v1/messages",
    "x-api-key",
    "https://api.deepseek.com/models",
  ],
  [
    "api.deepseek.com",
    "https://api.deepseek.com/anthropic/v1/messages",
    "x-api-key",
    "https://api.deepseek.com/models",
  ],
  [
    "https://api.moonshot.ai/anthropic",
    "https://api.moonshot.ai/anthropic/v1/messages",
    "authorization",
    "https://api.moonshot.ai/v1/models",
  ],
  [
    "https://api.moonshot.cn/anthropic/",
    "https://api.moonshot.cn/anthropic/v1/messages",
    "authorization",
    "https://api.moonshot.cn/v1/models",
  ],
  [
    "https://api.kimi.com/coding/",
    "https://api.kimi.com/coding/v1/messages",
    "x-api-key",
    "https://api.kimi.com/coding/v1/models",
  ],
  [
    "https://api.minimax.io/anthropic",
    "https://api.minimax.io/anthropic/v1/messages",
    "authorization",
    "https://api.minimax.io/v1/models",
  ],
  [
    "https://api.minimaxi.com",
    "https://api.minimaxi.com/anthropic/v1/messages",
    "authorization",
    "https://api.minimaxi.com/v1/models",
  ],
  [
    "https://api.z.ai/api/anthropic",
    "https://api.z.ai/api/anthropic/v1/messages",
    "authorization",
    "https://api.z.ai/api/paas/v4/models",
  ],
  [
    "https://open.bigmodel.cn/api/anthropic",
    "https://open.bigmodel.cn/api/anthropic/v1/messages",
    "authorization",
    "https://open.bigmodel.cn/api/paas/v4/models",
  ],
  [
    "https://openrouter.ai/api",
    "https://openrouter.ai/api/v1/messages",
    "authorization",
    "https://openrouter.ai/api/v1/models",
  ],
  [
    "https://llm.example.com",
    "https://llm.example.com/v1/messages",
    "x-api-key",
    "https://llm.example.com/v1/models",
  ],
  [
    "https://llm.example.com/x/v1",
    "https://llm.example.com/x/v1/messages",
    "x-api-key",
    "https://llm.example.com/x/v1/models",
  ],
] as const;

test.each(HOSTS)("%s is asked at %s with the key in %s", async (url, messages, header, list) => {
  const asked: { url: string; key: string | null }[] = [];
  const runtime = {
    ...fixedRuntime(),
    fetch: (address: string, init: BunFetchRequestInit) => {
      asked.push({ url: address, key: new Headers(init.headers).get(header) });
      return Promise.resolve(
        address === list
          ? Response.json({ data: [{ id: "m" }] })
          : new Response(REPLY, { headers: JSON_HEADERS }),
      );
    },
  };
  const yaml = JSON.stringify({
    providers: [{ name: "p", url, api_type: "Anthropic", secret: "test-key-0123456789" }],
  });
  const { config } = parseConfig(yaml, "test.yaml", {});
  await using app = await startTestApp(config.providers, runtime);
  const ask = { model: "[p]-m", messages: [{ role: "user", content: "hi" }], stream: false };
  const response = await fetch(`${app.url}/api/chat`, { method: "POST", body: JSON.stringify(ask) });
  expect(await response.json()).toMatchObject({ message: { content: "Hi" } });
  const key = header === "authorization" ? "Bearer test-key-0123456789" : "test-key-0123456789";
  expect(asked).toEqual([
    { url: list, key },
    { url: messages, key },
  ]);
});
