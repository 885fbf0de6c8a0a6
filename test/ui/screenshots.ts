/**
 * Makes the pictures of the page for the README, of made-up requests:
 *
 *     bun test/ui/screenshots.ts
 */
import { join } from "node:path";
import { HistoryDatabase } from "../../src/usage/database.ts";
import type { HistoryRow } from "../../src/usage/row.ts";
import { startUpstream } from "../support/upstream.ts";
import { Running, launch } from "./browser.ts";

const FOLDER = join(import.meta.dir, "../../packaging/screenshots");
const VIEWS = ["now", "usage", "providers", "config"];
const DAY_MS = 86_400_000;
const MODELS = ["[aliyun]-qwen3-max", "[aliyun]-glm-4.5", "[openrouter]-anthropic/claude-sonnet-4.5"];
const APPS = ["Zed/1.4", "opencode/2.1", "ollama/0.33"];

const reply = (text: string): string =>
  `data: ${JSON.stringify({ choices: [{ delta: { content: text }, finish_reason: "stop" }] })}\n\n` +
  `data: ${JSON.stringify({ choices: [], usage: { prompt_tokens: 5200, completion_tokens: 340, cost: 0.0231 } })}\n\ndata: [DONE]\n\n`;

const waiting = Promise.withResolvers<void>();
using upstream = startUpstream(async ({ path, text }) => {
  if (path.endsWith("/models"))
    return Response.json({
      data: ["qwen3-max", "glm-4.5", "anthropic/claude-sonnet-4.5"].map((id) => ({
        id,
        context_length: 262_144,
      })),
    });
  if (text.includes("slow")) await waiting.promise;
  if (text.includes("busy"))
    return Response.json({ error: { message: "Too many requests" } }, { status: 429 });
  return new Response(reply("Hello"));
});

/** A month of requests, the same at every run. */
function history(nowMs: number): readonly HistoryRow[] {
  return Array.from({ length: 900 }, (_, index) => {
    const wave = 1 + Math.sin(index / 40);
    return {
      id: `r${index}`,
      started_at: Math.round(nowMs - (index / 30) * DAY_MS),
      app: APPS[index % APPS.length] ?? null,
      key: null,
      path: "/api/chat",
      model: MODELS[(index * 7) % MODELS.length] ?? "",
      provider: index % 3 === 2 ? "openrouter" : "aliyun",
      upstream_model: "m",
      mode: "translate",
      attempts: 1,
      status: index % 37 === 0 ? 429 : 200,
      outcome: index % 37 === 0 ? "failed" : "complete",
      first_byte_ms: 300 + Math.round(wave * 400) + (index % 11) * 40,
      total_ms: 4000 + Math.round(wave * 3000),
      input_tokens: 2000 + Math.round(wave * 3000),
      output_tokens: 200 + Math.round(wave * 250),
      cached_tokens: null,
      reasoning_tokens: null,
      is_estimated: 0,
      cost_usd: 0.004 + wave * 0.01,
      cost_source: "provider",
    };
  });
}

const configuration = `# Keys are variables, so this file can be shown.
providers:
- name: aliyun
  url: ${upstream.url}/v1
  models: [qwen3-max, glm-4.5]
- name: openrouter
  url: ${upstream.url}/v1
  models: [anthropic/*]
limits:
- {provider: openrouter, usd: 20, per: month}
`;

await using running = await Running.start(configuration);
const database = HistoryDatabase.open(
  join(running.home.directory, ".local/state/ollama-proxy/usage.sqlite"),
  () => undefined,
);
database.write(history(Date.now()));
database.close();

const agents = { "user-agent": "opencode/2.1" };
await (await running.chat("[aliyun]-qwen3-max", { "user-agent": "Zed/1.4" })).text();
await (await running.chat("[aliyun]-glm-4.5", agents, { system: "busy" })).text();
await (await running.chat("[openrouter]-anthropic/claude-sonnet-4.5", agents)).text();
const slow = running.chat("[aliyun]-qwen3-max", agents, { messages: [{ role: "user", content: "slow" }] });

const browser = await launch();
const page = await running.open(browser);
await page.setViewport({ width: 1100, height: 720 });
for (const scheme of ["light", "dark"]) {
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  for (const view of VIEWS) {
    await page.goto(`${running.url}/ui/#${view}`);
    await page.reload();
    await page.waitForSelector(view === "usage" ? "canvas" : view === "config" ? "textarea" : "tbody tr");
    // Until everything has been drawn.
    await Bun.sleep(1000);
    await page.screenshot({ path: `${FOLDER}/${view}-${scheme}.png` });
    console.log(`${view}-${scheme}.png`);
  }
}
waiting.resolve();
await (await slow).text();
await browser.close();
