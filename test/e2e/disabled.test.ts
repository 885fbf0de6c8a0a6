/** A provider that is disabled because something is missing, as apps see it. */
import { expect, test } from "bun:test";
import { parseConfig } from "../../src/config/load.ts";
import { post, startTestApp } from "../support/app.ts";
import { fixedRuntime } from "../support/runtime.ts";
import { explainUnset } from "../support/unset.ts";
import { startUpstream } from "../support/upstream.ts";

const REASON = `[lame] The provider is disabled: ${explainUnset("NOPE")}`;

function configOf(url: string, fine: string) {
  return parseConfig(
    `providers:\n- {name: lame, url: "${url}", secret: "\${NOPE}", models: [m, n]}\n${fine}`,
    "c.yaml",
    {},
  ).config;
}

test("its models are not listed, a request for one gets the reason, and other providers work", async () => {
  using upstream = startUpstream(() =>
    Response.json({
      choices: [{ index: 0, message: { role: "assistant", content: "hi" }, finish_reason: "stop" }],
    }),
  );
  const config = configOf(upstream.url, `- {name: fine, url: "${upstream.url}", models: [m]}\n`);
  await using app = await startTestApp([], fixedRuntime(), { config });
  const tags = await (await fetch(`${app.url}/api/tags`)).json();
  expect(tags).toEqual({ models: [expect.objectContaining({ name: "[fine]-m" })] });
  const request = { messages: [{ role: "user", content: "hi" }], stream: false };
  for (const model of ["[lame]-m", "[LAME]-other:latest", "n", "n:latest"]) {
    const refused = await post(`${app.url}/api/chat`, { ...request, model });
    expect([refused.status, await refused.json()]).toEqual([403, { error: REASON }]);
  }
  const openai = await post(`${app.url}/v1/chat/completions`, { ...request, model: "[lame]-m" });
  expect(await openai.json()).toMatchObject({ error: { message: REASON } });
  const pulled = await post(`${app.url}/api/pull`, { model: "[lame]-m", stream: false });
  expect(await pulled.json()).toEqual({ error: REASON });
  const created = await post(`${app.url}/api/create`, { model: "[lame]-x", from: "[lame]-m", stream: false });
  expect(await created.json()).toEqual({ error: REASON });
  const unknown = await post(`${app.url}/api/chat`, { ...request, model: "x" });
  expect([unknown.status, await unknown.json()]).toEqual([404, { error: "model 'x' not found" }]);
  expect(upstream.received).toEqual([]);
  // The name without its tag means the one that works.
  for (const model of ["[fine]-m", "m"]) {
    expect((await post(`${app.url}/api/chat`, { ...request, model })).status).toBe(200);
  }
});

test("the demo does not take the place of a disabled provider", async () => {
  await using app = await startTestApp([], fixedRuntime(), { config: configOf("http://127.0.0.1:1", "") });
  expect(await (await fetch(`${app.url}/api/tags`)).json()).toEqual({ models: [] });
});
