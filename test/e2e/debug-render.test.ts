/** `_debug_render_only`: an Ollama server answers with the prompt instead of running the model. */
import { expect, test } from "bun:test";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { startUpstream } from "../support/upstream.ts";

test.each([
  ["/api/chat", { messages: [{ role: "user", content: "hi" }] }, { role: "", content: "" }],
  ["/api/generate", { prompt: "hi" }, undefined],
])("%s passes the prompt that _debug_render_only asks for, and nothing else", async (path, ask, message) => {
  const fields = message === undefined ? { response: "" } : { message };
  const line = JSON.stringify({
    model: "qwen3:8b",
    created_at: "2026-01-01T00:00:00Z",
    ...fields,
    done: false,
    _debug_info: { rendered_template: "<user>hi" },
  });
  using upstream = startUpstream(() => new Response(line));
  await using app = await startTestApp([
    testProvider(upstream.url, { apiType: "ollama", models: [{ name: "qwen3:8b" }] }),
  ]);
  for (const stream of [true, false]) {
    const body = { model: "[p]-qwen3:8b", _debug_render_only: true, stream, ...ask };
    const response = await post(app.url + path, body);
    expect(response.headers.get("content-type")).toBe("application/json; charset=utf-8");
    expect([response.status, await response.text()]).toEqual([200, line.replace("qwen3:8b", "[p]-qwen3:8b")]);
  }
});

test("a hosted model cannot show its prompt, and is not run for it", async () => {
  using upstream = startUpstream(() => Response.json({}));
  await using app = await startTestApp([testProvider(`${upstream.url}/v1`)]);
  const response = await post(`${app.url}/api/generate`, {
    model: "[p]-m",
    prompt: "hi",
    _debug_render_only: true,
  });
  expect([response.status, await response.json()]).toEqual([
    400,
    { error: 'Only Ollama servers support "_debug_render_only"; choose a model of one' },
  ]);
  expect(upstream.received).toEqual([]);
});
