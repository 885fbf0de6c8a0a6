/** The dashboard for Grafana asks for metrics that the program has, by labels that they have. */
import { expect, test } from "bun:test";
import dashboard from "../../packaging/grafana/dashboard.json" with { type: "json" };
import { startTestApp } from "../support/app.ts";

test("every query names a metric of the program", async () => {
  await using app = await startTestApp([], undefined, { config: { metrics: true } });
  const text = await (await fetch(`${app.url}/metrics`)).text();
  const names = new Set([...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name));
  const queries = dashboard.panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  const asked = queries.flatMap((query) => query.match(/ollama_proxy_\w+/g) ?? []);
  expect(asked.length).toBeGreaterThan(queries.length - 1);
  expect(asked.filter((name) => !names.has(name.replace(/_bucket$/, "")))).toEqual([]);
});
