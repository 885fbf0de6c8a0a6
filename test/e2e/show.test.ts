/** `/api/show` when the server does not describe the model. */
import { expect, test } from "bun:test";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { fixedRuntime } from "../support/runtime.ts";
import { startUpstream } from "../support/upstream.ts";

test.each([
  ["a list", "[]", "The provider sent something that is not an Ollama reply (status 200)"],
  ["an error", '{"error":"no such file"}', "no such file"],
])(
  "if the server describes a model by %s, the log says so and /api/show uses the model list",
  async (_what, text, cause) => {
    const logged: unknown[] = [];
    using upstream = startUpstream(() => new Response(text));
    await using app = await startTestApp(
      [testProvider(upstream.url, { apiType: "ollama", models: [{ name: "qwen3:8b" }] })],
      fixedRuntime((...line) => void logged.push(line)),
    );
    const response = await post(`${app.url}/api/show`, { model: "[p]-qwen3:8b" });
    expect(await response.json()).toMatchObject({ model_info: { "general.basename": "[p]-qwen3:8b" } });
    expect(logged).toContainEqual([
      "warn",
      "Using the model list for /api/show: the server did not describe the model",
      { model: "[p]-qwen3:8b", cause: expect.stringContaining(cause) },
    ]);
  },
);
