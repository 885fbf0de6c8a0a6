/** Keys in the environment and servers on this machine are offered, and used only with `auto: true`. */
import { afterEach, beforeEach, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { parseConfig } from "../../src/config/load.ts";
import { startLocalServer } from "../support/local-server.ts";
import { Home, namesAt } from "../support/program.ts";

const ENVIRONMENT = { GROQ_API_KEY: "right-key-12345", MOONSHOT_API_KEY: " " };

let home: Home;
beforeEach(() => {
  home = new Home();
});
afterEach(() => home.remove());

test("the sample lists what was found, ready to be uncommented", async () => {
  using server = startLocalServer();
  const { exitCode, stdout } = await home.runWith(ENVIRONMENT, "init");
  expect(exitCode).toBe(0);
  expect(stdout).toStartWith(
    `Wrote a sample configuration to ${home.config}\nFound on this machine: Groq (GROQ_API_KEY is set)`,
  );
  expect(stdout).toContain(`${server.title} (runs at ${server.url})`);
  const sample = readFileSync(home.config, "utf8");
  expect(sample).not.toContain(ENVIRONMENT.GROQ_API_KEY);
  expect(parseConfig(sample, home.config, ENVIRONMENT).config.providers).toEqual([]);
  const start = sample.indexOf("# Found on this machine.");
  const end = sample.indexOf("# A provider with an OpenAI-compatible API.");
  const uncommented =
    sample.slice(0, start) + sample.slice(start, end).replaceAll(/^# (?=- | {2})/gm, "") + sample.slice(end);
  const { providers } = parseConfig(uncommented, home.config, ENVIRONMENT).config;
  expect(providers.map(({ name, url, secrets }) => ({ name, url, secrets }))).toEqual(
    expect.arrayContaining([
      { name: "groq", url: "https://api.groq.com/openai/v1", secrets: [ENVIRONMENT.GROQ_API_KEY] },
      { name: server.name, url: server.url, secrets: [] },
    ]),
  );
});

test("a first start writes that sample, tells what was found, and uses none of it", async () => {
  using server = startLocalServer();
  await using serving = home.serve(ENVIRONMENT);
  const { message } = await serving.logged("Found on this machine: Groq (GROQ_API_KEY is set)");
  expect(message).toContain(server.title);
  const [url = ""] = await serving.urls();
  expect(await namesAt(url)).toEqual(["[demo]-echo"]);
  await serving.end("SIGTERM");
  expect(readFileSync(home.config, "utf8")).toContain(`#   url: ${server.url}\n`);
});

test("with `auto: true` local servers are used as they come and go", async () => {
  home.write("auto: true\n");
  await using serving = home.serve();
  const [url = ""] = await serving.urls();
  const before = await namesAt(url);
  const server = startLocalServer();
  await serving.logged("Using the changed configuration");
  const name = `[${server.name}]-local-model`;
  expect(await namesAt(url)).toContain(name);
  expect((await home.run("models")).stdout).toContain(`${name}\n`);
  server[Symbol.dispose]();
  await serving.logged("Using the changed configuration");
  expect(await namesAt(url)).toEqual(before);
  expect(await serving.end("SIGTERM")).toBe(0);
});

test("with `auto: true` a provider of the configuration is not added again, and keys of the environment are used", async () => {
  home.write(
    "auto: true\nport: 1\nproviders: [{name: mine, url: 'https://api.groq.com/openai/v1', models: [m]}]\n",
  );
  const { stdout } = await home.runWith({ ...ENVIRONMENT, XAI_API_KEY: "x-key-12345678" }, "check");
  const names = stdout.split("\n").map((line) => line.split(/\s+/)[1]);
  expect(names).toContain("mine");
  expect(names).not.toContain("groq");
  expect(names).toContain("xai");
});
