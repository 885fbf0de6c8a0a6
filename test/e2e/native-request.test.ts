/** What Ollama's clients ask for, and what an OpenAI-compatible provider gets of it. */
import { expect, test } from "bun:test";
import { parseJson } from "../../src/wire/json.ts";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { startUpstream } from "../support/upstream.ts";

const REPLY = { choices: [{ message: { content: "Hi" }, finish_reason: "stop" }] };

test.each([
  [true, "medium"],
  [false, "none"],
  ["low", "low"],
  ["medium", "medium"],
  ["high", "high"],
  ["max", "max"],
])("think %j becomes an effort: %s", async (think, effort) => {
  using upstream = startUpstream(() => Response.json(REPLY));
  await using app = await startTestApp([
    testProvider(`${upstream.url}/v1`, {
      models: [{ name: "m", capabilities: ["completion", "thinking"] }],
      quirks: { thinking: { style: "effort" }, efforts: ["none", "low", "medium", "high", "max"] },
    }),
  ]);
  const chat = { messages: [{ role: "user", content: "hi" }] };
  for (const [path, fields] of [
    ["/api/chat", chat],
    ["/api/generate", { prompt: "hi" }],
  ] as const) {
    await (await post(app.url + path, { model: "[p]-m", think, stream: false, ...fields })).text();
    expect(parseJson(upstream.received.at(-1)?.text ?? "")).toMatchObject({ reasoning_effort: effort });
  }
});
