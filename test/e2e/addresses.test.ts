/** The base path of an API when the URL has only a host. */
import { expect, test } from "bun:test";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { fixedRuntime } from "../support/runtime.ts";

const ASK = { model: "[p]-m", messages: [{ role: "user", content: "hi" }], stream: false };

test.each([
  ["api.openai.com", "/v1"],
  ["lab.openai.azure.com", "/openai/v1"],
  ["generativelanguage.googleapis.com", "/v1beta/openai"],
  ["dashscope.aliyuncs.com", "/compatible-mode/v1"],
  ["api.kimi.com", "/coding/v1"],
  ["open.bigmodel.cn", "/api/paas/v4"],
  ["api.z.ai", "/api/paas/v4"],
  ["ark.cn-beijing.volces.com", "/api/v3"],
  ["api.perplexity.ai", ""],
  ["api.cohere.com", "/compatibility/v1"],
  ["api.longcat.chat", "/openai"],
  ["api.llama.com", "/compat/v1"],
  ["ollama.com", "/v1"],
  ["openrouter.ai", "/api/v1"],
  ["api.groq.com", "/openai/v1"],
  ["api.fireworks.ai", "/inference/v1"],
  ["api.deepinfra.com", "/v1/openai"],
  ["models.github.ai", "/inference"],
  ["api.githubcopilot.com", ""],
  ["api.novita.ai", "/openai"],
  ["api.ppinfra.com", "/v3/openai"],
  ["api.venice.ai", "/api/v1"],
  ["api.intelligence.io.solutions", "/api/v1"],
  ["adb.azuredatabricks.net", "/serving-endpoints"],
])("the API of %s is at %j", async (host, base) => {
  const asked: string[] = [];
  const runtime = {
    ...fixedRuntime(),
    // Well-known hosts are known by their names; nothing leaves this machine.
    fetch: (url: string) => {
      asked.push(url);
      return Promise.resolve(
        Response.json({ choices: [{ message: { content: "Hi" }, finish_reason: "stop" }] }),
      );
    },
  };
  await using app = await startTestApp([testProvider(`https://${host}`)], runtime);
  expect((await post(`${app.url}/api/chat`, ASK)).status).toBe(200);
  expect(asked).toEqual([`https://${host}${base}/chat/completions`]);
});

test.each([
  ["api.openai.com", ["/v1/chat/completions"]],
  ["llm.example.com", ["/chat/completions", "/v1/chat/completions"]],
])("another base path is tried only for an unknown provider: %s", async (host, paths) => {
  const asked: string[] = [];
  const runtime = {
    ...fixedRuntime(),
    fetch: (url: string) => {
      asked.push(new URL(url).pathname);
      return Promise.resolve(new Response("404 page not found", { status: 404 }));
    },
  };
  await using app = await startTestApp([testProvider(`https://${host}`)], runtime);
  expect((await post(`${app.url}/api/chat`, ASK)).status).toBe(502);
  expect(asked.toSorted()).toEqual(paths);
});
