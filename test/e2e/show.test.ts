/** Descriptions of models that their server makes, when one of them fails and when several clients want the same. */
import { expect, test } from "bun:test";
import { post, startTestApp, testProvider } from "../support/app.ts";
import { startUpstream } from "../support/upstream.ts";

const SHOWN = { license: "MIT", modelfile: "", details: {}, model_info: {}, capabilities: ["completion"] };

test("a model that its server cannot describe does not hide the descriptions of the others", async () => {
  using upstream = startUpstream(({ text }) =>
    text.includes('"broken"')
      ? Response.json({ error: "unable to load the model" }, { status: 500 })
      : Response.json(SHOWN),
  );
  const models = [{ name: "broken" }, { name: "whole" }];
  await using app = await startTestApp([testProvider(upstream.url, { apiType: "ollama", models })]);
  expect((await post(`${app.url}/api/show`, { model: "[p]-broken" })).status).toBe(200);
  const response = await post(`${app.url}/api/show`, { model: "[p]-whole" });
  expect(await response.json()).toMatchObject({ license: "MIT" });
});

test("a client that leaves does not take the description of a model from the others that wait for it", async () => {
  const asked = Promise.withResolvers<undefined>();
  const shown = Promise.withResolvers<Response>();
  using upstream = startUpstream(() => {
    asked.resolve(undefined);
    return shown.promise;
  });
  const models = [{ name: "m" }];
  await using app = await startTestApp([testProvider(upstream.url, { apiType: "ollama", models })]);
  const leaving = new AbortController();
  const first = post(`${app.url}/api/show`, { model: "m" }, { signal: leaving.signal });
  await asked.promise;
  const second = post(`${app.url}/api/show`, { model: "m" });
  // The answer to a later request shows that the proxy has read this one.
  expect((await fetch(`${app.url}/api/version`)).status).toBe(200);
  leaving.abort();
  expect(await first.catch(() => "left")).toBe("left");
  // The same for the end of the first one.
  expect((await fetch(`${app.url}/api/version`)).status).toBe(200);
  shown.resolve(Response.json(SHOWN));
  expect(await (await second).json()).toMatchObject({ license: "MIT" });
  expect(upstream.received).toHaveLength(1);
});
