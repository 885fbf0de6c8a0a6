/** The errors of a provider that rejects the key name the line that holds it. */
import { expect, test } from "bun:test";
import { loadConfig } from "../../src/config/load.ts";
import { post, startTestApp } from "../support/app.ts";
import { Folder } from "../support/folder.ts";
import { startUpstream } from "../support/upstream.ts";

test.each([
  ["secret: right-key-12345", "`secret` in line 4 of ollama-proxy.yaml"],
  ["secret: ${K}", "the key in the environment variable K (line 4 of ollama-proxy.yaml)"],
  ["secret_file: ./key", "the key in the file ./key (line 4 of ollama-proxy.yaml)"],
  ["models: [m]", "that the provider in line 2 of ollama-proxy.yaml has a `secret`"],
  ["<<: {secret: right-key-12345}", "the `secret` of the provider in line 2 of ollama-proxy.yaml"],
])("with %s a rejected key is found", async (line, place) => {
  using folder = new Folder();
  folder.write("key", "right-key-12345");
  using upstream = startUpstream(() =>
    Response.json({ error: { message: "Incorrect API key provided." } }, { status: 401 }),
  );
  const text = `providers:\n- name: p\n  url: ${upstream.url}/v1\n  ${line}\n`;
  const { config } = loadConfig(folder.write("ollama-proxy.yaml", text), { K: "right-key-12345" });
  await using app = await startTestApp(
    config.providers.map((provider) => ({ ...provider, models: [{ name: "m" }] })),
  );
  const messages = [{ role: "user", content: "hi" }];
  const response = await post(`${app.url}/api/chat`, { model: "[p]-m", messages });
  expect(response.status).toBe(403);
  expect(await response.json()).toEqual({ error: `[p] Incorrect API key provided; check ${place}` });
});

test("the line is counted in the file as it is written, and a disabled provider counts", () => {
  using folder = new Folder();
  const text = `# a comment\n\nproviders:\n- {name: off, url: "https://a", secret: "\${NOPE}"}\n- name: on\n  url: https://b\n\n  secret: x\n`;
  const { config } = loadConfig(folder.write("c.yaml", text), {});
  expect(config.providers.map(({ keyPlace }) => keyPlace)).toEqual(["`secret` in line 8 of c.yaml"]);
});
